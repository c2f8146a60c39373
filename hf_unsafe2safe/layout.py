"""The columns of a result on disk: what is published, and what stays beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Features, Image, LargeList, List, Value

from .config import freeze
from .errors import DatasetError
from .image_cells import holds_cells, is_cell, with_cells
from .sanitizer import Sanitizer
from .schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from .tables import Splits

# `row` is the id in messages and `source_path` says where the original is: private, as file names are.
BESIDE = Features({"row": Value("string"), "source_path": Value("string"), **PRIVATE_FEATURES})


@dataclass(frozen=True)
class Layout:
    """The columns of a result.

    Args:
        column: The image column, the same in all splits.
        public: Published columns of each split; those of a configuration have the same.
        passed_through: Columns of the source that nobody looks at -> their types.
    """

    column: str
    public: Mapping[str, Features]
    passed_through: Mapping[str, str]

    @classmethod
    def of(cls, sanitize: Sanitizer, parts: Splits) -> "Layout":
        """Return the layout of the result of some splits.

        Raises:
            DatasetError: No usable image column, or splits that differ in their columns.
        """
        by_config: dict[str, Features] = {}
        for split, part in parts.items():
            if by_config.setdefault(split.rpartition("/")[0], part.features) != part.features:
                raise DatasetError(
                    "The splits differ in their columns or types.",
                    hint="Name one with split, or make them equal first.",
                )
        columns = {sanitize.find_image_column(features) for features in by_config.values()}
        if len(columns) > 1:
            raise DatasetError(
                f"The configurations have their images in different columns: {', '.join(sorted(columns))}.",
                hint="Name one with config_name.",
            )
        (column,) = columns
        public = {split: _public(sanitize, part.features) for split, part in parts.items()}
        others = {
            name: type_name(f)
            for features in by_config.values()
            for name, f in features.items()
            if name != column
        }
        return cls(column, public, others)

    def schemas(self, split: str) -> tuple[pa.Schema, pa.Schema]:
        """Return the schemas of the published and of the private files of a split."""
        return self.public[split].arrow_schema, BESIDE.arrow_schema


def sanitizer_for(given: Sanitizer | Mapping[str, Any] | None, *, private_columns: bool) -> Sanitizer:
    """Return a sanitizer with or without private columns, made of another one or of keyword arguments."""
    if not isinstance(given, Sanitizer):
        return Sanitizer(**{**(given or {}), "private_columns": private_columns})
    twin = type(given).__new__(type(given))
    twin.__setstate__(freeze(replace(given.config, private_columns=private_columns)))
    return twin


def _public(sanitize: Sanitizer, before: Features) -> Features:
    after = {n: f for n, f in sanitize.features(before).items() if n in before or n in PUBLIC_FEATURES}
    # The source was opened with decode=False for our sake only.
    return Features({n: Image() if isinstance(f, Image) else f for n, f in after.items()})


def type_name(feature: object) -> str:
    """Return the type of a feature as people read it.

    Example:
        >>> from datasets import List
        >>> type_name(List({"bbox": List(Value("float32")), "id": Value("int64")}))
        'list of {bbox: list of float32, id: int64}'
    """
    if isinstance(feature, Value):
        return str(feature.dtype)
    if isinstance(feature, List | LargeList):
        return f"list of {type_name(feature.feature)}"
    if isinstance(feature, Mapping):
        return "{" + ", ".join(f"{name}: {type_name(part)}" for name, part in feature.items()) + "}"
    return type(feature).__name__


def public_table(result: pa.Table, features: Features) -> pa.Table:
    """Return the published columns of sanitized rows, without the paths of any image."""
    schema = features.arrow_schema  # with the metadata from which `load_dataset` knows the types
    return pa.Table.from_arrays([_without_paths(result[name]) for name in schema.names], schema=schema)


def _without_paths(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Return a column whose images, at any depth, have their bytes alone: a path names a file."""
    if not holds_cells(column.type):
        return column
    if not is_cell(column.type):
        return with_cells(column, lambda cell: {"bytes": cell["bytes"], "path": None})
    cells = column.combine_chunks()  # the usual case, without a copy of the bytes
    parts = {"bytes": cells.field("bytes"), "path": pa.nulls(len(cells), pa.string())}
    names = [field.name for field in column.type]
    return pa.StructArray.from_arrays([parts[name] for name in names], names, mask=pc.is_null(cells))


def beside_table(result: pa.Table, rows: list[str], batch: pa.Table, column: str) -> pa.Table:
    """Return the private columns of sanitized rows.

    Args:
        result: The sanitized rows.
        rows: Their ids.
        batch: The same rows of the source.
        column: The image column of the source.
    """
    cells = batch[column].combine_chunks()
    paths = (
        pc.struct_field(cells, "path")
        if pa.types.is_struct(cells.type)
        else pa.nulls(len(cells), pa.string())
    )
    columns = [pa.array(rows, pa.string()), paths, *(result[name] for name in PRIVATE_FEATURES)]
    return pa.Table.from_arrays(columns, schema=BESIDE.arrow_schema)


def row_sizes(public: pa.Table, features: Features) -> list[int]:
    """Return about the size of each row in bytes: its images, and a thousand for the rest."""
    sizes = [1_000] * public.num_rows
    for name in (n for n, f in features.items() if isinstance(f, Image)):
        lengths = pc.binary_length(pc.struct_field(public[name].combine_chunks(), "bytes")).to_pylist()
        sizes = [size + (length or 0) for size, length in zip(sizes, lengths, strict=True)]
    return sizes
