"""Parquet shards of a split: a public and a private file with the same rows, cut at the same places.

Cuts depend on the rows alone, never on how they came in batches: the same rows give the same bytes.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

# A reader holds one row group in memory, a viewer reads one to show a page: as `push_to_hub` cuts them.
ROWS_A_GROUP = 100
BYTES_A_GROUP = 64 * 2**20
BYTES_A_SHARD = 500 * 2**20


class SplitWriter:
    """Writes the rows of one split; a context manager.

    Nothing is final before `finish`: the shards have numbers without a total until then.

    Args:
        public: Folder for the published columns.
        private: Folder for the private columns; files are readable by their owner only.
        split: Name of the split, for the names of the files.
        schemas: Of the public and of the private tables.
    """

    def __init__(self, public: Path, private: Path, split: str, schemas: tuple[pa.Schema, pa.Schema]) -> None:
        self._folders, self._split, self._schemas = ((public, 0o666), (private, 0o600)), split, schemas
        self._writers: list[pq.ParquetWriter] = []
        self._files: list[BinaryIO] = []
        self._pending: list[tuple[pa.Table, pa.Table]] = []
        self._group_bytes = self._shard_bytes = self._shards = 0

    def __enter__(self) -> "SplitWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def write(self, public: pa.Table, private: pa.Table, sizes: list[int]) -> None:
        """Add rows.

        Args:
            public: Published columns.
            private: Private columns of the same rows.
            sizes: Bytes of each row, about.
        """
        for i, size in enumerate(sizes):
            self._pending.append((public.slice(i, 1), private.slice(i, 1)))
            self._group_bytes += size
            if len(self._pending) == ROWS_A_GROUP or self._group_bytes >= BYTES_A_GROUP:
                self._flush()

    def finish(self) -> dict[str, str]:
        """Write what is pending, give the shards their final names, and return the sha256 of the public ones.

        A split without rows has no file: `load_dataset` fails on Parquet without rows.
        """
        self._flush()
        self._close()
        names = [f"{self._split}-{i:05d}-of-{self._shards:05d}.parquet" for i in range(self._shards)]
        for folder, _ in self._folders:
            for i, name in enumerate(names):
                os.replace(folder / self._part(i), folder / name)
        return {name: _sha256(self._folders[0][0] / name) for name in names}

    def _flush(self) -> None:
        if not self._pending:
            return
        if not self._writers:
            self._open()
        for writer, tables in zip(self._writers, zip(*self._pending, strict=True), strict=True):
            writer.write_table(pa.concat_tables(tables).combine_chunks(), row_group_size=len(tables))
        self._shard_bytes += self._group_bytes
        self._pending, self._group_bytes = [], 0
        if self._shard_bytes >= BYTES_A_SHARD:
            self._close()

    def _open(self) -> None:
        for (folder, mode), schema in zip(self._folders, self._schemas, strict=True):
            handle = os.open(folder / self._part(self._shards), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            file = os.fdopen(handle, "wb")
            self._files.append(file)
            self._writers.append(pq.ParquetWriter(file, schema))
        self._shards += 1

    def _close(self) -> None:
        for writer, file in zip(self._writers, self._files, strict=True):
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._writers, self._files, self._shard_bytes = [], [], 0

    def _part(self, number: int) -> str:
        return f".{self._split}-{number:05d}.unfinished"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shards(folder: Path, split: str) -> list[Path]:
    """Return the shards of a split in their order."""
    return sorted(folder.glob(f"{split}-?????-of-?????.parquet"))


def read_rows(folder: Path, split: str, columns: list[str]) -> Iterator[dict[str, object]]:
    """Yield the rows of a split in their order, a row group in memory at a time."""
    for path in shards(folder, split):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group, columns=columns).to_pylist()
