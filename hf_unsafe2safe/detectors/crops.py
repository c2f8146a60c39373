"""What a network sees of an image: a square part of it, shrunk without skipping pixels."""

import math

import cv2
import numpy as np

from ..records import Box, Pixels
from .geometry import center, window

Square = tuple[float, float, float]  # left, top, side in pixels of the image; may reach beyond it


def square_around(box: Box, share: float) -> Square:
    """Return the square with a box in its middle, `share` times as long as the box's longer side.

    Example:
        >>> square_around((10, 0, 20, 20), 1.5)
        (0.0, -5.0, 30.0)
    """
    (x, y), side = center(box), share * max(box[2] - box[0], box[3] - box[1], 1.0)
    return x - side / 2, y - side / 2, side


def view(image: Pixels, square: Square, size: int) -> Pixels:
    """Return what is in a square as (size, size) or (size, size, 3), black outside the image.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        square: Holds a part of the image.
        size: Side in pixels of the view.
    """
    left, top, side = square
    zoom = size / side
    columns, rows = (slice(max(0, math.floor(v)), max(0, math.ceil(v + side))) for v in (left, top))
    part, seen = image[rows, columns], np.zeros((size, size, *image.shape[2:]), np.uint8)
    if not part.size:
        return seen
    x, y = (min(size - 1, round((s.start - v) * zoom)) for s, v in ((columns, left), (rows, top)))
    width, height = (max(1, round(n * zoom)) for n in (part.shape[1], part.shape[0]))
    place = seen[max(0, y) : y + height, max(0, x) : x + width]
    place[:] = shrunk(part, (width, height))[: place.shape[0], : place.shape[1]]
    return seen


def inside(box: Box, square: Square, size: int) -> tuple[slice, slice]:
    """Return the rows and columns of a box in the view of a square, at least one pixel each.

    Args:
        box: xyxy in pixels of the image.
        square: What the view shows.
        size: Side in pixels of the view.

    Example:
        >>> inside((10, 0, 20, 20), (0, -5, 30), 60)
        (slice(10, 50, None), slice(20, 40, None))
    """
    left, top, side = square
    x1, y1, x2, y2 = ((v - v0) * size / side for v, v0 in zip(box, (left, top) * 2, strict=True))
    return window((x1, y1, x2, y2))


def shrunk(image: Pixels, size_wh: tuple[int, int]) -> Pixels:
    """Return an image at a size, in steps of no less than half: linear skips no pixel of such a step.

    On a photo of 12 megapixels this costs a sixth of shrinking at once by area, and what a network finds
    is the same.

    Args:
        image: (H, W) or (H, W, 3) uint8; a smaller one is enlarged.
        size_wh: Width and height in pixels.
    """
    width, height = size_wh
    while max(image.shape[:2]) > 2 * max(size_wh):
        image = cv2.resize(image, (max(width, image.shape[1] // 2), max(height, image.shape[0] // 2)))
    result: Pixels = cv2.resize(image, size_wh)
    return result
