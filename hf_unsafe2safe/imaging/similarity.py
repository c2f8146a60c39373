"""How alike two pictures of one size are: SSIM, and a correlation of edges that follows what was moved.

Both are maps or numbers about luminance; colours alone make no difference.
"""

import cv2
import numpy as np

from ..records import Pixels

_SIGMA, _RADIUS = 1.5, 5  # the Gaussian window of 11 x 11
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def luminance(rgb: Pixels) -> np.ndarray:
    """Return the (H, W) float32 luminance of RGB pixels, in [0, 255]; ITU-R 601 as Pillow's mode L."""
    return np.asarray(rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))


def ssim_map(a: Pixels, b: Pixels) -> np.ndarray:
    """Return the structural similarity of every pixel, (H, W) float32 in [-1, 1]; 1 where both are equal.

    Its mean over an image is the SSIM that papers report; where the images end they are mirrored.

    Args:
        a: (H, W, 3) uint8 RGB.
        b: Of the same size.

    Raises:
        ValueError: The sizes differ.

    Source: Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural
    similarity, 2004: equation 13, window and constants of its section III.

    Example:
        >>> black, white = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
        >>> float(ssim_map(black, black).mean()), round(float(ssim_map(black, white).mean()), 3)
        (1.0, 0.0)
    """
    if a.shape != b.shape:
        raise ValueError(f"Expected two images of one size, got {a.shape[:2]} and {b.shape[:2]}.")
    # Near zero, squares lose less of their digits: a variance is the difference of two of them.
    x, y = (luminance(rgb) - 127.5 for rgb in (a, b))
    mean_x, mean_y = _window(x), _window(y)
    var_x, var_y = _window(x * x) - mean_x**2, _window(y * y) - mean_y**2
    shared = _window(x * y) - mean_x * mean_y
    mean_x, mean_y = mean_x + 127.5, mean_y + 127.5
    light = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return np.asarray(light * (2 * shared + _C2) / (var_x + var_y + _C2))


def _window(values: np.ndarray) -> np.ndarray:
    side = 2 * _RADIUS + 1
    smooth = cv2.GaussianBlur(values, (side, side), _SIGMA, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(smooth)
