"""Rows whose image was turned upright: their annotations are turned too, or the row is refused.

A row with coordinates that nobody named, or that are not of the form they were said to have, is refused:
it would be wrong in silence.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import PIL.Image
import pyarrow as pa
from datasets.table import array_cast

from .annotation_columns import Keys, Plan, guess, holds, plan
from .annotations import UnturnableError, stored_size, turn
from .errors import DatasetError
from .image_cells import storage_of
from .records import Private, Record, failed_record

logger = logging.getLogger(__name__)


def turn_row(row: Mapping[str, Any], todo: Plan, record: Record) -> dict[str, Any]:
    """Return the columns of a row that change, for a row whose image was turned.

    Raises:
        UnturnableError: The row must be refused.
    """
    if any(holds(row[keys[0]], keys[1:]) for keys in todo.unnamed):
        raise UnturnableError
    code = record.private.orientation
    size_wh = stored_size(record.private.size_wh, code)
    changed: dict[str, Any] = {}
    for (column, *inner), form in todo.named:
        changed[column] = _at(changed.get(column, row[column]), tuple(inner), form, code, size_wh)
    return changed


def turn_table(
    table: pa.Table, todo: Plan, records: Sequence[Record]
) -> tuple[dict[str, pa.ChunkedArray], list[Record]]:
    """Return the columns that change, and the records with those of refused rows replaced.

    Rows whose image was not turned are the same memory as before.

    Args:
        table: The rows.
        todo: For their features.
        records: One a row.
    """
    after, rows = list(records), dict[int, dict[str, pa.Array]]()
    for i, record in enumerate(records):
        if record.private.orientation == 1 or not todo.columns:
            continue
        try:
            row = {name: _value(table[name], i) for name in todo.columns}
            new = turn_row(row, todo, record)
            # Here and not at the end: a number that its column is too small for concerns this row only.
            rows[i] = {name: _array(value, table.schema.field(name).type) for name, value in new.items()}
        except (UnturnableError, pa.ArrowInvalid, OverflowError):
            after[i] = refused(record)
    _say(todo, sum(old is not new for old, new in zip(records, after, strict=True)))
    names = {keys[0] for keys, _ in todo.named} if rows else set()
    return {name: _with_rows(table[name], {i: new[name] for i, new in rows.items()}) for name in names}, after


def turn_rows(
    rows: Mapping[str, Sequence[Any]],
    image_column: str,
    forms: Mapping[str, str | None],
    records: Sequence[Record],
) -> tuple[dict[str, list[Any]], list[Record]]:
    """Do as `turn_table` for a batch of plain values, whose types are guessed row by row.

    Raises:
        DatasetError: As `plan`, where a row's image was turned; or an image comes decoded beside coordinates:
            `datasets` turns images upright when it decodes them, and does not say so.
    """
    changed, after = dict[str, list[Any]](), list(records)
    for i, record in enumerate(records):
        upright = record.private.orientation == 1
        if upright and not isinstance(rows[image_column][i], PIL.Image.Image):
            continue
        row = {name: _plain(values[i]) for name, values in rows.items() if name != image_column}
        todo = plan({name: guess(value) for name, value in row.items()}, image_column, forms)
        if upright:
            _refuse_decoded(row, todo)
            continue
        try:
            new = turn_row(row, todo, record)
        except UnturnableError:
            after[i] = refused(record)
            _say(todo, 1)
            continue
        for name, value in new.items():
            changed.setdefault(name, list(rows[name]))[i] = value
    return changed, after


def _refuse_decoded(row: Mapping[str, Any], todo: Plan) -> None:
    places = [*todo.unnamed, *(keys for keys, _ in todo.named)]
    if names := [".".join(keys) for keys in places if holds(row.get(keys[0]), keys[1:])]:
        raise DatasetError(
            f"The images are decoded, so nobody knows whether {', '.join(names)} still fits them.",
            hint=f"Use sanitize.map(dataset), which reads the files, or annotations={{'{names[0]}': None}}.",
        )


def refused(record: Record) -> Record:
    """Return the record of a row whose annotations would not fit its upright image: it has no image."""
    kept = record.private
    provenance = replace(
        record.provenance,
        seed=0,
        attempts=0,
        edited_fraction=0.0,
        kept_by_consent=0,
        reason="rotated_annotations",
    )
    private = Private(
        kept.image_sha256,
        metadata_kinds=kept.metadata_kinds,
        orientation=kept.orientation,
        size_wh=kept.size_wh,
    )
    return failed_record(provenance, private)


def _at(value: Any, keys: Keys, form: str, code: int, size_wh: tuple[int, int]) -> Any:
    """Return a value with what is at `keys` in it turned; lists on the way are gone through."""
    if value is None or not keys:
        return turn(value, form, code, size_wh)
    if isinstance(value, list | tuple):
        return [_at(part, keys, form, code, size_wh) for part in value]
    if not isinstance(value, Mapping) or keys[0] not in value:  # of plain values only one was looked at
        raise UnturnableError
    return {**value, keys[0]: _at(value[keys[0]], keys[1:], form, code, size_wh)}


def _value(column: pa.ChunkedArray, i: int) -> Any:
    (chunk,) = (part for part in column.slice(i, 1).chunks if len(part))
    return array_cast(chunk, storage_of(column.type)).to_pylist()[0]


def _array(value: Any, kind: pa.DataType) -> pa.Array:
    return array_cast(pa.array([value], storage_of(kind)), kind)


def _with_rows(column: pa.ChunkedArray, rows: Mapping[int, pa.Array]) -> pa.ChunkedArray:
    chunks, start = [], 0
    for i, row in rows.items():
        chunks += [*column.slice(start, i - start).chunks, row]
        start = i + 1
    return pa.chunked_array([*chunks, *column.slice(start).chunks], column.type)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") else value  # numpy, torch


_said = set[Plan]()  # of this process: once, not for every batch


def _say(todo: Plan, count: int) -> None:
    if not count or todo in _said:
        return
    _said.add(todo)
    unnamed = [".".join(keys) for keys in todo.unnamed]
    named = [f"{'.'.join(keys)} as {form}" for keys, form in todo.named]
    logger.warning(
        "Rows refused as 'rotated_annotations': %d of this batch, and the like that follow. Their images are "
        "turned upright, but coordinates or masks of them could not be: not named %s; named %s. Pass "
        "annotations={'COLUMN': FORM}, with None as FORM for a column to leave.",
        count,
        ", ".join(unnamed) or "none",
        ", ".join(named) or "none",
    )
