"""Which rows show the same picture or person: they are one group, and a group is in one split only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...detectors.identity import SAME_PERSON

# Of 64 bits. Measured on 12 photos: saved as JPEG 20, halved, squeezed, 30 % brighter, with noise, cropped
# by 2 % a side or turned by 2 degrees, a photo is within 10 of itself; two photos are 22 or more apart. Of
# those cropped by 5 % a side or turned by 5 degrees a third is missed.
NEAR_DUPLICATE = 10
_ROUNDING = 1e-3  # of squared distances in float32: near the bound rows rather belong together
_PAIRS = 4_000_000  # compared at a time

_Floats = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Marks:
    """By what a row is known again.

    Args:
        sha256: Of the original.
        bits: (2, 64) bool, the pHash of the original and of its mirror image.
        faces: (F, 128) float32, embeddings of its judged faces.
    """

    sha256: str
    bits: npt.NDArray[np.bool_]
    faces: _Floats


def grouped(rows: Sequence[Marks]) -> _Ints:
    """Return the group of each row, (N,) int64 from 0 in the order of the first rows.

    In one group are rows of the same file, near-duplicates (a pHash up to `NEAR_DUPLICATE` bits away,
    mirrored or not), rows with faces nearer than `SAME_PERSON`, and all that these link. Nothing but the
    rows themselves is held in memory: pairs are compared a few million at a time.
    """
    if not rows:
        return np.zeros(0, np.int64)
    _, labels = np.unique([row.sha256 for row in rows], return_inverse=True)
    labels = labels.astype(np.int64)
    bits = np.array([row.bits for row in rows], np.float32)  # (N, 2, 64); 0 and 1: squared L2 is Hamming
    owners = np.arange(len(rows))
    for other in (bits[:, 0], bits[:, 1]):
        _link(labels, bits[:, 0], other, owners, NEAR_DUPLICATE + 0.5)
    faces = np.concatenate([row.faces for row in rows])
    of_face = np.repeat(owners, [len(row.faces) for row in rows])
    _link(labels, faces, faces, of_face, SAME_PERSON**2 + _ROUNDING)
    return _numbered(labels)


def _link(labels: _Ints, points: _Floats, others: _Floats, owners: _Ints, limit: float) -> None:
    """Give rows one label whose points are nearer than a limit to each other.

    Args:
        labels: (N,) of the rows, changed here.
        points: (P, D).
        others: (P, D), another form of the same points.
        owners: (P,) the row of each point.
        limit: Of the squared L2 distance. What is no number is near: it must not part rows.
    """
    step = max(1, _PAIRS // max(1, len(points)))
    lengths = (others**2).sum(axis=1)
    for start in range(0, len(points), step):
        some = points[start : start + step]
        gaps = (some**2).sum(axis=1)[:, None] + lengths[None, start:] - 2 * some @ others[start:].T
        near = ~(gaps >= limit)
        for i in np.flatnonzero(near.any(axis=1)):
            met = np.unique(labels[owners[start + np.append(np.flatnonzero(near[i]), i)]])
            if len(met) > 1:
                labels[np.isin(labels, met)] = met[0]


def _numbered(labels: _Ints) -> _Ints:
    """Return the same groups with numbers from 0, by their first rows."""
    _, first, which = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[which], np.int64)
