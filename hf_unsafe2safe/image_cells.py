"""Cells of images (and sounds) in tables, at any depth: `{"bytes", "path"}`, as `datasets` stores them."""

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from datasets import Value
from datasets.table import array_cast

Cell = dict[str, Any] | None


def is_cell(kind: pa.DataType) -> bool:
    """Return whether a type is that of image cells.

    Example:
        >>> is_cell(pa.struct({"bytes": pa.binary(), "path": pa.string()}))
        True
    """
    if not pa.types.is_struct(kind) or {field.name for field in kind} != {"bytes", "path"}:
        return False
    data = kind.field("bytes").type
    return bool(pa.types.is_binary(data) or pa.types.is_large_binary(data) or pa.types.is_null(data))


def is_encoded(feature: object) -> bool:
    """Return whether a feature of `datasets` is one of paths or of encoded bytes."""
    return isinstance(feature, Value) and feature.dtype in (
        "string",
        "large_string",
        "binary",
        "large_binary",
    )


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
    kind = storage_of(column.type)
    values = array_cast(_whole(column), kind).to_pylist()
    return array_cast(pa.array([_changed(value, kind, change) for value in values], kind), column.type)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def storage_of(kind: pa.DataType) -> pa.DataType:
    """Return a type as pyarrow can make it of plain values: without the array types of `datasets`."""
    if isinstance(kind, pa.ExtensionType):
        return kind.storage_type
    if pa.types.is_struct(kind):
        return pa.struct([part.with_type(storage_of(part.type)) for part in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(storage_of(kind.value_type), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(storage_of(kind.value_type))
    return pa.large_list(storage_of(kind.value_type)) if pa.types.is_large_list(kind) else kind


def _changed(value: Any, kind: pa.DataType, change: Callable[[dict[str, Any]], Cell]) -> Any:
    if value is None or not holds_cells(kind):
        return value
    if isinstance(value, Mapping):
        if is_cell(kind):
            return change(dict(value))
        return {name: _changed(part, kind.field(name).type, change) for name, part in value.items()}
    return [_changed(part, kind.value_type, change) for part in value]
