"""What a metric is: a pure function from rows to numbers, and from these to one figure.

A metric turns each row into a few numbers (`observe`) and the images are let go; all of a dataset's rows
together become a table with one line a row (`contributions`), and any such table one figure (`summarise`).
The interval comes from tables whose lines were drawn again, so no metric knows of statistics, batches or
processes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from .pair import Pair

Dimension = Literal["quality", "cheating", "privacy", "utility"]
DIMENSIONS: tuple[Dimension, ...] = ("quality", "cheating", "privacy", "utility")

Table = npt.NDArray[np.float64]
Observation = Mapping[str, np.ndarray]  # what a metric keeps of a row: small arrays of numbers, never texts


class ExcludedRowError(Exception):
    """A metric says nothing of this row; the reason is counted and printed, so it names no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Metric:
    """Base of all metrics: by default a mean, `sum of weighted values / sum of weights`.

    A subclass says what it is, and defines `observe`, which returns `part(value)` or
    `part(sum of values, how many)`; metrics over whole sets define `contributions` and `summarise` too.

    The docstring of a subclass is its page in the docs. It has the parts `Formula:`, `Meaning:`, `Range:`,
    `Source:` and `Pitfalls:`, in this order, after the first line.

    Attributes:
        name: Lower case with hyphens, unique.
        title: As tables show it, at most 40 characters.
        dimension: Which of the four questions it answers.
        higher_is_better: None where a figure is neither good nor bad alone.
        unit: For people, for example `share`, `L2 distance`, `bits`, `bytes`; empty for a bare number.
        low: The least value that there can be.
        high: The largest, infinity where there is none.
        needs: Names of the looks that `observe` reads, of both images.
        resamples: How many tables are drawn for the interval; fewer where `summarise` is slow.
        centred: Rows that are drawn twice shift the figure, as that of distances between sets; the interval
            is then moved so that the figure is in its middle.
        least: What a set needs at least to have a figure, where that is more than one row.
        option: Of `evaluate`, without which it cannot run, for example `clip`; its value, or what was made
            of it, is then the only argument of the class. Empty for metrics that need nothing.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    dimension: ClassVar[Dimension]
    higher_is_better: ClassVar[bool | None]
    unit: ClassVar[str] = ""
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    needs: ClassVar[tuple[str, ...]] = ()
    resamples: ClassVar[int] = 1_000
    centred: ClassVar[bool] = False
    least: ClassVar[str] = ""
    option: ClassVar[str] = ""

    def observe(self, pair: Pair) -> Observation:
        """Return what is kept of a row; it depends on this row alone.

        Raises:
            ExcludedRowError: The metric says nothing of this row.
        """
        raise NotImplementedError

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return the table of all observed rows, in their order: (N, K) float64, one line a row."""
        return np.stack([np.asarray(row["part"], np.float64) for row in rows])

    def summarise(self, table: Table) -> float:
        """Return the figure of a table; NaN where it has none."""
        total, weight = table.sum(axis=0)[:2]
        return float(total / weight) if weight else float("nan")

    def counted(self, table: Table) -> int:
        """Return how many lines of a table are behind its figure: those with a weight."""
        return int(np.count_nonzero(table[:, 1])) if is_mean(self) else len(table)

    def row_value(self, line: npt.NDArray[np.float64]) -> float:
        """Return the figure of one line of the table, for distributions and the worst rows; NaN for none."""
        return self.summarise(line[None])

    def fingerprint(self) -> str:
        """Return what tells two settings of a metric apart; what is measured with a model names it."""
        return self.name


def part(total: float, weight: float = 1.0) -> Observation:
    """Return the observation of a mean: the sum of the values of a row and how many they are.

    Example:
        >>> part(1.5, 2)["part"].tolist()
        [1.5, 2.0]
    """
    return {"part": np.array([total, weight], np.float64)}


def is_mean(metric: Metric) -> bool:
    """Return whether a metric is the mean that `Metric` is by default."""
    own: Callable[..., float] = type(metric).summarise
    return own is Metric.summarise


def describe(metric: Metric) -> dict[str, Any]:
    """Return what a metric says of itself, for JSON: an infinite range is None."""
    return {
        "group": metric.dimension,
        "metric": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "better": {True: "higher", False: "lower", None: ""}[metric.higher_is_better],
        "range": [_finite(metric.low), _finite(metric.high)],
    }


def _finite(bound: float) -> float | None:
    return float(bound) if np.isfinite(bound) else None
