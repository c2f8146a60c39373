"""The rows of a source in raw batches, images still encoded: what every walk over a source shares."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import datasets.config
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, IterableDataset
from datasets.exceptions import DatasetsError
from huggingface_hub.constants import HF_HUB_CACHE

from .columns import typed_stream
from .errors import ConfigError, SourceLostError
from .hub.http import HTTP_ERROR
from .image_cells import holds_cells, is_cell, with_cells
from .sources import Source
from .tables import Splits

_UNREADABLE = (OSError, HTTP_ERROR, DatasetsError, pa.ArrowException)


def check_counts(**counts: int | None) -> None:
    """Raise unless every count is 1 or more, or None.

    Raises:
        ConfigError: One is not; the message names it.

    Example:
        >>> check_counts(limit=None, num_proc=2)
    """
    for name, value in counts.items():
        if value is not None and value < 1:
            raise ConfigError(f"{name} must be 1 or more, got {value}.")


def split_parts(source: Source, limit: int | None) -> Splits:
    """Return the splits of a source, of each only the first rows; None for all."""
    return {n: part if limit is None else _first(part, limit) for n, part in source.splits.items()}


def _first(part: Dataset | IterableDataset, limit: int) -> Dataset | IterableDataset:
    return part.take(min(limit, len(part))) if isinstance(part, Dataset) else part.take(limit)


def lengths(parts: Splits) -> dict[str, int | None]:
    """Return the rows of each split, None for a stream: nobody knows before it ends."""
    return {name: len(part) if isinstance(part, Dataset) else None for name, part in parts.items()}


def total_of(counts: Mapping[str, int | None]) -> int | None:
    """Return the rows of all splits, None when one is not known.

    Example:
        >>> total_of({"train": 3, "test": 1}), total_of({"train": None})
        (4, None)
    """
    known = [count for count in counts.values() if count is not None]
    return sum(known) if len(known) == len(counts) else None


def rows_at_a_time(batch_size: int, num_proc: int, total: int | None) -> int:
    """Return a batch size at which there is work for all processes.

    Example:
        >>> rows_at_a_time(16, 1, 40), rows_at_a_time(16, 2, 40), rows_at_a_time(16, 8, 10)
        (16, 5, 1)
    """
    if num_proc == 1 or total is None:
        return batch_size
    return max(1, min(batch_size, total // (4 * num_proc)))


def raw_batches(
    source: Source,
    part: Dataset | IterableDataset,
    column: str,
    batch_size: int,
    *,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[pa.Table]:
    """Yield raw batches of a split; an image that is only named, by a path that may not be read, is missing.

    Args:
        source: Where the split comes from.
        part: From `split_parts`.
        column: The image column.
        batch_size: Rows at a time.
        start: The first row.
        stop: The row before which it ends; None for the end of the split.

    Raises:
        SourceLostError: The source cannot be read any more, for example because a server is gone.
    """
    # A folder names its own files, a dataset in Python was made by the caller, and who names a column of
    # paths asks for them.
    trusted = source.kind in ("folder", "python")
    asked = column if column == source.path_column else None
    for batch in _readable(_tables(part, batch_size, start, stop)):
        yield batch if trusted else _contained(batch, source, asked)


def _contained(batch: pa.Table, source: Source, asked: str | None) -> pa.Table:
    """Return a batch in which images are named only by paths that may be read, or in the column asked for."""
    for at, field in enumerate(batch.schema):
        column = batch[field.name]
        if field.name == asked or not holds_cells(field.type):
            continue
        if is_cell(field.type) and not pc.any(pc.is_null(column.combine_chunks().field("bytes"))).as_py():
            continue  # nothing is named: the bytes are there
        batch = batch.set_column(at, field, with_cells(column, partial(_inside, source)))
    return batch


def _tables(
    part: Dataset | IterableDataset, batch_size: int, start: int, stop: int | None
) -> Iterator[pa.Table]:
    if isinstance(part, Dataset):
        stop = len(part) if stop is None else stop
        if start >= stop:  # `select` refuses rows beyond the last one, also none of them
            return iter(())
        tables: Iterator[pa.Table] = part.select(range(start, stop)).with_format("arrow").iter(batch_size)
        return tables
    rows = part.skip(start) if start else part
    rows = rows if stop is None else rows.take(stop - start)
    return iter(typed_stream(rows).iter(batch_size))


def _readable(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    while True:
        try:
            table = next(tables)
        except StopIteration:
            return
        except _UNREADABLE as error:
            name = type(error).__name__  # its message may name files
        else:
            yield table
            continue
        raise SourceLostError(
            f"The source cannot be read any more: {name}.",
            hint="Check the disk or the network, then run the same again: it goes on.",
        )


def _inside(source: Source, cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell, without a path that its table may not name.

    A table from elsewhere that names files of this machine, or of other repositories, would draw them into
    the result. One of the Hub may name what `datasets` brought here for it, and files of its own.
    """
    path = cell["path"]
    if path is None or cell["bytes"] is not None:
        return cell
    allowed = False
    if source.kind == "hub" and "://" in path:
        allowed = path.rpartition("::")[2].startswith(f"hf://datasets/{source.description}/")
    elif source.kind == "hub":
        there = Path(path).resolve()
        allowed = any(there.is_relative_to(Path(folder).resolve()) for folder in _caches())
    return cell if allowed else {"bytes": None, "path": None}


def _caches() -> tuple[str, ...]:
    """Return where `datasets` and `huggingface_hub` bring what they download; each can be moved by itself."""
    settings = datasets.config
    return (
        settings.HF_CACHE_HOME,
        settings.HF_DATASETS_CACHE,
        settings.DOWNLOADED_DATASETS_PATH,
        settings.EXTRACTED_DATASETS_PATH,
        HF_HUB_CACHE,
    )


def is_gone(source: Source, part: Dataset | IterableDataset) -> bool:
    """Return whether a source on this machine is not there any more: its folder, or all files in it."""
    if source.root is None:
        return False
    if source.kind != "folder" or not isinstance(part, Dataset) or not source.root.exists():
        return not source.root.exists()
    tables = part.with_format("arrow").iter(1_000)
    cells = (table[next(iter(part.features))].combine_chunks().field("path") for table in tables)
    paths = (path for paths in cells for path in paths.to_pylist())
    return not any(path is not None and os.path.exists(path) for path in paths)  # an empty mount point
