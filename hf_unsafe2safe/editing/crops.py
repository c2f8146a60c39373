"""Crops of an image for a model with a resolution of its own: where, at which size, and back.

A face of 60 pixels is painted on a canvas of 512 with its surroundings, not with the whole photo: it gets
all of the model's detail, and a photo of 24 megapixels costs no more than its face.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..records import Pixels
from .regions import regions

CONTEXT = 0.5  # of the longer side of a region, on every side: what a model continues
LEAST_SHARE = 8  # a crop is enlarged at most so many times: more would be painted from nothing
NEAR = 8  # pixels between regions that are one crop
MOST_CROPS = 24  # of an image; more are joined, nearest first
MOST_COMPARED = 144  # regions that are compared each with each
RATIOS = (1.0, 4 / 3, 3 / 4, 16 / 9, 9 / 16, 5 / 2, 2 / 5)  # width to height: few, so that batches fill


@dataclass(frozen=True)
class Crop:
    """A part of an image and the size at which it is painted.

    Args:
        box: xyxy in whole pixels; it may reach beyond the image, where the image is mirrored.
        size_wh: Of the canvas.
        inside: xyxy of the regions that this crop paints.
    """

    box: tuple[int, int, int, int]
    size_wh: tuple[int, int]
    inside: tuple[int, int, int, int]


def crops_of(mask: Pixels, side: int, grid: int, ratios: Sequence[float] = RATIOS) -> list[Crop]:
    """Return the crops that together hold every masked pixel, from top to bottom.

    Args:
        mask: (H, W) uint8; 255 = repaint.
        side: Of the square canvas that a model was made for, pixels; others have about as many pixels.
        grid: Both sides of a canvas are multiples of it.
        ratios: Width to height that a canvas may have.
    """
    sizes = sorted({_size(ratio, side, grid) for ratio in ratios})
    near = cv2.dilate(mask, np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8))
    boxes = []
    for window, own in regions(near):
        ys, xs = np.nonzero(own & (mask[window] > 0))
        y, x = window[0].start, window[1].start
        boxes.append((x + xs.min(), y + ys.min(), x + xs.max() + 1, y + ys.max() + 1))
    height, width = mask.shape
    joined = _joined(_gathered(np.array(boxes, np.int64).reshape(-1, 4)), side, (width, height))
    crops = [_crop(tuple(box), sizes, side, (width, height)) for box in joined.tolist()]
    return sorted(crops, key=lambda crop: (crop.inside[1], crop.inside[0]))


def cut(image: Pixels, crop: Crop) -> Pixels:
    """Return a crop at the size of its canvas.

    Args:
        image: (H, W, 3) uint8, or an (H, W) mask, of which every pixel that is touched stays 255.
        crop: Which one.
    """
    left, top, right, bottom = _margins(crop, (image.shape[1], image.shape[0]))
    x1, y1, x2, y2 = crop.box
    part = image[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    if image.ndim == 2:
        part = part.astype(np.float32)  # else a lone pixel would be rounded away
    size = crop.size_wh[0] - left - right, crop.size_wh[1] - top - bottom
    # Mask and image alike: what is to go must not come back as its own mirror image.
    scaled = cv2.copyMakeBorder(_scaled(part, size), top, bottom, left, right, cv2.BORDER_REFLECT_101)
    if image.ndim == 3:
        return np.asarray(scaled, np.uint8)
    # Any touch counts, and a pixel around it: rounding must not leave a rim of what is to go.
    return np.asarray(cv2.dilate(np.where(scaled > 0, 255, 0).astype(np.uint8), np.ones((3, 3))), np.uint8)


def uncut(picture: Pixels, crop: Crop, size_wh: tuple[int, int]) -> tuple[tuple[slice, slice], Pixels]:
    """Return where in an image a painted canvas belongs, and its pixels at the image's resolution.

    Args:
        picture: (h, w, 3) uint8 of the canvas's size.
        crop: Of the canvas.
        size_wh: Of the image.
    """
    x1, y1, x2, y2 = crop.box
    place = np.s_[max(0, y1) : min(size_wh[1], y2), max(0, x1) : min(size_wh[0], x2)]
    left, top, right, bottom = _margins(crop, size_wh)
    part = picture[top : crop.size_wh[1] - bottom, left : crop.size_wh[0] - right]
    return place, _scaled(part, (place[1].stop - place[1].start, place[0].stop - place[0].start))


def moved(points: np.ndarray, crop: Crop, size_wh: tuple[int, int]) -> np.ndarray:
    """Return points (..., 2) of an image of a size, in pixels, as they lie in the canvas of a crop."""
    left, top, right, bottom = _margins(crop, size_wh)
    x1, y1 = max(0, crop.box[0]), max(0, crop.box[1])
    spans = min(crop.box[2], size_wh[0]) - x1, min(crop.box[3], size_wh[1]) - y1
    sizes = crop.size_wh[0] - left - right, crop.size_wh[1] - top - bottom
    return np.asarray((points - (x1, y1)) * np.divide(sizes, spans) + (left, top))


def _margins(crop: Crop, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return how much of a canvas lies beyond the image: left, top, right, bottom, in its pixels.

    Measured there and not in the image, of which a long strip would need a square for its mirror.
    """
    x1, y1, x2, y2 = crop.box
    left, right = _beyond(x1, x2, size_wh[0], crop.size_wh[0])
    top, bottom = _beyond(y1, y2, size_wh[1], crop.size_wh[1])
    return left, top, right, bottom


