"""How alike two vectors point."""

import numpy as np
import numpy.typing as npt

LEAST = 1e-6  # length under which a vector of float32 points nowhere


def cosine(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return the cosine of the angle between two vectors (D,), in [-1, 1].

    Returns:
        NaN where one is shorter than `LEAST`, or holds what is no number.

    Example:
        >>> round(cosine([1, 0], [2, 2]), 3)
        0.707
        >>> cosine([1, 0], [0, 0])
        nan
    """
    first, second = (np.asarray(one, np.float64) for one in (a, b))
    lengths = [float(np.linalg.norm(one)) for one in (first, second)]
    if not all(LEAST <= length < np.inf for length in lengths):
        return float("nan")
    return float(np.clip(first @ second / (lengths[0] * lengths[1]), -1.0, 1.0))
