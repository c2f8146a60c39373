"""Two sets of features, those of the originals and those of the safe images, as one table."""

from collections.abc import Iterator, Sequence

import numpy as np

from .metric import ExcludedRowError, Observation, Table
from .pair import Pair

SUBSET = 1_000  # rows; a kernel of more takes too long
SUBSETS = 10
SEED = 2020  # as torch-fidelity's


def features(pair: Pair, look: str) -> Observation:
    """Return the vectors (D,) that a look has of both images, as `original` and `safe`.

    Raises:
        ExcludedRowError: One holds what is no number.
    """
    both = {"original": pair.original.looks[look]["vector"], "safe": pair.safe.looks[look]["vector"]}
    if not all(np.isfinite(vector).all() for vector in both.values()):
        raise ExcludedRowError("the model gives no number")
    return both


def side_by_side(rows: Sequence[Observation]) -> Table:
    """Return what `features` kept of all rows, (N, 2 D) float64: those of the originals first."""
    return np.stack([np.concatenate([row["original"], row["safe"]]).astype(np.float64) for row in rows])


def halves(table: Table) -> tuple[Table, Table]:
    """Return the features of the originals and of the safe images, (N, D) each.

    Example:
        >>> halves(np.array([[1.0, 2.0, 3.0, 4.0]]))
        (array([[1., 2.]]), array([[3., 4.]]))
    """
    first, second = np.hsplit(table, 2)
    return first, second


def subsets(rows: int) -> tuple[int, int]:
    """Return how many subsets of how many rows KID is the mean of.

    Example:
        >>> [subsets(rows) for rows in (50, 1_000, 30_000)]
        [(1, 50), (1, 1000), (10, 1000)]
    """
    return (1, rows) if rows <= SUBSET else (SUBSETS, SUBSET)


def drawn(rows: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows of each subset, of originals and of safe images, as torch-fidelity draws them."""
    rng = np.random.RandomState(SEED)
    count, size = subsets(rows)
    for _ in range(count):
        yield rng.choice(rows, size, replace=False), rng.choice(rows, size, replace=False)