def _beyond(start: int, stop: int, limit: int, length: int) -> tuple[int, int]:
    scale = length / (stop - start)
    before, after = round(max(0, -start) * scale), round(max(0, stop - limit) * scale)
    spare = before + after - (length - 1)  # a pixel of the canvas is the image's
    return (before - max(0, spare), after) if before >= after else (before, after - max(0, spare))


def _scaled(part: Pixels, size_wh: tuple[int, int]) -> Pixels:
    if (part.shape[1], part.shape[0]) == size_wh:
        return part.copy()
    smaller = part.shape[1] > size_wh[0] or part.shape[0] > size_wh[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR if part.ndim == 2 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size_wh, interpolation=how))


def _size(ratio: float, side: int, grid: int) -> tuple[int, int]:
    width, height = side * ratio**0.5, side / ratio**0.5
    return max(grid, round(width / grid) * grid), max(grid, round(height / grid) * grid)


def _wanted(boxes: np.ndarray, side: int, size_wh: tuple[int, int]) -> np.ndarray:
    """Return the (N, 2) width and height of regions with their context, at most those of the image."""
    spans = boxes[:, 2:] - boxes[:, :2]
    around = np.maximum(spans + 2 * np.ceil(CONTEXT * spans.max(axis=1, keepdims=True)), side / LEAST_SHARE)
    return np.asarray(np.minimum(around, size_wh))


def _gathered(boxes: np.ndarray) -> np.ndarray:
    """Join what lies in the same cell of a grid, where there are too many regions to compare them all."""
    if len(boxes) <= MOST_COMPARED:
        return boxes
    middles = (boxes[:, :2] + boxes[:, 2:]) // 2
    start, span = middles.min(axis=0), np.ptp(middles, axis=0) + 1
    cells = ((middles - start) * int(MOST_COMPARED**0.5) // span) @ [1, MOST_COMPARED]
    groups = [boxes[cells == cell] for cell in np.unique(cells)]
    return np.array([[*group[:, :2].min(axis=0), *group[:, 2:].max(axis=0)] for group in groups])


def _joined(boxes: np.ndarray, side: int, size_wh: tuple[int, int]) -> np.ndarray:
    """Join regions whose one crop is no larger than two, or still much enlarged; then until there are few."""
    while len(boxes) > 1:
        areas = _wanted(boxes, side, size_wh).prod(axis=1)
        first, second = np.triu_indices(len(boxes), 1)
        both = np.concatenate(
            [
                np.minimum(boxes[first, :2], boxes[second, :2]),
                np.maximum(boxes[first, 2:], boxes[second, 2:]),
            ],
            axis=1,
        )
        allowed = np.maximum(areas[first] + areas[second], (side / 2) ** 2)
        growth = _wanted(both, side, size_wh).prod(axis=1) - allowed
        best = int(growth.argmin())
        if growth[best] > 0 and len(boxes) <= MOST_CROPS:
            break
        rest = np.delete(boxes, [first[best], second[best]], axis=0)
        boxes = np.concatenate([rest, both[best : best + 1]])
    return boxes


def _crop(
    inside: tuple[int, ...], sizes: Sequence[tuple[int, int]], side: int, size_wh: tuple[int, int]
) -> Crop:
    x1, y1, x2, y2 = inside
    width, height = _wanted(np.array([inside]), side, size_wh)[0].tolist()
    wanted = np.log(width / height)
    size = min(sizes, key=lambda wh: (abs(np.log(wh[0] / wh[1]) - wanted), wh))
    # As wide to high as its canvas, so that nothing is distorted.
    scale = max(width / size[0], height / size[1])
    spans = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    left = _placed((x1 + x2) / 2, spans[0], size_wh[0])
    top = _placed((y1 + y2) / 2, spans[1], size_wh[1])
    return Crop((left, top, left + spans[0], top + spans[1]), size, (x1, y1, x2, y2))


def _placed(centre: float, span: int, limit: int) -> int:
    """Return where a span around a centre begins: within the limit where it can be, else around it."""
    if span >= limit:
        return -((span - limit) // 2)
    return min(max(0, round(centre - span / 2)), limit - span)
