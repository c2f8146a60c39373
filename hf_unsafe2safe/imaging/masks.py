"""Masks: uint8 arrays (H, W) where 255 = repaint and 0 = keep, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

_FAR = 1 << 15  # beyond any image side's half; cv2 draws with 16 fractional bits


def check_mask(mask: np.ndarray) -> None:
    """Raise unless `mask` is one.

    Raises:
        ValueError: Not uint8 (H, W) of 0 and 255.
    """
    if mask.dtype != np.uint8 or mask.ndim != 2:
        raise ValueError(f"Expected a mask of uint8 (H, W), got {mask.dtype} with {mask.ndim} axes.")
    if np.count_nonzero(mask) != np.count_nonzero(mask == 255):
        raise ValueError("Expected a mask of 0 and 255 only, got other values.")


def edited_fraction(mask: np.ndarray) -> float:
    """Return the share of the image that an edit may change, in [0, 1].

    Args:
        mask: uint8 array (H, W); 255 = repaint, 0 = keep. Other values raise.

    Raises:
        ValueError: `mask` is not a mask.

    Example:
        >>> edited_fraction(np.array([[255, 0], [0, 0]], np.uint8))
        0.25
    """
    check_mask(mask)
    return float(np.count_nonzero(mask) / mask.size) if mask.size else 0.0


def grow_box(
    box_xyxy: Sequence[float], share: float, size_wh: tuple[int, int] | None = None
) -> tuple[int, int, int, int]:
    """Return a box grown on each side and rounded outwards.

    Args:
        box_xyxy: Left, top, right, bottom in pixels; right and bottom are exclusive.
        share: How far each side moves, as a share of the box's width or height; 0 only rounds.
        size_wh: Width and height in pixels of the image to clip to. None clips nothing, which an ellipse
            needs: inscribed in a clipped box it would be another one.

    Returns:
        Left, top, right, bottom; empty (right = left or bottom = top) when the box lies outside.

    Raises:
        ValueError: Not four finite numbers, right before left, bottom before top, or a negative share.

    Example:
        >>> grow_box((10, 10, 20, 30), 0.5, (24, 100))
        (5, 0, 24, 40)
    """
    left, top, right, bottom = _check_box(box_xyxy)
    if not (math.isfinite(share) and share >= 0):
        raise ValueError(f"Expected a share of 0 or more, got {share}.")
    wide, high = share * (right - left), share * (bottom - top)
    x0, x1 = math.floor(left - wide), math.ceil(right + wide)
    y0, y1 = math.floor(top - high), math.ceil(bottom + high)
    if size_wh is None:
        return x0, y0, x1, y1
    width, height = size_wh
    return min(max(x0, 0), width), min(max(y0, 0), height), min(max(x1, 0), width), min(max(y1, 0), height)


def box_mask(size_wh: tuple[int, int], box_xyxy: Sequence[float]) -> np.ndarray:
    """Return a mask (H, W) of a box rounded outwards.

    Args:
        size_wh: The image's width and height in pixels.
        box_xyxy: As for `grow_box`.

    Raises:
        ValueError: As for `grow_box`.
    """
    x0, y0, x1, y1 = grow_box(box_xyxy, 0, size_wh)
    mask = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


def ellipse_mask(size_wh: tuple[int, int], box_xyxy: Sequence[float]) -> np.ndarray:
    """Return a mask (H, W) of the ellipse inscribed in a box that was rounded outwards.

    Args:
        size_wh: The image's width and height in pixels.
        box_xyxy: Left, top, right, bottom in pixels; may reach beyond the image.

    Raises:
        ValueError: Not a box.

    Example:
        >>> ellipse_mask((4, 3), (0, 0, 3, 3)).tolist()
        [[255, 255, 255, 0], [255, 255, 255, 0], [255, 255, 255, 0]]
    """
    left, top, right, bottom = _check_box(box_xyxy)
    left, top, right, bottom = math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)
    mask = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    if right == left or bottom == top:
        return mask
    x0, y0, x1, y1 = grow_box((left, top, right, bottom), 0, size_wh)
    across = (np.arange(x0, x1) + 0.5 - (left + right) / 2) / ((right - left) / 2)
    down = (np.arange(y0, y1) + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2)
    mask[y0:y1, x0:x1] = np.where(across[None] ** 2 + down[:, None] ** 2 <= 1, 255, 0)
    return mask


def polygon_mask(size_wh: tuple[int, int], points: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
    """Return a mask (H, W) of a filled polygon, its outline included.

    Args:
        size_wh: The image's width and height in pixels.
        points: At least three (x, y) in pixels, array (N, 2); may lie beyond the image.

    Raises:
        ValueError: Fewer than three points, or not finite.

    Example:
        >>> polygon_mask((3, 2), [(0, 0), (1, 0), (1, 1), (0, 1)]).tolist()
        [[255, 255, 0], [255, 255, 0]]
    """
    corners = np.asarray(points, np.float64)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError("Expected at least three finite (x, y) points.")
    mask = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    corners = np.rint(np.clip(corners, -_FAR, 2 * _FAR + _FAR)).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255)
    return mask


def composite(original_pixels: np.ndarray, edited_rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the original with the edit inside the mask; every byte outside equals the original's.

    Args:
        original_pixels: uint8 (H, W), (H, W, 3) or (H, W, 4); untouched.
        edited_rgb: uint8 (H, W, 3) of the same size.
        mask: uint8 (H, W).

    Returns:
        A new array of the original's mode. Inside the mask gray takes the edit's luma, and RGBA its
        colour at alpha 255.

    Raises:
        ValueError: Sizes or types differ.

    Example:
        >>> gray, red = np.zeros((1, 2), np.uint8), np.full((1, 2, 3), (255, 0, 0), np.uint8)
        >>> composite(gray, red, np.array([[255, 0]], np.uint8)).tolist()
        [[76, 0]]
    """
    check_mask(mask)
    fits = original_pixels.shape[:2] == mask.shape and edited_rgb.shape == (*mask.shape, 3)
    if not fits or original_pixels.dtype != np.uint8 or edited_rgb.dtype != np.uint8:
        raise ValueError("Expected uint8 pixels, an edited RGB image and a mask of one size.")
    inside, out = mask == 255, original_pixels.copy()
    colours = edited_rgb[inside]  # (N, 3)
    if out.ndim == 2:
        # ITU-R 601 in 16-bit fixed point, as Pillow's convert("L").
        out[inside] = (colours.astype(np.uint32) @ np.array([19595, 38470, 7471], np.uint32) + 0x8000) >> 16
    else:
        out[inside, :3] = colours
    if out.ndim == 3 and out.shape[2] == 4:
        out[inside, 3] = 255
    return out


def _check_box(box_xyxy: Sequence[float]) -> tuple[float, float, float, float]:
    if len(box_xyxy) != 4 or not all(math.isfinite(side) for side in box_xyxy):
        raise ValueError("Expected a box of four finite numbers: left, top, right, bottom.")
    left, top, right, bottom = (float(side) for side in box_xyxy)
    if right < left or bottom < top:
        raise ValueError("Expected a box with left <= right and top <= bottom.")
    return left, top, right, bottom
