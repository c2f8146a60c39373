"""The rows of a source in raw batches, images still encoded: what every walk over a source shares."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, IterableDataset
from datasets.config import HF_CACHE_HOME
from datasets.exceptions import DatasetsError

from .columns import typed_stream
from .errors import ConfigError, DatasetError
from .hub.http import HTTP_ERROR
from .sources import Source, undecoded
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


def split_parts(source: Source, image_column: str | None, limit: int | None) -> Splits:
    """Return the splits of a source with images undecoded.

    Args:
        source: From `load_source`.
        image_column: As in the config, None when it was not named.
        limit: Only the first rows of every split; None for all.
    """
    parts = {name: undecoded(part, image_column) for name, part in source.splits.items()}
    return {name: part if limit is None else _first(part, limit) for name, part in parts.items()}


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
    named: bool,
    start: int = 0,
    stop: int | None = None,
) -> Iterator[pa.Table]:
    """Yield raw batches of a split; an image that is only named, by a path that may not be read, is missing.

    Args:
        source: Where the split comes from.
        part: From `split_parts`.
        column: The image column.
        batch_size: Rows at a time.
        named: Whether the user named the column: who names a column of paths asks for them.
        start: The first row.
        stop: The row before which it ends; None for the end of the split.

    Raises:
        DatasetError: The source cannot be read any more, for example because a server is gone.
    """
    roots = _roots(source)
    for batch in _readable(_tables(part, batch_size, start, stop)):
        yield batch if roots is None else _contained(batch, roots, column if named else None)


def _contained(batch: pa.Table, roots: tuple[Path, ...], asked: str | None) -> pa.Table:
    """Return a batch in which images are named only by paths that may be read, or in the column asked for."""
    for at, field in enumerate(batch.schema):
        if field.name == asked or not _is_image(field.type):
            continue
        cells = batch[field.name].combine_chunks()
        if pc.any(pc.is_null(cells.field("bytes"))).as_py():
            rows = [_inside(cell, roots) for cell in cells.to_pylist()]
            batch = batch.set_column(at, field, pa.array(rows, cells.type))
    return batch


def _is_image(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind)) and {field.name for field in kind} == {"bytes", "path"}


def _tables(
    part: Dataset | IterableDataset, batch_size: int, start: int, stop: int | None
) -> Iterator[pa.Table]:
    if isinstance(part, Dataset):
        rows = part.select(range(start, len(part) if stop is None else stop))
        return rows.with_format("arrow").iter(batch_size) if len(rows) else iter(())
    rows = part.skip(start) if start else part
    rows = rows if stop is None else rows.take(stop - start)
    tables: Iterator[pa.Table] = typed_stream(rows).iter(batch_size)
    return tables


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
        raise DatasetError(
            f"The source cannot be read any more: {name}.",
            hint="Check the disk or the network, then run the same again: finished rows are kept.",
        )


def _roots(source: Source) -> tuple[Path, ...] | None:
    """Return the folders in which a row may name a file, None for all.

    A table from elsewhere that names files of this machine would draw them into the result. A dataset in
    Python was made by the caller.
    """
    if source.kind in ("folder", "python"):
        return None
    return (Path(HF_CACHE_HOME).resolve(),) if source.kind == "hub" else ()


def _inside(cell: dict[str, Any] | None, roots: tuple[Path, ...]) -> dict[str, Any] | None:
    if cell is None or cell["bytes"] is not None or cell["path"] is None:
        return cell
    # A stream of the Hub names files of the Hub, maybe in an archive there; no other table may.
    there = bool(roots) and cell["path"].rpartition("::")[2].startswith("hf://")
    path = Path(cell["path"]).resolve()
    allowed = there or any(path.is_relative_to(root) for root in roots)
    return cell if allowed else {"bytes": None, "path": None}
