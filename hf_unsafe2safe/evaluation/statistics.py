"""Intervals by the bootstrap over images: rows are drawn again with replacement, whole.

All faces or lines of an image are drawn together, because they are not independent. With few rows the
interval is too narrow, as every percentile bootstrap is; under `LEAST_ROWS` rows there is none. Nor is there
one where all rows are alike: drawing them again tells nothing of what was not seen, and of n rows without an
event up to about 3 / n of all images may still have it.

Source: Efron, Bootstrap methods: another look at the jackknife, 1979; percentile intervals.
"""

from collections.abc import Iterator

import numpy as np

from .metric import Metric, Table, is_mean

LEVEL = 0.95
LEAST_ROWS = 5
_AT_ONCE = 2_000_000  # drawn numbers in memory


def interval(metric: Metric, table: Table, seed: int = 0) -> tuple[float, float] | None:
    """Return the ends of the interval of a figure, None where there are too few rows or all are alike.

    Args:
        metric: Whose figure.
        table: (N, K), a line a row.
        seed: The same seed gives the same ends.

    Example:
        >>> from hf_unsafe2safe.evaluation.metric import Metric
        >>> low, high = interval(Metric(), np.array([[x, 1.0] for x in (0, 0, 1, 1, 1, 0)]))
        >>> 0 <= low < 0.5 < high <= 1
        True
    """
    ends = _ends(_figures(metric, table, seed))
    return None if ends is None or ends[0] == ends[1] else ends


def difference(metric: Metric, one: Table, other: Table, seed: int = 0) -> tuple[float, float] | None:
    """Return the ends of the interval of `one - other`; the same rows are drawn from both tables.

    Where all rows differ by the same, both ends are that difference.

    Args:
        metric: Whose figure.
        one: (N, K).
        other: (N, K), the same rows in the same order.
        seed: As for `interval`.
    """
    return _ends(_figures(metric, one, seed) - _figures(metric, other, seed))


def _figures(metric: Metric, table: Table, seed: int) -> np.ndarray:
    """Return the figure of each drawn table."""
    rows = len(table)
    if rows < LEAST_ROWS:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    if is_mean(metric):  # the same figures, by counts instead of copies
        draws = [counts @ table for counts in _counts(rng, rows, metric.resamples)]
        sums = np.concatenate(draws)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums[:, 0] / sums[:, 1])
    picked = (np.repeat(np.arange(rows), c[0]) for c in _counts(rng, rows, metric.resamples, at_once=1))
    figures = np.array([metric.summarise(table[rows_drawn]) for rows_drawn in picked])
    return figures + (metric.summarise(table) - np.median(figures)) if metric.centred else figures


def _counts(rng: np.random.Generator, rows: int, draws: int, at_once: int = 0) -> Iterator[np.ndarray]:
    """Yield (n, rows) numbers: how often each row is in each of the next n draws."""
    step = at_once or max(1, _AT_ONCE // rows)
    shares = np.full(rows, 1 / rows)
    for start in range(0, draws, step):
        yield rng.multinomial(rows, shares, size=min(step, draws - start))


def _ends(figures: np.ndarray) -> tuple[float, float] | None:
    known = figures[np.isfinite(figures)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
