"""Parquet shards of a split: a public and a private file with the same rows, cut at the same places.

Cuts depend on the rows alone, never on how they came in batches: the same rows give the same bytes. A
shard that has its name is whole and is never written again.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

# A reader holds one row group in memory, a viewer reads one to show a page: as `push_to_hub` cuts them.
ROWS_A_GROUP = 100
BYTES_A_GROUP = 64 * 2**20
BYTES_A_SHARD = 500 * 2**20

FOLDERS = (("data", 0o755, 0o666), ("private", 0o700, 0o600))  # name, mode of folders, mode of files


@dataclass(frozen=True)
class Shard:
    """Two finished files of a part of a split.

    Args:
        split: Name of the split, or `config/split`.
        start: Its first row in the split.
        rows: How many it has.
        name: Of both files, below `data` and `private`.
        sha256: Of the public and of the private file.
    """

    split: str
    start: int
    rows: int
    name: str
    sha256: tuple[str, str]

    def paths(self, folder: Path) -> tuple[Path, Path]:
        """Return the public and the private file below a folder."""
        return folder / "data" / self.name, folder / "private" / self.name

    def is_whole(self, folder: Path) -> bool:
        """Return whether both files are there as they were written."""
        try:
            return tuple(map(sha256_of, self.paths(folder))) == self.sha256
        except FileNotFoundError:
            return False


class SplitWriter:
    """Writes the rows of one split; a context manager.

    Args:
        folder: Below it are `data` for the published and `private` for the private columns, whose files
            only their owner may read.
        split: Name of the split, or `config/split`; a part of the names of the files.
        schemas: Of the public and of the private tables.
        done: Called with every shard once it is finished.
        number: Of the first shard.
        start: The first row in the split.
        shard_bytes: A shard ends with the row group that brings it to this size; None for no end.
    """

    def __init__(
        self,
        folder: Path,
        split: str,
        schemas: tuple[pa.Schema, pa.Schema],
        done: Callable[[Shard], None],
        *,
        number: int = 0,
        start: int = 0,
        shard_bytes: int | None = None,
    ) -> None:
        self._folder, self._split, self._schemas, self._done = folder, split, schemas, done
        self._number, self._start, self._shard_bytes = number, start, shard_bytes
        self._writers: list[pq.ParquetWriter] = []
        self._files: list[BinaryIO] = []
        self._pending: list[tuple[pa.Table, pa.Table]] = []
        self._pending_bytes = self._bytes = self._rows = 0

    def __enter__(self) -> "SplitWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer, file in zip(self._writers, self._files, strict=True):  # none are open without an error
            with suppress(OSError, pa.ArrowException):  # what is not finished counts for nothing
                writer.close()
            with suppress(OSError):
                file.close()
        for folder, _, _ in FOLDERS if self._files else ():
            self._part(self._folder / folder).unlink(missing_ok=True)

    def write(self, public: pa.Table, private: pa.Table, sizes: list[int]) -> None:
        """Add rows.

        Args:
            public: Published columns.
            private: Private columns of the same rows.
            sizes: Bytes of each row, about.
        """
        for i, size in enumerate(sizes):
            self._pending.append((public.slice(i, 1), private.slice(i, 1)))
            self._pending_bytes += size
            if len(self._pending) == ROWS_A_GROUP or self._pending_bytes >= BYTES_A_GROUP:
                self._flush()

    def finish(self) -> None:
        """Finish the last shard; a split without rows has none: `load_dataset` fails on an empty file."""
        self._flush()
        if self._rows:
            self._close()

    def _flush(self) -> None:
        if not self._pending:
            return
        if not self._writers:
            self._open()
        for writer, tables in zip(self._writers, zip(*self._pending, strict=True), strict=True):
            writer.write_table(pa.concat_tables(tables).combine_chunks(), row_group_size=len(tables))
        self._rows += len(self._pending)
        self._bytes += self._pending_bytes
        self._pending, self._pending_bytes = [], 0
        if self._shard_bytes is not None and self._bytes >= self._shard_bytes:
            self._close()

    def _open(self) -> None:
        for (name, folder_mode, mode), schema in zip(FOLDERS, self._schemas, strict=True):
            part = self._part(self._folder / name)
            part.parent.mkdir(mode=folder_mode, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)  # of a run that was killed
            file = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
            self._files.append(file)
            self._writers.append(pq.ParquetWriter(file, schema))

    def _close(self) -> None:
        for writer, file in zip(self._writers, self._files, strict=True):
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            file.close()
        name = f"{self._split}-{self._number:05d}.parquet"
        digests = []
        for folder, _, _ in FOLDERS:
            part = self._part(self._folder / folder)
            digests.append(sha256_of(part))
            os.replace(part, self._folder / folder / name)
        shard = Shard(self._split, self._start, self._rows, name, (digests[0], digests[1]))
        self._writers, self._files = [], []
        self._number, self._start, self._rows, self._bytes = self._number + 1, self._start + self._rows, 0, 0
        self._done(shard)

    def _part(self, folder: Path) -> Path:
        name = folder / f"{self._split}-{self._number:05d}.unfinished"
        return name.with_name(f".{name.name}")


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shards(folder: Path, split: str) -> list[Path]:
    """Return the shards of a split of a finished result in their order."""
    return sorted(folder.glob(f"{split}-?????-of-?????.parquet"))


def row_groups(
    result: Path, split: str, public: list[str] | None = None, private: list[str] | None = None
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield the row groups of a split of a finished result, published and private rows side by side.

    Args:
        result: Its folder.
        split: Name of the split.
        public: Columns to read; None for all.
        private: Likewise.
    """
    pairs = zip(shards(result / "data", split), shards(result / "private", split), strict=True)
    for paths in pairs:
        yield from file_groups(*paths, public, private)


def file_groups(
    data: Path, beside: Path, public: list[str] | None = None, private: list[str] | None = None
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield the row groups of two files that were cut at the same places."""
    one, other = pq.ParquetFile(data), pq.ParquetFile(beside)
    for group in range(one.num_row_groups):
        yield one.read_row_group(group, public), other.read_row_group(group, private)


def read_rows(folder: Path, split: str, columns: list[str]) -> Iterator[dict[str, object]]:
    """Yield the rows of a split in their order, a row group in memory at a time."""
    for path in shards(folder, split):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group, columns=columns).to_pylist()
