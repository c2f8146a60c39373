"""Which columns of a sanitized dataset leave: those known to be fit, those named, and no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Features, Image

from ....image_cells import Cell, holds_cells, with_cells
from ....imaging import metadata
from ....imaging.png import SIGNATURE
from ....layout import BESIDE, public_table
from ....schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from ...keys import ROW_KEY
from . import parts as kinds
from .choice import NEVER, NEVER_TYPE, Choice, check_choice, never_leaves
from .names import told_by
from .parts import Part, counts_at, parts, values_at, with_only
from .texts import class_names_pass, passes

MOST_NUMBERS = 1_000  # in a row, that are no coordinates: 32 x 32 pixels are more
_WITHOUT_ALPHA = (0, 2, 3)  # colour types of PNG: under alpha, pixels of the original may lie

PRIVATE = "private"
BY_CHOICE = "withheld by the publisher"
OTHER_KEYS = "keys of another publication: rows get new ones"
NOT_OURS = "named like a column that is added, but of another type"
NOT_A_MASK = "a mask that is no PNG, or has transparent pixels: write it as PNG first"
MUST_BE_NAMED = "of a type that must be named"
PIXELS = "many numbers that could be pixels: name it to publish it"
CLASS_NAMES = "a class name did not pass the text inspection: name it to publish it"
TEXTS = "a text did not pass the text inspection: name it, or publish the values that pass"

Values = Callable[[str], Iterator[pa.ChunkedArray | pa.Array]]


@dataclass(frozen=True)
class Chosen:
    """What leaves.

    Args:
        features: Of the published columns.
        image_column: The sanitized one; every other image among them is a mask.
        withheld: Columns that do not leave -> why, without any value.
        hidden: Columns of which only texts leave that pass -> how many do not.
    """

    features: Features
    image_column: str
    withheld: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)


def choose(features: Features, image_column: str, choice: Choice, values: Values) -> Chosen:
    """Decide about every column; what is not known is withheld.

    The image, the columns that are added, numbers and boxes leave, and class labels and texts of which every
    one passes the text inspection. Names that tell a place, a time or a person, times, and numbers that could
    be pixels, by their type or as a row has many, must be named. Names of files, paths, sounds, videos, bytes
    and other images never leave.

    Args:
        features: Of the rows; private columns that are in `include_private` may be among them.
        image_column: The sanitized one.
        choice: What the publisher said.
        values: Gives all values of a column, in batches. Asked only for texts, masks and lists of numbers.

    Raises:
        PublishError: A named column is not there, never leaves, or is private.
    """
    check_choice(features, image_column, choice)
    leaves, withheld, hidden = dict[str, Any](), dict[str, str](), dict[str, int]()
    for name, feature in features.items():
        reason = _withheld(name, feature, image_column, choice, values)
        if reason:
            withheld[name] = reason
            continue
        leaves[name] = feature
        if name in choice.passing and name not in (image_column, *PUBLIC_FEATURES, *PRIVATE_FEATURES):
            hidden[name] = _count_hidden(name, feature, values)
    return Chosen(Features(leaves), image_column, withheld, hidden)


def public_columns(table: pa.Table, chosen: Chosen) -> pa.Table:
    """Return the columns of rows that leave, typed by their features.

    Args:
        table: Rows with at least the columns of `chosen.features`.
        chosen: Of their features.
    """
    for name, feature in chosen.features.items():
        i = table.column_names.index(name)
        if name in chosen.hidden:
            table = table.set_column(i, table.field(i), with_only(table[name], feature, passes))
        if name != chosen.image_column and holds_cells(table.field(i).type):
            table = table.set_column(i, table.field(i), with_cells(table[name], _bare_mask))
    return public_table(table, chosen.features)


def _withheld(name: str, feature: Any, image_column: str, choice: Choice, values: Values) -> str:
    """Return why a column does not leave, "" where it does."""
    if name == image_column:
        return "" if isinstance(feature, Image) else NEVER_TYPE
    if name in choice.withhold:
        return BY_CHOICE
    if name in PUBLIC_FEATURES:
        return "" if feature == PUBLIC_FEATURES[name] else NOT_OURS
    if name == ROW_KEY:
        return OTHER_KEYS
    if name in BESIDE:
        included = name in choice.include_private and choice.private_repo and name not in NEVER
        return "" if included and feature == BESIDE[name] else PRIVATE
    if reason := never_leaves(name, feature, choice):
        return reason
    reasons = (_of_part(part, choice, values) for part in parts(name, feature))
    return next(filter(None, reasons), "")


def _of_part(part: Part, choice: Choice, values: Values) -> str:
    """Return why a part of a column keeps it back, "" where it does not."""
    name, kind = part.names[0], part.kind
    if kind == kinds.IMAGE:
        return "" if _are_masks(part, values) else NOT_A_MASK
    if name in choice.columns or (kind == kinds.TEXT and name in choice.passing):
        return ""
    if told := told_by(part.names, numbers=kind == kinds.NUMBER):
        return f"may tell {told}: name it to publish it"
    if kind == kinds.NUMBER:
        return PIXELS if _may_be_pixels(part, values) else ""
    if kind == kinds.CLASSES:
        return "" if class_names_pass(part.feature.names or ()) else CLASS_NAMES
    if kind == kinds.TEXT:
        return "" if all(passes(text) for text, _ in _texts(part, values)) else TEXTS
    return MUST_BE_NAMED


def _may_be_pixels(part: Part, values: Values) -> bool:
    """Return whether numbers may be an original: by their type, or because a row has so many of them."""
    if part.is_coordinates or part.is_like_pixels or not part.lists:
        return part.is_like_pixels and not part.is_coordinates
    counts = (counts_at(chunk, part.names[1:]) for chunk in _chunks(part, values))
    return any(count.max(initial=0) > MOST_NUMBERS for count in counts)


def _count_hidden(name: str, feature: Any, values: Values) -> int:
    texts = (part for part in parts(name, feature) if part.kind == kinds.TEXT)
    return sum(count for part in texts for text, count in _texts(part, values) if not passes(text))


def _texts(part: Part, values: Values) -> Iterator[tuple[str, int]]:
    """Yield the texts of a part, and how often each is in its batch."""
    for batch in _batches(part, values):
        for one in pc.value_counts(batch.drop_null().cast(pa.large_string())).to_pylist():
            yield one["values"], one["counts"]


def _are_masks(part: Part, values: Values) -> bool:
    cells = (cell for batch in _batches(part, values) for cell in batch.drop_null().to_pylist())
    return all(_bare_mask(cell) for cell in cells)


def _batches(part: Part, values: Values) -> Iterator[pa.Array]:
    return (values_at(chunk, part.names[1:]) for chunk in _chunks(part, values))


def _chunks(part: Part, values: Values) -> Iterator[pa.Array]:
    for batch in values(part.names[0]):
        yield from batch.chunks if isinstance(batch, pa.ChunkedArray) else (batch,)


def _bare_mask(cell: dict[str, Any]) -> Cell:
    """Return a mask without metadata, None for what is none."""
    data = cell["bytes"]
    bare = metadata.strip(data, None) if data is not None and data.startswith(SIGNATURE) else None
    # the colour type stands at a fixed place, in the first chunk
    return {"bytes": bare, "path": None} if bare and bare[25] in _WITHOUT_ALPHA else None
