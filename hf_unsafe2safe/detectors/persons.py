"""Persons: the detector's boxes united with what lies below each face, with the outline of the body.

The detector misses distant and dark people, whose faces are found; segmentation sees who is a person and
who is background, not who is who. So an outline may hold parts of a neighbour, and where segmentation
cannot be right the outline is the whole box.

Source: MediaPipe selfie segmentation (Apache-2.0), converted, see `weights/NOTICE`.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from .. import weights
from ..records import Box, Finding, ModelInfo, Pixels, Points, SceneObject
from . import objects as detector
from .crops import Square, inside, square_around, view
from .geometry import area, center, clip, holds, intersection, iou

MODELS: tuple[ModelInfo, ...] = (*detector.MODELS, weights.model_info("selfie_256"))
GROWN = "face:grown"  # the source of a person that only the face tells of

ABOVE, BELOW, BESIDE = 1.0, 6.5, 1.5  # from a face's middle, in face heights and widths, to a body's ends
NESTED = 0.9  # share of a box inside another that makes it a part of it
FILLED = 0.4  # share of a box that a body covers at least; on the photos in good light 0.45 to 0.94
SPANNED = 0.7  # share of a box that the bounds of the body in it cover at least; measured 0.72 to 1
SPECK = 0.005  # share of a body; smaller pieces are noise, a hand is larger
POINTS = 100  # of an outline, at most

_SIDE = 256  # of the network's view
_AROUND = 1.2  # times the box, as the network was trained
_MARGIN = 0.025  # of the square: how far a body may reach out of its box
_GROW = np.ones((9, 9), np.uint8)  # 4 pixels of the view: hair and fingers that the mask cuts


def find(rgb: Pixels, objects: Sequence[SceneObject], faces: Sequence[Finding]) -> list[Finding]:
    """Return the persons of an image with their outlines, best first.

    Args:
        rgb: (H, W, 3) uint8.
        objects: What `objects.find` returned for it.
        faces: What `faces.find` returned; a face that has no person gets one grown from it.

    Returns:
        Findings of kind `person`. Each face lies inside the outline of one person at least.
    """
    height, width = rgb.shape[:2]
    seen = [Finding("person", o.score, o.box, detector.NAME) for o in objects if o.label == "person"]
    owned = face_of(seen, faces)
    people = [
        (person, faces[owned[i]] if i in owned else None)
        for i, person in enumerate(seen)
        if i in owned or not _is_part(person, [(seen[j], faces[k]) for j, k in owned.items()])
    ]
    people += [
        (Finding("person", face.score, clip(body_box(face), (width, height)), GROWN), face)
        for k, face in enumerate(faces)
        if k not in owned.values()
    ]
    found = [replace(p, outline=outline(rgb, p.box, None if f is None else f.box)) for p, f in people]
    return sorted(found, key=lambda p: (-p.score, p.box))


def face_of(persons: Sequence[Finding], faces: Sequence[Finding]) -> dict[int, int]:
    """Return which face belongs to which person, as indices: at most one each.

    A face belongs to the person whose box holds its middle and is most like the box grown from it.
    """
    fits = [
        (iou(person.box, body_box(face)), i, k)
        for i, person in enumerate(persons)
        for k, face in enumerate(faces)
        if holds(person.box, center(face.box))
    ]
    pairs: dict[int, int] = {}
    for _, i, k in sorted(fits, reverse=True):
        if i not in pairs and k not in pairs.values():
            pairs[i] = k
    return pairs


def body_box(face: Finding) -> Box:
    """Return the box of the person of a face, xyxy pixels, not clipped.

    About 3 face widths by 7.5 face heights. The body is where the mouth is from the eyes, to the nearest
    quarter turn: a tilted head sits on an upright body. Without landmarks it may be on any side.
    """
    (x, y), (width, height) = center(face.box), (face.box[2] - face.box[0], face.box[3] - face.box[1])
    if face.landmarks is None:
        reach = BELOW * max(width, height)
        return x - reach, y - reach, x + reach, y + reach
    left_eye, right_eye, _, left, right = np.array(face.landmarks, np.float64)
    across, down = left + right - left_eye - right_eye
    if abs(across) > abs(down):  # lying
        ends = sorted((x - np.sign(across) * ABOVE * width, x + np.sign(across) * BELOW * width))
        return float(ends[0]), y - BESIDE * height, float(ends[1]), y + BESIDE * height
    sign = -1.0 if down < 0 else 1.0
    top, bottom = sorted((y - sign * ABOVE * height, y + sign * BELOW * height))
    return x - BESIDE * width, top, x + BESIDE * width, bottom


def outline(rgb: Pixels, box: Box, face: Box | None = None) -> Points:
    """Return the polygon (x, y) in image pixels of the body in a box, its face included.

    Where the segmentation is not finite, covers too little of the box or not the face, the corners of the
    box. Several pieces are joined by their convex hull.
    """
    whole = box if face is None else _union(box, face)
    square = square_around(whole, _AROUND)
    body = _body(rgb, whole, square)
    if body is None or (face is not None and body[inside(face, square, _SIDE)].mean() < 0.5):
        return _corners(whole)
    if face is not None:
        body[inside(face, square, _SIDE)] = 1
    body = cv2.dilate(cv2.morphologyEx(body, cv2.MORPH_CLOSE, _GROW), _GROW)
    pieces, _ = cv2.findContours(body, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)  # holes are filled
    least = SPECK * np.count_nonzero(body)
    pieces = [piece for piece in pieces if cv2.contourArea(piece) > least]
    if not pieces:
        return _corners(whole)
    shape = pieces[0] if len(pieces) == 1 else cv2.convexHull(np.concatenate(pieces))
    height, width = rgb.shape[:2]
    left, top, side = square
    points = np.clip((_simple(shape) + 0.5) * (side / _SIDE) + (left, top), 0, (width, height))
    return tuple((x, y) for x, y in points.tolist())


def share_inside(rgb: Pixels, box: Box, mask: Pixels) -> float:
    """Return which share of the person's pixels in a box lies inside a mask, in [0, 1].

    Where the segmentation cannot be right every pixel of the box counts as the person's.

    Args:
        rgb: (H, W, 3) uint8.
        box: xyxy pixels.
        mask: (H, W) uint8; 255 = inside, 0 = outside.
    """
    square = square_around(box, _AROUND)
    body = _body(rgb, box, square)
    if body is None:
        body = np.zeros((_SIDE, _SIDE), np.uint8)
        body[inside(box, square, _SIDE)] = 1
    return float((view(mask, square, _SIDE)[body > 0] > 127).mean())


def _body(rgb: Pixels, box: Box, square: Square) -> Pixels | None:
    """Return the body in a box, 1 in a view (256, 256) of 0; None where the segmentation cannot be right."""
    batch = view(rgb, square, _SIDE)[None].astype(np.float32) / 255  # (1, 256, 256, 3)
    (share,) = weights.session("selfie_256").run(None, {"input_1:0": batch})[0]  # (256, 256, 1)
    if not np.isfinite(share).all():
        return None
    body: Pixels = np.zeros((_SIDE, _SIDE), np.uint8)
    margin = _MARGIN * square[2]
    grown = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    place = inside(clip(grown, (rgb.shape[1], rgb.shape[0])), square, _SIDE)
    body[place] = share[..., 0][place] > 0.5
    inner = body[inside(box, square, _SIDE)]
    if inner.mean() < FILLED:
        return None
    _, _, width, height = cv2.boundingRect(inner)
    return body if width * height >= SPANNED * inner.size else None


def _is_part(person: Finding, owners: Sequence[tuple[Finding, Finding]]) -> bool:
    """Return whether a box is the upper body of a person who was seen as a whole, face included."""
    return any(
        holds(person.box, center(face.box))
        and intersection(person.box, whole.box) >= NESTED * area(person.box)
        for whole, face in owners
    )


def _simple(shape: np.ndarray) -> np.ndarray:
    """Return a contour (N, 1, 2) as at most `POINTS` points (M, 2)."""
    tolerance = 1.0  # pixels of the view
    points: np.ndarray = cv2.approxPolyDP(shape, tolerance, True)
    while len(points) > POINTS:
        tolerance *= 1.5
        points = cv2.approxPolyDP(shape, tolerance, True)
    return points[:, 0]


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _corners(box: Box) -> Points:
    x1, y1, x2, y2 = box
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)
