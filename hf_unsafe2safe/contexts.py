"""What a dataset itself says of its images, class names and questions, so that captions name the subject.

Only columns that the user names are read. Never a path; a folder's name only as a class of such a column.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from datasets import ClassLabel, Features, Value

from .errors import ConfigError, DatasetError

LONGEST = 200  # letters of a context


def context_names(columns: Any) -> tuple[str, ...]:
    """Return the names of columns that the user gave, one name or several.

    Raises:
        ConfigError: They are no names.
    """
    several = isinstance(columns, Sequence) and not isinstance(columns, str)
    names = () if columns is None else columns if several else (columns,)
    if not all(isinstance(name, str) and name for name in names):
        raise ConfigError("context_columns must be names of columns.", hint="context_columns=['label']")
    return tuple(names)


def check_contexts(source: Features, names: Sequence[str]) -> None:
    """Raise unless the columns are there and hold texts or class labels.

    Raises:
        DatasetError: They are not.
    """
    for name in names:
        if name not in source:
            raise DatasetError(
                f"Column '{name}' not found. The dataset has: {', '.join(source)}.",
                hint="context_columns (--context) names columns; classes of folders need --keep-labels.",
            )
        feature = source[name]
        text = isinstance(feature, Value) and feature.dtype in ("string", "large_string")
        if not (text or isinstance(feature, ClassLabel)):
            raise DatasetError(
                f"Column '{name}' holds neither texts nor class labels but {type(feature).__name__}.",
                hint="context_columns take a ClassLabel or a string column.",
            )


def table_contexts(table: pa.Table, source: Features, names: Sequence[str]) -> list[str]:
    """Return the context of each row of a table."""
    columns = [_texts(table[name].to_pylist(), source[name]) for name in names]
    return [_joined(names, values) for values in zip(*columns, strict=True)] if names else [""] * len(table)


def row_contexts(rows: Mapping[str, Sequence[Any]], names: Sequence[str], count: int) -> list[str]:
    """Return the context of each of `count` rows given as columns of plain values.

    Raises:
        DatasetError: A column is missing, or holds numbers: which class they are is not known here.
    """
    for name in names:
        if name not in rows or not all(value is None or isinstance(value, str) for value in rows[name]):
            raise DatasetError(
                f"Column '{name}' is missing or holds no texts.", hint="Use sanitize.map(dataset)."
            )
    return [_joined(names, [rows[name][i] for name in names]) for i in range(count)]


def _texts(values: Sequence[Any], feature: Any) -> list[str | None]:
    if not isinstance(feature, ClassLabel):
        return list(values)
    return [None if v is None or v < 0 else feature.int2str(v) for v in values]


def _joined(names: Sequence[str], values: Sequence[str | None]) -> str:
    said = [f"{name}: {' '.join(value.split())}" for name, value in zip(names, values, strict=True) if value]
    return "; ".join(said)[:LONGEST]
