"""Rows that failed for a reason that may pass are tried again; every other row stays the very same."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import tee
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset
from datasets.table import table_cast

from .engines.effort import Effort, Work, add_effort, effort_in, effort_of
from .engines.local import run
from .errors import DatasetError
from .jobs import check_source
from .layout import Layout, beside_table, public_table, row_sizes
from .manifest import Manifest, read_manifest
from .merge import build, finished
from .rows import raw_batches, rows_at_a_time
from .sanitizer import Sanitizer
from .sources import Source
from .storage.output import link, scratch
from .storage.parts import Settings
from .storage.shards import Shard, SplitWriter, file_groups, sha256_of, shards
from .tables import Splits
from .taxonomy import RETRYABLE, STATUSES


@dataclass(frozen=True)
class _File:
    """A file of the result, published and private, and its rows to try again, counted in the split."""

    shard: Shard
    data: Path
    beside: Path
    failed: list[int]


@dataclass
class Retry:
    """Another try for the failed rows of a finished result.

    Args:
        source: Where the rows come from.
        sanitize: With private columns.
        layout: Columns of the result.
        num_proc: Processes.
        batch_size: Rows at a time.
    """

    source: Source
    sanitize: Sanitizer
    layout: Layout
    num_proc: int
    batch_size: int
    effort: Effort = field(default_factory=dict)

    def run(self, splits: Splits, output: Path, settings: Settings) -> Manifest:
        """Write the files anew in which rows are tried again; the others are not touched.

        Args:
            splits: Rows of each split.
            output: Folder of the result.
            settings: What it was made with, and what is known of the source now.

        Raises:
            DatasetError: The source is a stream, whose rows cannot be picked out, or a file was changed.
            ConfigError: The source has other images than when it was sanitized.
        """
        if not all(isinstance(rows, Dataset) for rows in splits.values()):
            raise DatasetError("Rows of a stream cannot be picked out.", hint="Leave streaming out.")
        manifest = read_manifest(output)
        if not any(manifest["reasons"].get(reason) for reason in RETRYABLE):
            return finished(output)
        self.effort = effort_in(manifest)
        files = []
        for split, rows in splits.items():
            for shard, paths in result_files(output, split):
                shard = replace(shard, sha256=(sha256_of(paths[0]), sha256_of(paths[1])))
                if manifest["files"].get(shard.name) != shard.sha256[0]:
                    raise DatasetError(
                        "A file of the result is not as it was written.",
                        hint="Sanitize the source anew with overwrite.",
                    )
                check_source(self.source, rows, self.layout.column, [(shard, paths[1])])
                files.append(_File(shard, *paths, _failed(shard.start, paths)))
        with scratch(output) as folder, closing(self._tried(splits, files)) as tried:
            members: list[tuple[Path, Shard]] = []
            for file in files:
                if file.failed:
                    found = self._again(file, tried, folder, settings["shard_bytes"], len(members))
                else:
                    found = [_linked(file, folder, len(members))]
                members += [(folder, one) for one in found]
            return build(output, settings, members, {"reviewed": manifest["reviewed"]}, self.effort)

    def _tried(
        self, splits: Splits, files: Sequence[_File]
    ) -> Generator[tuple[pa.Table, pa.Table], None, None]:
        """Yield the failed rows of all files as they are now, the published and the private part of each."""
        batches, again = tee(self._batches(splits, files))
        results = run(Work(self.sanitize), (batch for _, _, batch in batches), self.num_proc)
        for (split, rows, batch), result in zip(again, results, strict=True):
            add_effort(self.effort, effort_of(result))
            ids = [f"{split}/{row}" for row in rows]
            public = public_table(result, self.layout.public[split])
            private = beside_table(result, ids, batch, self.layout.column)
            yield from ((public.slice(i, 1), private.slice(i, 1)) for i in range(len(ids)))

    def _batches(self, splits: Splits, files: Sequence[_File]) -> Iterator[tuple[str, list[int], pa.Table]]:
        """Yield the failed rows in batches, with their split and their places in it."""
        total = sum(len(file.failed) for file in files)
        size = rows_at_a_time(self.batch_size, self.num_proc, total)
        for file in files:
            rows = splits[file.shard.split].select(file.failed)
            at = 0
            for batch in raw_batches(self.source, rows, self.layout.column, size):
                yield file.shard.split, file.failed[at : at + batch.num_rows], batch
                at += batch.num_rows

    def _again(
        self, file: _File, tried: Iterator[tuple[pa.Table, pa.Table]], folder: Path, size: int, number: int
    ) -> list[Shard]:
        """Write the rows of a file once more, with another try for those that failed."""
        shard, written = file.shard, list[Shard]()
        schemas, at, failed = self.layout.schemas(shard.split), shard.start, set(file.failed)
        with SplitWriter(
            folder, shard.split, schemas, written.append, number=number, start=at, shard_bytes=size
        ) as writer:
            for tables in file_groups(file.data, file.beside):
                # Parquet has not all types of Arrow: seconds come back as milliseconds.
                old = [table_cast(table, schema) for table, schema in zip(tables, schemas, strict=True)]
                rows = [
                    next(tried) if at + i in failed else (old[0].slice(i, 1), old[1].slice(i, 1))
                    for i in range(len(old[0]))
                ]
                public, private = (pa.concat_tables(part) for part in zip(*rows, strict=True))
                writer.write(public, private, row_sizes(public, self.layout.public[shard.split]))
                at += len(public)
            writer.finish()
        return written


def result_files(output: Path, split: str) -> Iterator[tuple[Shard, tuple[Path, Path]]]:
    """Yield the files of a split of a finished result, with the rows that they have."""
    start = 0
    for data, beside in zip(shards(output / "data", split), shards(output / "private", split), strict=True):
        count = pq.read_metadata(data).num_rows
        name = str(data.relative_to(output / "data"))
        yield Shard(split, start, count, name, ("", "")), (data, beside)
        start += count


def _linked(file: _File, folder: Path, number: int) -> Shard:
    """Return a file that stays as it is, under a name in the folder."""
    linked = replace(file.shard, name=f"{file.shard.split}-{number:05d}.parquet")
    for path, target in zip((file.data, file.beside), linked.paths(folder), strict=True):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        link(path, target)
    return linked


def _failed(start: int, paths: tuple[Path, Path]) -> list[int]:
    """Return the rows of a file, counted in its split, that may not fail the next time."""
    rows = pq.read_table(paths[0], columns=["privacy_status", "provenance"])
    reasons = [provenance["reason"] for provenance in rows["provenance"].to_pylist()]
    statuses = [STATUSES[i] for i in rows["privacy_status"].to_pylist()]
    found = enumerate(zip(statuses, reasons, strict=True), start)
    return [i for i, (status, reason) in found if status == "failed" and reason in RETRYABLE]
