"""Two images of a row side by side: a tool may have changed the size."""

import cv2
import numpy as np

from ..records import Pixels
from .pair import Pair


def safe_like_original(pair: Pair) -> Pixels:
    """Return the pixels of the safe image at the size of the original, (H, W, 3) uint8.

    An image of another size is resized, its area averaged when it shrinks in both directions and
    interpolated (cubic) otherwise. What lay at (x, y) is expected at the same share of width and height: a
    tool that crops or turns images is compared at the wrong places.
    """
    safe = pair.safe.rgb
    height, width = pair.original.rgb.shape[:2]
    if safe.shape[:2] == (height, width):
        return safe
    shrinks = height <= safe.shape[0] and width <= safe.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(safe, (width, height), interpolation=how))
