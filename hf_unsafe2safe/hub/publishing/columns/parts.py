"""The parts of a column, their types, and their values, at any depth of lists and structs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasets import (
    Array2D,
    Array3D,
    Array4D,
    Array5D,
    ClassLabel,
    Image,
    LargeList,
    List,
    Translation,
    Value,
)
from datasets.table import array_cast

from ....annotation_columns import COORDINATES
from ....image_cells import storage_of
from .names import words_of

TEXTS = ("string", "large_string", "string_view")
_NUMBERS = ("bool", "null", "int", "uint", "float")
_NAMED = ("timestamp", "date", "time", "duration", "decimal")  # by the beginning of their dtype
_ARRAYS = (Array2D, Array3D, Array4D, Array5D)
_PLANES = 3  # lists in lists: as deep as the pixels of an image lie
_BYTES = ("uint8", "int8")
_LISTS = (List, LargeList, list)

NUMBER, CLASSES, TEXT, IMAGE, NAMED, OTHER = "number", "classes", "text", "image", "named", "other"


@dataclass(frozen=True)
class Part:
    """One part of a column that holds values.

    Args:
        names: From the column inwards; lists have no name.
        feature: Its type, without the lists around it.
        depth: Lists around it, since the last struct.
        lists: Lists around it in all.
    """

    names: tuple[str, ...]
    feature: Any
    depth: int = 0
    lists: int = 0

    @property
    def kind(self) -> str:
        """What sort of values it holds; `OTHER` is all that is not known."""
        feature = self.feature
        if isinstance(feature, Value):
            if feature.dtype in TEXTS:
                return TEXT
            known = (
                kind
                for kind, starts in ((NUMBER, _NUMBERS), (NAMED, _NAMED))
                if feature.dtype.startswith(starts)
            )
            return next(known, OTHER)
        if isinstance(feature, _ARRAYS):
            return NUMBER if feature.dtype.startswith(_NUMBERS) else OTHER
        if isinstance(feature, ClassLabel):
            return CLASSES
        if isinstance(feature, Translation):
            return NAMED
        return IMAGE if isinstance(feature, Image) or _is_cell(feature) else OTHER

    @property
    def is_like_pixels(self) -> bool:
        """Whether numbers are of a type in which images are kept."""
        deep = isinstance(self.feature, _ARRAYS) or self.depth >= _PLANES
        return deep or (self.depth > 0 and self.feature.dtype in _BYTES)

    @property
    def is_coordinates(self) -> bool:
        """Whether numbers are named as coordinates."""
        return any(words_of(name) & COORDINATES for name in self.names)


def parts(name: str, feature: Any) -> Iterator[Part]:
    """Yield the parts of a column; a struct without any is a part itself."""
    yield from _parts((name,), feature)


def values_at(array: pa.Array, names: tuple[str, ...]) -> pa.Array:
    """Return all values of a part, without the lists and structs around them.

    Args:
        array: Of the column.
        names: Of the part, without that of the column.
    """
    while _is_list(array.type):
        array = array.flatten()
    if not names:
        return array
    return values_at(pc.struct_field(array, [names[0]]), names[1:])


def counts_at(array: pa.Array, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return how many values of a part each row of its column has: (rows,).

    Args:
        array: Of the column.
        names: Of the part, without that of the column.

    Example:
        >>> counts_at(pa.array([[[1, 2], [3]], None, [[]]]), ()).tolist()
        [3, 0, 0]
    """
    if _is_list(array.type):
        inner = np.concatenate(([0], np.cumsum(counts_at(array.flatten(), names))))
        lengths = pc.if_else(array.is_valid(), pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        ends = np.cumsum(lengths.astype(np.int64))
        return np.diff(inner[np.concatenate(([0], ends))])
    if names:
        return counts_at(pc.struct_field(array, [names[0]]), names[1:])
    return np.ones(len(array), np.int64)


def with_only(column: pa.ChunkedArray, feature: Any, passes: Callable[[str], bool]) -> pa.Array:
    """Return a column with null for every text that does not pass.

    In a column that is a list of texts they are dropped. Not so within a struct or in lists of a fixed
    length: other lists may count on the same places.
    """
    kind = storage_of(column.type)
    values = [part for chunk in column.chunks for part in array_cast(chunk, kind).to_pylist()]
    kept = [_only(value, feature, passes, drop=True) for value in values]
    return array_cast(pa.array(kept, kind), column.type)


def _parts(names: tuple[str, ...], feature: Any, lists: int = 0) -> Iterator[Part]:
    depth = 0
    while isinstance(feature, _LISTS):
        feature, depth = _inner(feature), depth + 1
    if isinstance(feature, Mapping) and feature and not _is_cell(feature):
        for name, part in feature.items():
            yield from _parts((*names, name), part, lists + depth)
    else:
        yield Part(names, feature, depth, lists + depth)


def _inner(feature: Any) -> Any:
    if isinstance(feature, list):
        return feature[0] if len(feature) == 1 else None
    return feature.feature


def _is_cell(feature: Any) -> bool:
    """Return whether a struct is one of encoded images (or sounds), as `datasets` stores them."""
    return isinstance(feature, Mapping) and set(feature) == {"bytes", "path"}


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _only(value: Any, feature: Any, passes: Callable[[str], bool], *, drop: bool) -> Any:
    if value is None:
        return None
    if isinstance(feature, _LISTS):
        inner = _inner(feature)
        if drop and _is_text(inner) and getattr(feature, "length", -1) == -1:
            return [part for part in value if part is None or passes(part)]
        return [_only(part, inner, passes, drop=drop) for part in value]
    if isinstance(feature, Mapping):
        return {name: _only(value[name], part, passes, drop=False) for name, part in feature.items()}
    return None if _is_text(feature) and not passes(value) else value


def _is_text(feature: Any) -> bool:
    return isinstance(feature, Value) and feature.dtype in TEXTS
