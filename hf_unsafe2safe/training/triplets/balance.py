"""How often a row is drawn where sampling is balanced."""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

BALANCES = ("kinds", "label", "none")
MOST = 10.0  # times the mean: a row of a rare class must not be learnt by heart


def weights(classes: Sequence[Hashable]) -> npt.NDArray[np.float32]:
    """Return weights by which every class is drawn alike, (N,) float32 of mean 1, none above `MOST`.

    Example:
        >>> (3 * weights(["a", "a", "a", "b"])).round(3).tolist()
        [2.0, 2.0, 2.0, 6.0]
    """
    counts = Counter(classes)
    result = np.array([1 / counts[one] for one in classes], np.float64)
    result /= result.mean() if len(result) else 1.0
    for _ in range(100):  # what is cut off goes to the others, which may then be too heavy themselves
        if not len(result) or result.max() <= MOST:
            break
        result = np.minimum(result, MOST)
        result[result < MOST] *= (len(result) - MOST * (result == MOST).sum()) / result[result < MOST].sum()
    return result.astype(np.float32)
