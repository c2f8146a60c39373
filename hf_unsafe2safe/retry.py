"""Rows that failed for a reason that may pass are tried again; every other row stays the very same."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset

from .engines.effort import Effort, Work, add_effort, effort_of
from .engines.local import run
from .errors import DatasetError
from .jobs import check_source
from .layout import Layout, beside_table, public_table, row_sizes
from .manifest import Manifest, read_manifest
from .merge import build, finished
from .rows import raw_batches
from .sanitizer import Sanitizer
from .sources import Source
from .storage.output import link, scratch
from .storage.parts import Settings
from .storage.shards import Shard, SplitWriter, file_groups, sha256_of, shards
from .tables import Splits
from .taxonomy import RETRYABLE, STATUSES


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
        self.effort = {"seconds": Counter(manifest["seconds"]), "rows": Counter(manifest["row_store"])}
        with scratch(output) as folder:
            members: list[tuple[Path, Shard]] = []
            for split, rows in splits.items():
                for shard, paths in result_files(output, split):
                    shard = replace(shard, sha256=(sha256_of(paths[0]), sha256_of(paths[1])))
                    if manifest["files"].get(shard.name) != shard.sha256[0]:
                        raise DatasetError(
                            "A file of the result is not as it was written.",
                            hint="Sanitize the source anew with overwrite.",
                        )
                    check_source(self.source, rows, self.layout.column, [(shard, paths[1])])
                    if any(map(_failed, _columns(paths))):
                        found = self._again(rows, shard, paths, folder, settings["shard_bytes"], len(members))
                    else:
                        found = [_linked(shard, paths, folder, len(members))]
                    members += [(folder, one) for one in found]
            return build(output, settings, members, {"reviewed": manifest["reviewed"]}, self.effort)

    def _again(
        self, rows: Dataset, shard: Shard, paths: tuple[Path, Path], folder: Path, size: int, number: int
    ) -> list[Shard]:
        """Write the rows of a file once more, with another try for those that failed."""
        split, start, written = shard.split, shard.start, list[Shard]()
        schemas = self.layout.schemas(split)
        with SplitWriter(
            folder, split, schemas, written.append, number=number, start=start, shard_bytes=size
        ) as writer:
            for public, private in file_groups(*paths):
                public, private = self._tried(rows, split, start, public, private)
                writer.write(public, private, row_sizes(public, self.layout.public[split]))
                start += len(public)
            writer.finish()
        return written

    def _tried(
        self, rows: Dataset, split: str, start: int, public: pa.Table, private: pa.Table
    ) -> tuple[pa.Table, pa.Table]:
        """Return some rows with the failed ones as they are now."""
        failed = _failed(public)
        chosen = rows.select([start + i for i in failed])
        batches = list(raw_batches(self.source, chosen, self.layout.column, self.batch_size))
        parts = [(public.slice(i, 1), private.slice(i, 1)) for i in range(len(public))]
        waiting = iter(failed)
        results = run(Work(self.sanitize), iter(batches), self.num_proc)
        for batch, result in zip(batches, results, strict=True):
            add_effort(self.effort, effort_of(result))
            places = [next(waiting) for _ in range(batch.num_rows)]
            ids = [f"{split}/{start + i}" for i in places]
            new = public_table(result, self.layout.public[split])
            beside = beside_table(result, ids, batch, self.layout.column)
            for k, i in enumerate(places):
                parts[i] = new.slice(k, 1), beside.slice(k, 1)
        one, other = zip(*parts, strict=True)
        return pa.concat_tables(map(_bare, one)), pa.concat_tables(map(_bare, other))


def result_files(output: Path, split: str) -> Iterator[tuple[Shard, tuple[Path, Path]]]:
    """Yield the files of a split of a finished result, with the rows that they have."""
    start = 0
    for data, beside in zip(shards(output / "data", split), shards(output / "private", split), strict=True):
        count = pq.read_metadata(data).num_rows
        name = str(data.relative_to(output / "data"))
        yield Shard(split, start, count, name, ("", "")), (data, beside)
        start += count


def _columns(paths: tuple[Path, Path]) -> Iterator[pa.Table]:
    for public, _ in file_groups(*paths, ["privacy_status", "provenance"], ["row"]):
        yield public


def _linked(shard: Shard, paths: tuple[Path, Path], folder: Path, number: int) -> Shard:
    """Return a file that stays as it is, under a name in the folder."""
    linked = replace(shard, name=f"{shard.split}-{number:05d}.parquet")
    for path, target in zip(paths, linked.paths(folder), strict=True):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        link(path, target)
    return linked


def _bare(table: pa.Table) -> pa.Table:
    return table.replace_schema_metadata(None)


def _failed(public: pa.Table) -> list[int]:
    """Return the rows of a file that may not fail the next time."""
    reasons = [provenance["reason"] for provenance in public["provenance"].to_pylist()]
    statuses = [STATUSES[i] for i in public["privacy_status"].to_pylist()]
    rows = zip(statuses, reasons, strict=True)
    return [i for i, (status, reason) in enumerate(rows) if status == "failed" and reason in RETRYABLE]
