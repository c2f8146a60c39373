"""Rows of triplets as Parquet files: first all in a row, then each where its split is."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ...storage import shards
from .features import FEATURES

_SCHEMA = FEATURES.arrow_schema


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows into one file, a row group in memory at a time; it is for its owner only."""
    _write(path, (pa.Table.from_pylist(group, _SCHEMA) for group in _row_groups(rows)))


def write_split(
    source: Path, folder: Path, split: str, wanted: np.ndarray, columns: Mapping[str, np.ndarray]
) -> int:
    """Write some rows of a file as the files of a split and return how many there are.

    Args:
        source: What `write_rows` wrote, of N rows.
        folder: Where the files go.
        split: Its name.
        wanted: (N,) bool.
        columns: Values of columns that were not known before, (N,) each.
    """
    names: list[Path] = []
    tables = _chosen(source, wanted, columns)
    for first in tables:
        part = folder / f".{split}-{len(names):05d}.unfinished"
        _write(part, _until_full(first, tables))
        names.append(part)
    for i, part in enumerate(names):
        os.replace(part, folder / f"{split}-{i:05d}-of-{len(names):05d}.parquet")
    return int(wanted.sum())


def _write(path: Path, tables: Iterable[pa.Table]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with pq.ParquetWriter(file, _SCHEMA) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=len(table))
        file.flush()
        os.fsync(file.fileno())


def _row_groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        group.append(row)
        size += sum(
            len(value["bytes"]) for value in row.values() if isinstance(value, dict) and "bytes" in value
        )
        if len(group) == shards.ROWS_A_GROUP or size >= shards.BYTES_A_GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group


def _chosen(source: Path, wanted: np.ndarray, columns: Mapping[str, np.ndarray]) -> Iterator[pa.Table]:
    """Yield the wanted rows, a row group in memory at a time."""
    file, start = pq.ParquetFile(source), 0
    for number in range(file.num_row_groups):
        end = start + file.metadata.row_group(number).num_rows
        if wanted[start:end].any():
            table = file.read_row_group(number)
            for name, values in columns.items():
                at = table.column_names.index(name)
                table = table.set_column(at, _SCHEMA.field(name), pa.array(values[start:end]))
            yield table.filter(pa.array(wanted[start:end])).cast(_SCHEMA)
        start = end


def _until_full(first: pa.Table, more: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables until a file has the size at which shards end."""
    yield first
    size = first.nbytes
    while size < shards.BYTES_A_SHARD and (table := next(more, None)) is not None:
        yield table
        size += table.nbytes
