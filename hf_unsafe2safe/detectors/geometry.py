"""Boxes: overlap, suppression, flipping. xyxy pixels everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..records import Box, Finding


def area(box: Box) -> float:
    """Return the area of a box in square pixels; 0 when it is inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def intersection(a: Box, b: Box) -> float:
    """Return the shared area of two boxes in square pixels."""
    return area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def iou(a: Box, b: Box) -> float:
    """Return intersection over union, in [0, 1].

    Example:
        >>> iou((0, 0, 2, 2), (0, 0, 2, 1))
        0.5
    """
    shared = intersection(a, b)
    union = area(a) + area(b) - shared
    return shared / union if union > 0 else 0.0


def clip(box: Box, size_wh: tuple[int, int]) -> Box:
    """Return the box cut to an image of the given size."""
    width, height = size_wh
    x1, x2 = (min(max(x, 0.0), float(width)) for x in (box[0], box[2]))
    y1, y2 = (min(max(y, 0.0), float(height)) for y in (box[1], box[3]))
    return x1, y1, x2, y2


def window(box: Box) -> tuple[slice, slice]:
    """Return the rows and columns of a box as slices of an image, at least one pixel each.

    Example:
        >>> window((1.6, -3, 4, 0.2))
        (slice(0, 1, None), slice(2, 4, None))
    """
    x1, y1, x2, y2 = (max(0, round(v)) for v in box)
    return slice(y1, max(y2, y1 + 1)), slice(x1, max(x2, x1 + 1))


def center(box: Box) -> tuple[float, float]:
    """Return the middle point (x, y)."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds(box: Box, point: tuple[float, float]) -> bool:
    """Return whether a point (x, y) lies in a box or on its edge."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def suppress(findings: Sequence[Finding], *, overlap: float) -> list[Finding]:
    """Return the findings, best first, without those that share more than `overlap` IoU with a better one."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-f.score, f.box)):
        if all(iou(finding.box, other.box) <= overlap for other in kept):
            kept.append(finding)
    return kept


def mirror(finding: Finding, width: int) -> Finding:
    """Return a finding of a mirrored image at its place in the image; eyes and corners change sides."""
    moved = _move(finding, lambda x, y: (width - x, y))
    if moved.landmarks is None:
        return moved
    left_eye, right_eye, nose, left, right = moved.landmarks
    return replace(moved, landmarks=(right_eye, left_eye, nose, right, left))


def shift(finding: Finding, x: float, y: float) -> Finding:
    """Return a finding of a part of an image at its place in the whole; (x, y) is the part's corner."""
    return _move(finding, lambda px, py: (px + x, py + y))


def turn_back(finding: Finding, quarters: int, size_wh: tuple[int, int]) -> Finding:
    """Return a finding of an image turned by `np.rot90(image, quarters)` at its place in the image itself.

    Args:
        finding: In pixels of the turned image.
        quarters: Quarter turns, counter-clockwise.
        size_wh: Of the image itself.

    Example:
        >>> turn_back(Finding("face", 1.0, (0, 0, 2, 1), "any"), 1, (9, 4)).box
        (8, 0, 9, 2)
    """
    width, height = size_wh
    places: dict[int, Callable[[float, float], tuple[float, float]]] = {
        0: lambda x, y: (x, y),
        1: lambda x, y: (width - y, x),
        2: lambda x, y: (width - x, height - y),
        3: lambda x, y: (y, height - x),
    }
    return _move(finding, places[quarters % 4])


def _move(finding: Finding, place: Callable[[float, float], tuple[float, float]]) -> Finding:
    (xa, ya), (xb, yb) = place(*finding.box[:2]), place(*finding.box[2:])
    box = min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)
    points = finding.landmarks
    return replace(finding, box=box, landmarks=None if points is None else tuple(place(*p) for p in points))
