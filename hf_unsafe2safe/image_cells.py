"""Cells of images (and sounds) in tables, at any depth: `{"bytes", "path"}`, as `datasets` stores them."""

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

Cell = dict[str, Any] | None


def is_cell(kind: pa.DataType) -> bool:
    """Return whether a type is that of image cells.

    Example:
        >>> is_cell(pa.struct({"bytes": pa.binary(), "path": pa.string()}))
        True
    """
    return bool(pa.types.is_struct(kind)) and {field.name for field in kind} == {"bytes", "path"}


def holds_cells(kind: pa.DataType) -> bool:
    """Return whether there are image cells anywhere in a type.

    Example:
        >>> cell = pa.struct({"bytes": pa.binary(), "path": pa.string()})
        >>> holds_cells(pa.list_(pa.struct({"mask": cell}))), holds_cells(pa.list_(pa.string()))
        (True, False)
    """
    if is_cell(kind):
        return True
    return any(holds_cells(kind.field(i).type) for i in range(kind.num_fields))


def with_cells(column: pa.ChunkedArray, change: Callable[[dict[str, Any]], Cell]) -> pa.Array:
    """Return a column in which every image cell is what `change` makes of it; nulls stay."""
    kind = column.type
    return pa.array([_changed(value, kind, change) for value in column.to_pylist()], kind)


def _changed(value: Any, kind: pa.DataType, change: Callable[[dict[str, Any]], Cell]) -> Any:
    if value is None or not holds_cells(kind):
        return value
    if isinstance(value, Mapping):
        if is_cell(kind):
            return change(dict(value))
        return {name: _changed(part, kind.field(name).type, change) for name, part in value.items()}
    return [_changed(part, kind.value_type, change) for part in value]
