"""The things of a scene by NanoDet: boxes with one of the 80 labels of COCO.

Measured on 21 photos: near and middle-sized people and cars are found, distant or dark ones and those
behind others often not, so people are united with faces in `persons`.

Source: NanoDet-g (Apache-2.0), converted, see `weights/NOTICE`. Its boxes are four distances from a cell's
centre to the sides, each the mean of a distribution over 0 to 10 strides (arXiv 2006.04388, equation 5).
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from .. import weights
from ..records import Finding, ModelInfo, Pixels, SceneObject
from .crops import shrunk
from .geometry import clip, iou, suppress

NAME = "nanodet"
MODELS: tuple[ModelInfo, ...] = (weights.model_info("nanodet_g_416"),)

LABELS: Final = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard",
    "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase",
    "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
# What carries a plate or a registration, or belongs to somebody. A train does neither.
VEHICLES: Final = ("bicycle", "car", "motorcycle", "airplane", "bus", "truck", "boat")
SCREENS: Final = ("tv", "laptop", "cell phone")

SCORE = 0.35
# Of real people the weakest that count are at 0.33; on photos without any 0.29 is the most. Of vehicles
# nothing between 0.30 and 0.35 was real that was not found better elsewhere.
PERSON_SCORE = 0.32
OVERLAP = 0.5  # IoU above which two boxes of one label are the same thing
SMALL = 0.25  # of the image's long side: where people or vehicles are smaller there may be more of them
PART = 0.6  # of the image's long side that a closer look sees: what is under a fifth is whole in a part
CUT = 0.02  # of a part's long side, about one cell: what comes nearer to an inner edge is cut there

_SIDE = 416  # fixed in the network
_BINS = np.arange(11, dtype=np.float32)  # of the distances, in strides
# Stride, names of the class scores (1, cells, 80) and of the distances (1, cells, 4 * 11).
_LEVELS = (
    (8, "Identity:0", "Identity_3:0"),
    (16, "Identity_1:0", "Identity_4:0"),
    (32, "Identity_2:0", "Identity_5:0"),
)
_OUTPUTS = [name for level in _LEVELS for name in level[1:]]
_LEAST = np.array([PERSON_SCORE if label == "person" else SCORE for label in LABELS], np.float32)
# What the network was trained with, blue first.
_MEAN = np.array([103.53, 116.28, 123.675], np.float32).reshape(3, 1, 1)
_SPREAD = np.array([57.375, 57.12, 58.395], np.float32).reshape(3, 1, 1)


def find(rgb: Pixels, *, mirrored: bool = False) -> list[SceneObject]:
    """Return the things in an RGB image (H, W, 3) uint8, best first.

    Where the first look sees small people or vehicles, two closer looks are taken, one at each half of the
    image and a little more. On a photo of a street that finds 18 people instead of 9, for two more runs
    of the network (24 ms each on two cores).

    Args:
        rgb: (H, W, 3) uint8.
        mirrored: Look at the mirror image; the boxes are those in `rgb` all the same.
    """
    height, width = rgb.shape[:2]
    found = _look(rgb, mirrored)
    if any(_is_small(thing, max(height, width)) for thing in found):
        parts = [thing for part in _halves(width, height) for thing in _look_closer(rgb, part, mirrored)]
        found = _distinct([*found, *parts])
    return found


def class_scores(rgb: Pixels) -> list[np.ndarray]:
    """Return how like each of the 80 labels every cell looks: the scores that `find` starts from.

    Args:
        rgb: (H, W, 3) uint8.

    Returns:
        (rows, columns, 80) float32 in about [0, 1] for the strides 8, 16 and 32; the cells that hold a part
        of the image, without those of the margin.
    """
    _, net_w, net_h = _scale(rgb)
    grids = []
    for (stride, *_), (classes,) in zip(_LEVELS, _run(rgb, mirrored=False)[::2], strict=True):
        cells = _SIDE // stride
        grid = classes.reshape(cells, cells, len(LABELS))
        grids.append(grid[: math.ceil(net_h / stride), : math.ceil(net_w / stride)])
    return grids


def risks(objects: Sequence[SceneObject]) -> list[Finding]:
    """Return those that may give somebody away, as findings of the kinds `vehicle` and `screen`, best first.

    What has two labels of one kind, such as car and truck, is one finding.
    """
    kinds = {"vehicle": VEHICLES, "screen": SCREENS}
    found = [
        finding
        for kind, labels in kinds.items()
        for finding in suppress(
            [Finding(kind, thing.score, thing.box, NAME) for thing in objects if thing.label in labels],
            overlap=OVERLAP,
        )
    ]
    return sorted(found, key=lambda f: -f.score)


def _is_small(thing: SceneObject, long_side: int) -> bool:
    x1, y1, x2, y2 = thing.box
    return thing.label in ("person", *VEHICLES) and max(x2 - x1, y2 - y1) < SMALL * long_side


def _halves(width: int, height: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return the two overlapping parts of an image along its longer side, xyxy.

    Example:
        >>> _halves(1000, 500)
        ((0, 0, 600, 500), (400, 0, 1000, 500))
    """
    if width >= height:
        reach = round(PART * width)
        return (0, 0, reach, height), (width - reach, 0, width, height)
    reach = round(PART * height)
    return (0, 0, width, reach), (0, height - reach, width, height)


