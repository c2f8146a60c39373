"""One job: the rows of a part of a result, worked on from where an earlier run stopped."""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset, IterableDataset

from .engines.effort import Work, add_effort, effort_of
from .engines.local import run
from .errors import ConfigError, SourceLostError, StageError, Unsafe2SafeError
from .imaging.cells import read_cell
from .layout import Layout, beside_table, public_table, row_sizes
from .rows import is_gone, lengths, raw_batches, rows_at_a_time, total_of
from .sanitizer import Sanitizer
from .sources import Source
from .storage.parts import Part
from .storage.shards import Shard, SplitWriter
from .tables import Splits
from .tally import statuses_of
from .taxonomy import STATUSES

Progress = Callable[[Mapping[str, int], int | None], None]  # rows so far by status, rows in all


@dataclass
class Job:
    """The rows of a part.

    Args:
        source: Where they come from.
        sanitize: With private columns.
        layout: Columns of the result.
        shard: Which part of how many it is.
        shard_bytes: Size of a Parquet file.
        num_proc: Processes.
        batch_size: Rows at a time.
        progress: Called after every batch.
        anew: Whether rows of another state of the source are thrown away, instead of raising.
    """

    source: Source
    sanitize: Sanitizer
    layout: Layout
    shard: tuple[int, int]
    shard_bytes: int
    num_proc: int
    batch_size: int
    progress: Progress | None
    anew: bool = False
    statuses: Counter[str] = field(default_factory=Counter)

    def run(self, splits: Splits, part: Part, check: Callable[[], None]) -> None:
        """Finish a part.

        Args:
            splits: Rows of each split.
            part: What is finished so far.
            check: Called after every batch; raises when the run is to stop.

        Raises:
            ConfigError: The source is not what it was when the part was begun.
            SourceLostError: It cannot be read any more.
            KeyboardInterrupt: `check` said so; what is finished is written down.
        """
        self.part, self.check = part, check
        ranges = {name: self._range(count) for name, count in lengths(splits).items()}
        total = total_of({n: None if stop is None else stop - start for n, (start, stop) in ranges.items()})
        try:
            for name, rows in splits.items():
                self._split(name, rows, *ranges[name], total)
            part.complete = True
        finally:
            part.save()

    def _range(self, count: int | None) -> tuple[int, int | None]:
        number, of = self.shard
        return (0, None) if count is None else (count * number // of, count * (number + 1) // of)

    def _split(
        self, name: str, rows: Dataset | IterableDataset, start: int, stop: int | None, total: int | None
    ) -> None:
        files = [(s, s.paths(self.part.folder)[1]) for s in self.part.of_split(name)]
        try:
            check_source(self.source, rows, self.layout.column, files)
        except ConfigError:
            if not self.anew:
                raise
            self.part.drop(name)
        done = self.part.of_split(name)
        for shard in done:
            self.statuses.update(statuses_of(shard.paths(self.part.folder)[0]))
        begin = done[-1].start + done[-1].rows if done else start
        with SplitWriter(
            self.part.folder,
            name,
            self.layout.schemas(name),
            self.part.add,
            number=len(done),
            start=begin,
            shard_bytes=self.shard_bytes,
        ) as writer:
            with closing(self._results(rows, begin, stop)) as results:  # closing it stops the workers
                for batch, result in results:
                    if _all_missing(result) and is_gone(self.source, rows):
                        raise SourceLostError(
                            "The source is not there any more.",
                            hint="Bring it back, then run the same again: it goes on.",
                        )
                    self._write(writer, name, begin, batch, result)
                    begin += batch.num_rows
                    if self.progress is not None:
                        self.progress(self.statuses, total)
                    self.check()
            writer.finish()
        if stop is not None and begin != stop:
            raise Unsafe2SafeError(f"Split '{name}' did not come back whole.", hint="Please report this bug.")

    def _results(
        self, rows: Dataset | IterableDataset, start: int, stop: int | None
    ) -> Generator[tuple[pa.Table, pa.Table], None, None]:
        """Yield each batch with what became of it."""
        size = rows_at_a_time(self.batch_size, self.num_proc, None if stop is None else stop - start)
        raw = raw_batches(self.source, rows, self.layout.column, size, start=start, stop=stop)
        batches, again = tee(raw)
        for result in run(Work(self.sanitize), batches, self.num_proc):
            batch = next(again)
            if result.num_rows != batch.num_rows:
                raise Unsafe2SafeError(
                    "A batch came back with another number of rows.", hint="Please report this bug."
                )
            yield batch, result

    def _write(self, writer: SplitWriter, split: str, start: int, batch: pa.Table, result: pa.Table) -> None:
        add_effort(self.part.effort, effort_of(result))
        ids = [f"{split}/{start + i}" for i in range(batch.num_rows)]
        public = public_table(result, self.layout.public[split])
        private = beside_table(result, ids, batch, self.layout.column)
        writer.write(public, private, row_sizes(public, self.layout.public[split]))
        self.statuses.update(STATUSES[i] for i in result["privacy_status"].to_pylist())


def check_source(
    source: Source, rows: Dataset | IterableDataset, column: str, files: Sequence[tuple[Shard, Path]]
) -> None:
    """Raise unless finished files begin and end with the images that the source has there now.

    Of a stream only the last row is compared: it has to be read up to there.

    Args:
        source: Where the rows come from.
        rows: Of one split.
        column: The image column.
        files: Which rows of the split each finished file has, and its private part, in their order.

    Raises:
        ConfigError: Another image is there.
        SourceLostError: None can be read there now.
    """
    streamed = isinstance(rows, IterableDataset)
    for shard, private in files[-1:] if streamed else files:
        hashes = pq.read_table(private, columns=["image_sha256"])["image_sha256"].to_pylist()
        for i in {shard.rows - 1} if streamed else {0, shard.rows - 1}:
            at = shard.start + i
            batches = list(raw_batches(source, rows, column, 1, start=at, stop=at + 1))
            now = _sha256(batches[0][column][0].as_py()) if batches else ""
            if hashes[i] is not None and now is None:
                raise SourceLostError(
                    f"The source cannot be read: row {shard.split}/{at} was there and is not.",
                    hint="Bring it back, then run the same again: it goes on.",
                )
            if hashes[i] is not None and now != hashes[i]:
                raise ConfigError(
                    f"The source is not what it was: row {shard.split}/{at} is another image than the one "
                    "that was sanitized.",
                    hint="Pass overwrite to begin anew.",
                )


def _all_missing(result: pa.Table) -> bool:
    reasons = pc.struct_field(result["provenance"].combine_chunks(), "reason")
    return bool(pc.all(pc.equal(reasons, "missing")).as_py())


def _sha256(cell: Any) -> str | None:
    try:
        data = read_cell(cell)
    except StageError:
        return None
    return hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else None
