"""Images at a size that a model takes, nothing of them cut away."""

import cv2
import numpy as np

from ..records import Pixels

LEAST = 28  # pixels: a patch of common vision towers; smaller images are refused by some
THINNEST = 50  # sides to each other: processors refuse images far thinner
GREY = 127


def fit(rgb: Pixels, size: int) -> Pixels:
    """Return an image that fits into size x size pixels, its aspect kept, never enlarged.

    Args:
        rgb: (H, W, 3) uint8.
        size: Pixels of the longer side, at most.

    Example:
        >>> fit(np.zeros((300, 1200, 3), np.uint8), 400).shape
        (100, 400, 3)
    """
    scale = size / max(rgb.shape[:2])
    if scale < 1:
        height, width = (max(1, round(n * scale)) for n in rgb.shape[:2])
        rgb = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return rgb


def whole(rgb: Pixels, *, square: bool) -> Pixels:
    """Return an image with grey borders where a processor would refuse it or cut parts off.

    Args:
        rgb: (H, W, 3) uint8.
        square: For processors that crop to the middle square.

    Example:
        >>> whole(np.zeros((100, 400, 3), np.uint8), square=True).shape
        (400, 400, 3)
    """
    height, width = rgb.shape[:2]
    longer = max(height, width)
    least = longer if square else max(LEAST, -(-longer // THINNEST))
    more = max(0, least - height), max(0, least - width)
    if not any(more):
        return rgb
    sides = [(n // 2, n - n // 2) for n in more]
    return np.pad(rgb, [*sides, (0, 0)], constant_values=GREY)
