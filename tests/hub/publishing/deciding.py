"""Columns as the tests of publishing decide about them."""

import numpy as np
import pyarrow as pa
from datasets import ClassLabel, Features, Image, Value

from hf_unsafe2safe.hub.publishing.columns.choose import Choice, choose

from ...photos import png

NUMBER, TEXT = Value("int64"), Value("string")
THINGS, PEOPLE = ClassLabel(names=["cat", "hair drier"]), ClassLabel(names=["cat", "jane_doe"])
NAMED = Choice(columns=["x"])


def decided(feature, choice=None, name="x", values=(), **others):
    """Return what is chosen of an image, a column, and others without values."""
    features = Features({"image": Image(), name: feature, **others})

    def of(asked):
        assert asked == name
        return iter([pa.array(list(values), features.arrow_schema.field(name).type)])

    return choose(features, "image", choice or Choice(), of)


def reason(feature, choice=None, name="x", values=()):
    """Return why a column is withheld, "" where it leaves."""
    chosen = decided(feature, choice, name, values)
    assert (name in chosen.features) != (name in chosen.withheld)
    return chosen.withheld.get(name, "")


def table_of(features, **values):
    """Return rows of a table with a photo in each."""
    (rows,) = {len(column) for column in values.values()}
    cells = [{"bytes": png(np.zeros((2, 2, 3), np.uint8)), "path": "/srv/jane_doe/a.png"}] * rows
    schema = features.arrow_schema
    return pa.Table.from_pydict({"image": cells, **values}, schema)
