"""One metric over many rows: `update`, `compute`, `reset`, and `merge` for other processes and shards.

What is kept is keyed by row, so that the order of rows, their batches and the process they were seen in
change nothing: parts that are merged give the very figure of one pass.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np

from ..errors import ConfigError, StageError
from .metric import ExcludedRowError, Metric, Observation, Table
from .pair import Pair
from .results import Figure
from .statistics import difference, interval

SAME_FAILURES = 20


class Accumulator:
    """A metric and the rows that it has seen.

    Args:
        metric: What is measured.
        seed: Of the interval.

    Example:
        >>> from hf_unsafe2safe.testing.evaluation import Brightness, grey_pair
        >>> seen = Accumulator(Brightness())
        >>> seen.update([grey_pair("train/0", 0, 51), grey_pair("train/1", 0, 102)])
        >>> round(seen.compute().value, 3)
        0.3
    """

    def __init__(self, metric: Metric, seed: int = 0) -> None:
        self.metric, self.seed = metric, seed
        self.reset()

    def reset(self) -> None:
        """Forget all rows."""
        self._seen: dict[str, Observation] = {}
        self._excluded: dict[str, str] = {}
        self._failures = 0  # in a row
        self._table: Table | None = None  # of all rows: metrics over whole sets are dear

    def update(self, pairs: Iterable[Pair]) -> None:
        """Look at more rows.

        Raises:
            ConfigError: A row was seen before.
            StageError: A model of the metric failed at 20 rows in a row.
        """
        for pair in pairs:
            self._new(pair.row)
            try:
                seen = self.metric.observe(pair)
                if not np.isfinite(seen.get("part", 0.0)).all():
                    raise ExcludedRowError("no finite value")
                self._seen[pair.row] = seen
            except ExcludedRowError as excluded:
                self._excluded[pair.row] = excluded.reason
            except StageError:  # a bad sample is data, a model that always fails is not
                self._failures += 1
                if self._failures >= SAME_FAILURES:
                    raise
                self._excluded[pair.row] = "the model failed"
                continue
            self._failures = 0

    def merge(self, other: Self) -> None:
        """Take over the rows of another one of the same metric.

        Raises:
            ConfigError: It is of another metric, or both have seen the same row.
        """
        if other.metric.fingerprint() != self.metric.fingerprint():
            raise ConfigError("Two metrics cannot be merged.", hint="Merge parts of the same metric.")
        for row in (*other._seen, *other._excluded):
            self._new(row)
        self._seen.update(other._seen)
        self._excluded.update(other._excluded)

    def compute(self) -> Figure | None:
        """Return the figure of all rows with its interval, None where no row can be measured."""
        table = self.table(self.rows)
        if table is None:
            return None
        value = self.metric.summarise(table)
        if not math.isfinite(value):
            return None
        rows = self.metric.counted(table)
        alone = {"nothing to compare it with": len(table) - rows} if rows < len(table) else {}
        low, high = interval(self.metric, table, self.seed) or (None, None)
        return Figure(float(value), low, high, rows, {**self.excluded, **alone})

    def beside(self, other: Self) -> tuple[Figure, Figure, Figure] | None:
        """Return the figure of this, of another one, and this minus the other, on the rows that both have.

        Returns:
            None where there are no such rows, or they have no figure.
        """
        rows = [row for row in self.rows if row in other._seen]
        one, two = self.table(rows), other.table(rows)
        if one is None or two is None:
            return None
        values = self.metric.summarise(one), self.metric.summarise(two)
        if not all(map(math.isfinite, values)):
            return None
        counts = [self.metric.counted(table) for table in (one, two)]
        mine, theirs = (
            _figure(value, interval(self.metric, table, self.seed), count)
            for value, table, count in zip(values, (one, two), counts, strict=True)
        )
        ends = difference(self.metric, one, two, self.seed) if len(one) == len(two) else None
        return mine, theirs, _figure(values[0] - values[1], ends, min(counts))

    @property
    def rows(self) -> list[str]:
        """The rows that are measured, in the order of the dataset."""
        return sorted(self._seen, key=_place)

    @property
    def excluded(self) -> dict[str, int]:
        """Why rows are not measured -> how many."""
        return dict(sorted(Counter(self._excluded.values()).items()))

    def table(self, rows: Sequence[str]) -> Table | None:
        """Return the table of some rows in the order of the dataset, None where it is empty."""
        if not rows:
            return None
        whole = len(rows) == len(self._seen)
        table = self._table if whole else None
        if table is None:
            table = self.metric.contributions([self._seen[row] for row in rows])
            self._table = table if whole else self._table
        return table if len(table) else None

    def values(self) -> dict[str, float]:
        """Return the figure of each row by itself, where it has one."""
        table = self.table(self.rows)
        if table is None or len(table) != len(self._seen):
            return {}
        values = {row: self.metric.row_value(line) for row, line in zip(self.rows, table, strict=True)}
        return {row: value for row, value in values.items() if math.isfinite(value)}

    def _new(self, row: str) -> None:
        self._table = None
        if row in self._seen or row in self._excluded:
            raise ConfigError(f"Row {row} was seen twice.", hint="Give each row once.")


def _figure(value: float, ends: tuple[float, float] | None, rows: int) -> Figure:
    low, high = ends or (None, None)
    return Figure(float(value), low, high, rows)


def _place(row: str) -> tuple[str, int]:
    split, _, index = row.rpartition("/")
    return split, int(index)
