"""Rows that failed for a reason that may pass are tried again; every other row stays the very same."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset

from .engines.effort import Effort, Work, effort_of
from .engines.local import run
from .errors import DatasetError
from .layout import Layout, beside_table, public_table, row_sizes
from .manifest import Manifest, read_manifest
from .merge import build, finished, settings_of
from .rows import raw_batches
from .sanitizer import Sanitizer
from .sources import Source
from .storage.output import link, scratch
from .storage.shards import Shard, SplitWriter, sha256_of, shards
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

    def run(self, splits: Splits, output: Path) -> Manifest:
        """Write the files anew in which rows are tried again; the others are not touched.

        Raises:
            DatasetError: The source is a stream: its rows cannot be picked out.
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
                self._split(split, rows, output, folder, members)
            values = {"reviewed": manifest["reviewed"]}
            return build(output, settings_of(output), members, values, self.effort)

    def _split(
        self, split: str, rows: Dataset, output: Path, folder: Path, members: list[tuple[Path, Shard]]
    ) -> None:
        start = 0
        pairs = zip(shards(output / "data", split), shards(output / "private", split), strict=True)
        for number, (data, beside) in enumerate(pairs):
            public = pq.read_table(data, columns=["privacy_status", "provenance"])
            failed = _failed(public)
            if failed:
                tables = self._tried(split, rows, start, failed, pq.read_table(data), pq.read_table(beside))
                with SplitWriter(
                    folder,
                    split,
                    self.layout.schemas(split),
                    lambda shard: members.append((folder, shard)),
                    number=number,
                    start=start,
                ) as writer:
                    writer.write(*tables, row_sizes(tables[0], self.layout.public[split]))
                    writer.finish()
            else:
                name = f"{split}-{number:05d}.parquet"
                shard = Shard(split, start, len(public), name, (sha256_of(data), sha256_of(beside)))
                for path, target in zip((data, beside), shard.paths(folder), strict=True):
                    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    link(path, target)
                members.append((folder, shard))
            start += len(public)

    def _tried(
        self, split: str, rows: Dataset, start: int, failed: list[int], public: pa.Table, private: pa.Table
    ) -> tuple[pa.Table, pa.Table]:
        """Return the rows of a file with the failed ones in the state that they have now."""
        chosen = rows.select([start + i for i in failed])
        named = self.sanitize.config.image_column is not None
        batches = list(raw_batches(self.source, chosen, self.layout.column, self.batch_size, named=named))
        parts = {i: (public.slice(i, 1), private.slice(i, 1)) for i in range(len(public))}
        waiting, features = iter(failed), self.layout.public[split]
        results = run(Work(self.sanitize), iter(batches), self.num_proc)
        for batch, result in zip(batches, results, strict=True):
            for kind, values in effort_of(result).items():
                self.effort.setdefault(kind, Counter()).update(values)
            places = [next(waiting) for _ in range(batch.num_rows)]
            ids = [f"{split}/{start + i}" for i in places]
            data, beside = (
                public_table(result, features),
                beside_table(result, ids, batch, self.layout.column),
            )
            for k, i in enumerate(places):
                parts[i] = data.slice(k, 1), beside.slice(k, 1)
        columns = zip(*parts.values(), strict=True)
        one, other = (pa.concat_tables([_bare(part) for part in tables]) for tables in columns)
        return one, other


def _bare(table: pa.Table) -> pa.Table:
    return table.replace_schema_metadata(None)


def _failed(public: pa.Table) -> list[int]:
    """Return the rows of a file that may not fail the next time."""
    reasons = [provenance["reason"] for provenance in public["provenance"].to_pylist()]
    statuses = [STATUSES[i] for i in public["privacy_status"].to_pylist()]
    rows = zip(statuses, reasons, strict=True)
    return [i for i, (status, reason) in enumerate(rows) if status == "failed" and reason in RETRYABLE]
