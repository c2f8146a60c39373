"""What leaves of columns: the texts that pass, masks without metadata, and the table."""

from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest
from datasets import Array2D, Audio, Features, Image, LargeList, List, Value
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from hf_unsafe2safe.hub.publishing.columns import choice as column_choice
from hf_unsafe2safe.hub.publishing.columns import choose as columns
from hf_unsafe2safe.hub.publishing.columns.choose import Choice, choose, public_columns

from .deciding import NAMED, NUMBER, PEOPLE, TEXT, THINGS, decided, reason, table_of

TEXTS = ["A dog on a mat near a cat.", "Quillfeather sat.", None, "red car", "Quillfeather sat."]


@pytest.mark.parametrize(
    ("feature", "values", "kept", "hidden"),
    [
        (TEXT, TEXTS, [TEXTS[0], None, None, "red car", None], 2),
        (Value("large_string"), TEXTS, [TEXTS[0], None, None, "red car", None], 2),
        # dropped from lists, nulls stay
        (List(TEXT), [TEXTS, None, []], [[TEXTS[0], None, "red car"], None, []], 2),
        # not from those of a fixed length, nor where others count on their places
        (List(TEXT, length=2), [TEXTS[:2]], [[TEXTS[0], None]], 1),
        (
            {"a": List(TEXT), "n": List(NUMBER)},
            [{"a": TEXTS[:2], "n": [1, 2]}],
            [{"a": [TEXTS[0], None], "n": [1, 2]}],
            1,
        ),
        (List({"a": TEXT}), [[{"a": TEXTS[1]}, {"a": "cat"}], None], [[{"a": None}, {"a": "cat"}], None], 1),
    ],
    ids=str,
)  # fmt: skip
def test_texts(feature, values, kept, hidden):
    assert reason(feature, values=values) == columns.TEXTS
    assert reason(feature, NAMED, values=values) == ""
    assert reason(feature, values=[part for part in kept if part is not None]) == ""
    chosen = decided(feature, Choice(passing=["x"]), values=values)
    assert (chosen.hidden, chosen.withheld) == ({"x": hidden}, {})
    table = table_of(chosen.features, x=values)
    public = public_columns(table, chosen)
    assert public["x"].to_pylist() == kept
    assert public.schema.types == table.schema.types


def test_passing_does_not_name():
    struct = {"text": TEXT, "lat": Value("float32")}
    values = [{"text": "cat", "lat": 1.0}]
    assert "a place" in reason(struct, Choice(passing=["x"]), values=values)
    chosen = decided(struct, Choice(columns=["x"], passing=["x"]), values=values)
    assert (chosen.withheld, chosen.hidden) == ({}, {"x": 0})


def mask(mode="L", kind="PNG", **options):
    buffer = BytesIO()
    Pillow.new(mode, (8, 8)).save(buffer, kind, **options)
    return {"bytes": buffer.getvalue(), "path": "jane_doe.png"}


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "RGB"])
def test_masks_leave_without_metadata(mode):
    info = PngInfo()
    info.add_text("Author", "Quillfeather")
    cell = mask(mode, pnginfo=info)
    assert b"Quillfeather" in cell["bytes"]
    chosen = decided(List({"m": Image()}), Choice(masks=["x.m"]), values=[[{"m": cell}, {"m": None}], None])
    public = public_columns(table_of(chosen.features, x=[[{"m": cell}]]), chosen)
    (left,) = public["x"].to_pylist()[0]
    assert left["m"]["path"] is None
    assert b"Quillfeather" not in left["m"]["bytes"]
    assert decoded(left["m"]) == decoded(cell)


@pytest.mark.parametrize(
    "cell",
    [
        mask(kind="JPEG"),
        mask("RGBA"),
        mask("LA"),
        {"bytes": b"no image", "path": None},
        {"bytes": None, "path": "a.png"},
    ],
    ids=["a photo", "transparent", "gray and transparent", "no image", "a path"],
)
def test_masks_that_may_be_originals_are_withheld(cell):
    assert reason(Image(), Choice(masks=["x"]), values=[mask(), cell]) == columns.NOT_A_MASK
    assert reason(Image(), Choice(masks=["y"]), values=[mask()]) == column_choice.AN_ORIGINAL


def decoded(cell):
    with Pillow.open(BytesIO(cell["bytes"])) as image:
        return np.asarray(image).tolist()


LEAVES = [NUMBER, Value("bool"), THINGS, List(NUMBER), Value("float32")]
KEPT_BACK = [Value("binary"), Image(), Audio(), Value("date32"), PEOPLE, Array2D((2, 2), "uint8"), {}]
PARTS = st.recursive(
    st.sampled_from([*LEAVES, *KEPT_BACK]),
    lambda part: (
        part.map(List) | part.map(LargeList) | st.dictionaries(st.sampled_from("abcd"), part, min_size=1)
    ),
    max_leaves=5,
)


def leaves_of(feature):
    if isinstance(feature, dict) and feature:
        return [leaf for part in feature.values() for leaf in leaves_of(part)]
    if isinstance(feature, List | LargeList) and feature not in LEAVES:
        return leaves_of(feature.feature)
    return [feature]


@given(PARTS)
def test_a_column_leaves_when_every_leaf_of_it_may(feature):
    # Without a batch: pyarrow makes no empty list of the array types of `datasets`.
    chosen = choose(Features({"image": Image(), "x": feature}), "image", Choice(), lambda name: iter(()))
    why = chosen.withheld.get("x", "")
    if any(leaf in KEPT_BACK for leaf in leaves_of(feature)):
        assert why != ""
    else:
        assert why in ("", columns.PIXELS)


@settings(max_examples=40)
@given(st.lists(st.none() | st.lists(st.none() | st.sampled_from(["cat", "Zebulon", "a cat on a mat"]))))
def test_rows_and_types_stay(values):
    chosen = decided(List(TEXT), Choice(passing=["x"]), values=values)
    table = table_of(chosen.features, x=values)
    public = public_columns(table, chosen)
    assert public.num_rows == table.num_rows
    assert Features.from_arrow_schema(public.schema) == chosen.features
    assert "Zebulon" not in f"{public['x'].to_pylist()}"
    assert {cell["path"] for cell in public["image"].to_pylist()} <= {None}
    before = sum(text == "Zebulon" for row in values if row for text in row)
    assert chosen.hidden == {"x": before}


def test_a_table_in_pieces_and_with_more_columns():
    features = Features({"image": Image(), "x": TEXT, "secret": Value("binary"), "label": THINGS})
    values = {"x": ["cat", "Zebulon"], "secret": [b"a", b"b"], "label": [0, None]}
    table = table_of(features, **values)
    table = pa.concat_tables([table.slice(1), table, table.slice(0, 0)])
    chosen = choose(
        features, "image", Choice(passing=["x"]), lambda name: iter([table[name], table[name].slice(1)])
    )
    assert chosen.hidden == {"x": 3}
    assert chosen.withheld == {"secret": column_choice.NEVER_TYPE}
    public = public_columns(table, chosen)
    assert public["x"].to_pylist() == [None, "cat", None]
    assert public["label"].to_pylist() == [None, 0, None]
    assert b"secret" not in public.schema.metadata[b"huggingface"]
