"""The things of a scene, and a vector that describes the scene by how like things its parts look.

Source: Li, Su, Fei-Fei and Xing, Object Bank: a high-level image representation for scene classification,
2010: responses of object detectors, pooled over a spatial pyramid, as the feature of an image.
"""

import numpy as np

from ...detectors import objects
from ...records import Pixels
from ..pair import Look
from .single import Once, SingleLook

seen_objects = Once(objects.find)  # shared with the look `lines`


class ObjectsLook(SingleLook):
    """Look `objects`: boxes (N, 4), labels (N,) of COCO, scores (N,), best first."""

    name = "objects"
    models = objects.MODELS

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        things = seen_objects(rgb)
        return {
            "boxes": np.array([thing.box for thing in things], np.float32).reshape(-1, 4),
            "labels": np.array([thing.label for thing in things], dtype=str),
            "scores": np.array([thing.score for thing in things], np.float32),
        }


class ObjectBankLook(SingleLook):
    """Look `object_bank`: vector (2400,) float32, see `pooled`."""

    name = "object_bank"
    models = objects.MODELS

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        return {"vector": np.concatenate([pooled(scores) for scores in objects.class_scores(rgb)])}


def pooled(scores: np.ndarray) -> np.ndarray:
    """Return the largest and the mean score of each class, over the image and its four quarters.

    Square roots are taken, so that many weak responses count beside a strong one.

    Args:
        scores: (rows, columns, classes) in [0, 1].

    Returns:
        (10 * classes,) float32 in [0, 1]: for the whole, then the quarters row by row, the largest and then
        the mean.

    Example:
        >>> pooled(np.full((4, 4, 1), 0.25)).tolist()
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    height, width = scores.shape[:2]
    # At least a cell each: a thin strip has fewer rows or columns than quarters.
    rows = (slice(0, max(1, height // 2)), slice(height // 2, None))
    columns = (slice(0, max(1, width // 2)), slice(width // 2, None))
    parts = [scores, *(scores[r, c] for r in rows for c in columns)]
    values = [pool(axis=(0, 1)) for part in parts for pool in (part.max, part.mean)]
    vector: np.ndarray = np.sqrt(np.clip(np.concatenate(values), 0, 1)).astype(np.float32)
    return vector
