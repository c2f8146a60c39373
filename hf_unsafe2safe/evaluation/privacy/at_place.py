"""Whether a face is still found where one was, with the rule that all metrics share."""

import numpy as np

from ...detectors.geometry import center, holds, iou
from ..pair import Pair

OVERLAP = 0.3  # IoU from which two boxes are of one face, as the verifier has it


def at_place(originals: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return for each original box whether a found box is at its place, (N,) bool.

    It is where the two overlap by an IoU of `OVERLAP`, or where the middle of the found one lies in the
    original one: the box of a stand-in or of a blurred face is often smaller.

    Args:
        originals: (N, 4) xyxy in pixels.
        found: (M, 4) in the same pixels.

    Example:
        >>> at_place(np.array([[0, 0, 10, 10], [50, 0, 60, 10]]), np.array([[4, 4, 8, 8]])).tolist()
        [True, False]
    """
    seen = [
        any(iou(own, other) >= OVERLAP or holds(own, center(other)) for other in found.tolist())
        for own in originals.tolist()
    ]
    return np.array(seen, bool)


def still_found(pair: Pair, look: str) -> np.ndarray:
    """Return for each original face whether a look finds one at its place in the safe image, (N,) bool.

    Args:
        pair: With the look `faces` of the original.
        look: `faces` or `faces_second`, of the safe image.
    """
    (height, width), (safe_high, safe_wide) = (s.rgb.shape[:2] for s in (pair.original, pair.safe))
    zoom = np.array([width / safe_wide, height / safe_high] * 2)
    return at_place(pair.original.looks["faces"]["boxes"], pair.safe.looks[look]["boxes"] * zoom)