def _look_closer(rgb: Pixels, part: tuple[int, int, int, int], mirrored: bool) -> list[SceneObject]:
    """Return the things seen in a part of an image, at their places in the whole, without those cut."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = part
    near = CUT * max(right - left, bottom - top)
    x_range = left + near if left else 0, right - near if right < width else width
    y_range = top + near if top else 0, bottom - near if bottom < height else height
    whole = []
    for thing in _look(np.ascontiguousarray(rgb[top:bottom, left:right]), mirrored):
        x1, y1, x2, y2 = thing.box
        x1, y1, x2, y2 = x1 + left, y1 + top, x2 + left, y2 + top
        if x_range[0] <= x1 and x2 <= x_range[1] and y_range[0] <= y1 and y2 <= y_range[1]:
            whole.append(replace(thing, box=(x1, y1, x2, y2)))
    return whole


def _look(rgb: Pixels, mirrored: bool) -> list[SceneObject]:
    """Return the things seen in one run of the network, best first."""
    height, width = rgb.shape[:2]
    scale, net_w, _ = _scale(rgb)
    boxes, scores, labels = _decode(_run(rgb, mirrored))
    if mirrored:
        boxes[:, [0, 2]] = net_w - boxes[:, [2, 0]]
    boxes /= scale
    things = [
        SceneObject(LABELS[label], min(score, 1.0), clip(tuple(box), (width, height)))
        for box, score, label in zip(boxes.tolist(), scores.tolist(), labels.tolist(), strict=True)
    ]
    return _distinct([t for t in things if t.box[2] - t.box[0] >= 1 and t.box[3] - t.box[1] >= 1])


def _scale(rgb: Pixels) -> tuple[float, int, int]:
    """Return the scale at which the network sees an image, and width and height of it there."""
    height, width = rgb.shape[:2]
    scale = _SIDE / max(height, width)
    return scale, max(1, round(width * scale)), max(1, round(height * scale))


def _run(rgb: Pixels, mirrored: bool) -> list[np.ndarray]:
    """Return the outputs of the network, in the order of `_OUTPUTS`."""
    _, net_w, net_h = _scale(rgb)
    view = shrunk(rgb, (net_w, net_h))
    view = cv2.flip(view, 1) if mirrored else view
    square = cv2.copyMakeBorder(view, 0, _SIDE - net_h, 0, _SIDE - net_w, cv2.BORDER_CONSTANT)
    blob = cv2.dnn.blobFromImage(square, swapRB=True)  # (1, 3, 416, 416) float32, 0-255
    blob -= _MEAN
    blob /= _SPREAD
    outputs: list[np.ndarray] = weights.session("nanodet_g_416").run(_OUTPUTS, {"input_1:0": blob})
    return outputs


def _decode(outputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boxes (N, 4) in pixels of the network's input, scores (N,) and labels (N,), doubles included."""
    boxes, scores, labels = [], [], []
    for (stride, *_), (classes,), (distances,) in zip(_LEVELS, outputs[::2], outputs[1::2], strict=True):
        cells, seen = np.nonzero(classes > _LEAST)  # few of thousands: only these are decoded
        bins = np.exp(distances[cells].reshape(-1, 4, len(_BINS)))
        reach = (bins @ _BINS) / bins.sum(axis=-1) * stride  # (N, 4): to left, top, right, bottom
        rows, columns = np.divmod(cells, _SIDE // stride)
        centers = (np.stack([columns, rows], axis=1).astype(np.float32) + 0.5) * stride
        boxes.append(np.concatenate([centers - reach[:, :2], centers + reach[:, 2:]], axis=1))
        scores.append(classes[cells, seen])
        labels.append(seen)
    return np.concatenate(boxes), np.concatenate(scores), np.concatenate(labels)


def _distinct(things: Sequence[SceneObject]) -> list[SceneObject]:
    """Return each thing once, best first: of two with one label that overlap the better one."""
    kept: list[SceneObject] = []
    for thing in sorted(things, key=lambda t: (-t.score, t.label, t.box)):
        if all(t.label != thing.label or iou(t.box, thing.box) <= OVERLAP for t in kept):
            kept.append(thing)
    return kept
