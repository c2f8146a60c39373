"""The rows of a source in raw batches, images still encoded: what every walk over a source shares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from datasets.config import HF_CACHE_HOME

from .errors import ConfigError
from .sources import Source, undecoded


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


def split_parts(source: Source, image_column: str | None, limit: int | None) -> dict[str, Dataset]:
    """Return the splits of a source with images undecoded.

    Args:
        source: From `load_source`.
        image_column: As in the config, None when it was not named.
        limit: Only the first rows of every split; None for all.
    """
    parts = {name: undecoded(part, image_column) for name, part in source.splits.items()}
    return {name: part.select(range(min(limit or len(part), len(part)))) for name, part in parts.items()}


def rows_at_a_time(batch_size: int, num_proc: int, total: int) -> int:
    """Return a batch size at which there is work for all processes.

    Example:
        >>> rows_at_a_time(16, 1, 40), rows_at_a_time(16, 2, 40), rows_at_a_time(16, 8, 10)
        (16, 5, 1)
    """
    return max(1, min(batch_size, total // (4 * num_proc))) if num_proc > 1 else batch_size


def raw_batches(
    source: Source, part: Dataset, column: str, batch_size: int, *, named: bool
) -> Iterator[pa.Table]:
    """Yield raw batches of a split; an image that is only named, by a path that may not be read, is missing.

    Args:
        source: Where the split comes from.
        part: From `split_parts`.
        column: The image column.
        batch_size: Rows at a time.
        named: Whether the user named the column: who names a column of paths asks for them.
    """
    roots = None if named else _roots(source)
    for batch in part.with_format("arrow").iter(batch_size) if len(part) else ():
        cells = batch[column].combine_chunks()
        if roots is not None and pc.any(pc.is_null(pc.struct_field(cells, "bytes"))).as_py():
            rows = [_inside(cell, roots) for cell in cells.to_pylist()]
            at = batch.schema.get_field_index(column)
            batch = batch.set_column(at, batch.schema.field(column), pa.array(rows, cells.type))
        yield batch


def _roots(source: Source) -> tuple[Path, ...] | None:
    """Return the folders in which a row may name a file, None for all.

    A table from elsewhere that names files of this machine would draw them into the result.
    """
    if source.kind == "folder":
        return None
    return (Path(HF_CACHE_HOME).resolve(),) if source.kind == "hub" else ()


def _inside(cell: dict[str, Any] | None, roots: tuple[Path, ...]) -> dict[str, Any] | None:
    if cell is None or cell["bytes"] is not None or cell["path"] is None:
        return cell
    path = Path(cell["path"]).resolve()
    return cell if any(path.is_relative_to(root) for root in roots) else {"bytes": None, "path": None}
