"""The connected regions of a mask, and the pixels around one."""

from collections.abc import Iterator

import cv2
import numpy as np

from ..records import Pixels

RING = 9  # pixels around a region from which its colours are taken
Window = tuple[slice, slice]


def regions(mask: Pixels) -> Iterator[tuple[Window, np.ndarray]]:
    """Yield for each connected region of an (H, W) mask its window and which pixels there are its own."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for index in range(1, count):
        x, y, width, height = stats[index, : cv2.CC_STAT_AREA].tolist()
        window = slice(y, y + height), slice(x, x + width)
        yield window, labels[window] == index


def around(rgb: Pixels, mask: Pixels, window: Window, inside: np.ndarray) -> Pixels:
    """Return the (N, 3) pixels within `RING` of a region that are in no region; N may be 0.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W); 255 in every region.
        window: Of this region, as `regions` yields it.
        inside: Which pixels of the window are its own.
    """
    rows, columns = (slice(max(0, part.start - RING), part.stop + RING) for part in window)
    region = np.zeros_like(mask[rows, columns])
    top, left = window[0].start - rows.start, window[1].start - columns.start
    region[top:, left:][: inside.shape[0], : inside.shape[1]] = inside
    near = cv2.dilate(region, np.ones((2 * RING + 1, 2 * RING + 1), np.uint8)) > 0
    pixels: Pixels = rgb[rows, columns][near & (mask[rows, columns] == 0)]
    return pixels
