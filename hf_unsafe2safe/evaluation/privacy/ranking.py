"""Rank 1: whether the nearest in a gallery is the right one."""

import numpy as np

_CHUNK = 512  # probes at a time: the distances to a gallery of 100,000 then take 400 MB


def rank_one(probes: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return for each probe whether its nearest in the gallery is its own, (N,) float64 in [0, 1].

    With t entries equally near it counts 1 / t: an attacker guesses among them. What is no number counts 1.

    Args:
        probes: (N, D).
        gallery: (N, D); the own of probe k is entry k.

    Example:
        >>> rank_one(np.array([[0.0], [5.0], [9.0]]), np.array([[1.0], [1.0], [8.0]])).tolist()
        [0.5, 0.0, 1.0]
    """
    shares = np.zeros(len(probes))
    if not len(probes):
        return shares
    middle = np.nan_to_num(gallery.astype(np.float64)).mean(axis=0)  # near 0 the products lose fewer digits
    gallery = gallery.astype(np.float64) - middle
    norms = (gallery**2).sum(axis=1)
    for start in range(0, len(probes), _CHUNK):
        some = probes[start : start + _CHUNK].astype(np.float64) - middle
        size = (some**2).sum(axis=1)[:, None]
        squares = np.nan_to_num(size + norms - 2 * some @ gallery.T, nan=np.inf)
        own = squares[np.arange(len(some)), start + np.arange(len(some))]
        # Rounding must not tell equal ones apart, nor crops of one colour, which are all but 0.
        ties = squares <= squares.min(axis=1, keepdims=True) + 1e-10 * (size + norms) + 1e-12
        hit = ties[np.arange(len(some)), start + np.arange(len(some))]
        shares[start : start + _CHUNK] = np.where(np.isinf(own), 1.0, hit / np.maximum(ties.sum(axis=1), 1))
    return shares
