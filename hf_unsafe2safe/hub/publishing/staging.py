"""The files as they will be uploaded, written to a folder of this machine first."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, Value

from ...layout import row_sizes
from ...storage.shards import sha256_of
from ..keys import ROW_KEY
from .choosing import RowChoice
from .rows import DEFAULT_CONFIG, Rows


@dataclass
class Staged:
    """The files of one configuration.

    Args:
        paths: Path in the repo -> file on this machine, in the order of the rows.
        sha256: Path in the repo -> its sha256.
        published: Split -> rows that its files hold.
        images: How many of them have an image.
        features: Of the files.
    """

    features: Features
    paths: dict[str, Path] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    images: int = 0

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(path.stat().st_size for path in self.paths.values())

    def tables(self, columns: list[str] | None = None, split: str | None = None) -> Iterator[pa.Table]:
        """Yield the row groups as they stand in the files, of one split or of all."""
        for path_in_repo, path in self.paths.items():
            if split is None or path_in_repo.rpartition("/")[2].startswith(f"{split}-"):
                file = pq.ParquetFile(path)
                yield from (file.read_row_group(i, columns=columns) for i in range(file.num_row_groups))


def stage(
    config: str,
    parts: Mapping[str, Rows],
    column: str,
    published: Callable[[pa.Table, pa.Table], pa.Table],
    features: Features,
    choice: RowChoice,
    folder: Path,
    shard_bytes: int,
) -> Staged:
    """Write the files of a configuration; the same rows give the same bytes.

    Args:
        config: Its name.
        parts: Split -> its rows.
        column: The image column.
        published: Gives the published columns, typed by `features`, of rows and their private columns.
        features: Of the published columns, without the row key.
        choice: Which rows go.
        folder: Where to write; every configuration has a folder of its own in it.
        shard_bytes: A file ends with the row group that brings it to this size.
    """
    staged = Staged(Features({**features, ROW_KEY: Value("string")}))
    place = folder / config
    place.mkdir(mode=0o700)
    start = "data" if config == DEFAULT_CONFIG else f"data/{config}"
    for split, rows in parts.items():
        written: list[Path] = []
        count = 0
        writer = _Files(place, split, staged.features, shard_bytes, written)
        for public, beside, keys in choice.chosen(rows, column):
            table = published(public, beside)
            arrays = [*table.columns, pa.array(keys, pa.string())]
            writer.write(pa.Table.from_arrays(arrays, schema=staged.features.arrow_schema))
            count += len(keys)
            staged.images += len(keys) - table[column].null_count
        writer.close()
        for i, path in enumerate(written):
            path_in_repo = f"{start}/{split}-{i:05d}-of-{len(written):05d}.parquet"
            staged.paths[path_in_repo], staged.sha256[path_in_repo] = path, sha256_of(path)
        if count:  # a split without rows has no file: `load_dataset` fails on an empty one
            staged.published[split] = count
    return staged


class _Files:
    """Parquet files of one split, a new one when the last is large enough."""

    def __init__(
        self, folder: Path, split: str, features: Features, shard_bytes: int, written: list[Path]
    ) -> None:
        self._folder, self._split, self._features = folder, split, features
        self._shard_bytes, self._written, self._bytes = shard_bytes, written, 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Add rows as one row group."""
        if self._writer is None:
            path = self._folder / f"{self._split}-{len(self._written):05d}.parquet"
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            self._written.append(path)
            self._writer = pq.ParquetWriter(path, self._features.arrow_schema)
        self._writer.write_table(table.combine_chunks(), row_group_size=len(table))
        self._bytes += sum(row_sizes(table, self._features))
        if self._bytes >= self._shard_bytes:
            self.close()

    def close(self) -> None:
        """Finish the file at hand."""
        if self._writer is not None:
            self._writer.close()
        self._writer, self._bytes = None, 0
