"""Faces by CenterFace: boxes with five landmarks.

Source: CenterFace (arXiv 1911.03599); weights converted from the MIT-licensed original, see
`weights/NOTICE`.
"""

from dataclasses import replace

import cv2
import numpy as np

from .. import weights
from ..records import Finding, ModelInfo, Pixels
from . import face_presence
from .geometry import clip, mirror, shift, suppress, turn_back

NAME = "centerface"
MODELS: tuple[ModelInfo, ...] = (weights.model_info("centerface_dyn"), *face_presence.MODELS)

STRONG = 0.35  # found without a second opinion
WEAK = 0.2  # found when face_presence agrees
# The first look, see `look_side`; of large images half.
FIRST_SIDES = (480, 640, 1280)
CROWD_SIDE = 1280  # 23 faces of a crowd where 960 sees 14
LARGEST_SIDE = 1600  # of any look; the network needs 0.26 s for it on two cores
SMALL_FACE = 32  # pixels of the first look; where there are smaller faces there may be more of them
AROUND = 6  # heights of a small face: how far around it others are looked for


def find(rgb: Pixels) -> list[Finding]:
    """Return the faces of an RGB image (H, W, 3) uint8, best first.

    The first look is at a size within `FIRST_SIDES`. Where it sees small faces, even weakly, a second look
    is taken around them, as if the whole image were seen at `CROWD_SIDE` or, where it is larger, at its own
    size. A weak face counts when another model sees a face there too, and then has the score 0.5.
    """
    long_side = max(rgb.shape[:2])
    side = look_side(long_side, FIRST_SIDES, 0.5)
    found = look(rgb, side)
    small = [f for f in found if (f.box[3] - f.box[1]) * side / long_side < SMALL_FACE]
    if small:
        found = suppress([*found, *_closer(rgb, small)], overlap=0.3)
    return face_presence.confirm(rgb, found, strong=STRONG)


def look_side(long_side: int, sides: tuple[int, int, int], share: float) -> int:
    """Return at which long side, in pixels, to look at an image.

    Args:
        long_side: Of the image.
        sides: Small images are enlarged to the first, others are seen at their own size up to the second;
            of large ones a share, up to the third.
        share: That share, in (0, 1).

    Example:
        >>> [look_side(n, (480, 640, 1280), 0.5) for n in (200, 600, 1000, 2000, 8000)]
        [480, 600, 640, 1000, 1280]
    """
    least, usual, most = sides
    return min(max(int(long_side * share), min(max(long_side, least), usual)), most)


def _closer(rgb: Pixels, small: list[Finding]) -> list[Finding]:
    """Return the faces seen in a second look at the part of the image around small ones."""
    height, width = rgb.shape[:2]
    reach = AROUND * max(f.box[3] - f.box[1] for f in small)
    x1, y1 = (max(0, int(min(f.box[i] for f in small) - reach)) for i in (0, 1))
    x2, y2 = (min(size, int(max(f.box[i] for f in small) + reach)) for i, size in ((2, width), (3, height)))
    part = np.ascontiguousarray(rgb[y1:y2, x1:x2])
    zoom = max(1.0, CROWD_SIDE / max(height, width))
    side = min(max(64, round(zoom * max(part.shape[:2]))), LARGEST_SIDE)
    return [shift(f, x1, y1) for f in look(part, side)]


def look(
    rgb: Pixels, side: int, *, mirrored: bool = False, quarters: int = 0, threshold: float = WEAK
) -> list[Finding]:
    """Return the faces seen in one pass with the long side at about `side` pixels, weak ones included.

    Args:
        rgb: (H, W, 3) uint8.
        side: Long side in pixels at which the network looks.
        mirrored: Look at the mirror image.
        quarters: Look at the image turned by so many quarters, as `np.rot90` does.
        threshold: Lowest score.

    Returns:
        Faces at their places in `rgb`, best first.
    """
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    # The network wants multiples of 32; the aspect ratio may change by a few percent.
    net_w, net_h = (max(32, round(n * scale / 32) * 32) for n in (width, height))
    view = cv2.resize(rgb, (net_w, net_h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    view = np.rot90(cv2.flip(view, 1) if mirrored else view, quarters)
    blob = cv2.dnn.blobFromImage(np.ascontiguousarray(view))  # (1, 3, H, W) float32, 0-255
    found = _decode(weights.session("centerface_dyn").run(None, {"input.1": blob}), threshold)
    found = [turn_back(f, quarters, (net_w, net_h)) for f in suppress(found, overlap=0.3)]
    if mirrored:
        found = [mirror(f, net_w) for f in found]
    found = [_scaled(f, (width / net_w, height / net_h), (width, height)) for f in found]
    return [f for f in found if f.box[2] - f.box[0] >= 1 and f.box[3] - f.box[1] >= 1]


def _decode(outputs: list[np.ndarray], threshold: float) -> list[Finding]:
    """Return the faces in pixels of the network's input."""
    heat, size, offset, landmarks = (o[0] for o in outputs)  # (1|2|2|10, h, w), stride 4
    ys, xs = np.nonzero(heat[0] > threshold)
    high, wide = (np.exp(size[i, ys, xs]) * 4 for i in (0, 1))
    left = (xs + offset[1, ys, xs] + 0.5) * 4 - wide / 2
    top = (ys + offset[0, ys, xs] + 0.5) * 4 - high / 2
    points = landmarks[:, ys, xs]  # (10, N): y, x of each of the five, as shares of the box
    found = []
    for i, score in enumerate(heat[0, ys, xs].tolist()):
        box = tuple(map(float, (left[i], top[i], left[i] + wide[i], top[i] + high[i])))
        five = tuple(
            (float(points[2 * j + 1, i] * wide[i] + left[i]), float(points[2 * j, i] * high[i] + top[i]))
            for j in range(5)
        )
        found.append(Finding("face", score, box, NAME, landmarks=five))  # type: ignore[arg-type]
    return found


def _scaled(finding: Finding, scale_xy: tuple[float, float], size_wh: tuple[int, int]) -> Finding:
    (fx, fy), (x1, y1, x2, y2) = scale_xy, finding.box
    points = tuple((x * fx, y * fy) for x, y in finding.landmarks or ())
    return replace(finding, box=clip((x1 * fx, y1 * fy, x2 * fx, y2 * fy), size_wh), landmarks=points)
