"""A face rewritten: the average face in the pose of the one that was there, in the colours around it.

Of the pixels under the mask nothing enters the result but the pose of the head: the other face
smiles at the camera, whoever slept or spoke there.
"""

import cv2
import numpy as np

from ...records import Box, Finding, Pixels
from .average import AverageFace, Pose, average_face, varied
from .head import with_head
from .mesh import Mesh
from .surroundings import continued, grain, skin_below, to_lab, to_rgb
from .warp import place_map

LEAST_FACE = 36  # pixels high; a smaller one is a smear whoever looks at it
LEAST_PRESENCE = 0.5
MOST_TURNED = 40.0  # degrees: beyond it half of the face is drawn from what no donor showed
MOST_MISFIT = 0.12  # of a mesh from the average: beyond it the mesh is wrong

_CONTEXT = 1.0  # of the region's longer side: what is looked at around it
_PLAIN_SKIN = (62.0, 14.0, 17.0)  # L*a*b* where no skin is to be seen around
_GREY = 4.0  # chroma under which a photo has no colours
_DARKEST, _LIGHTEST = 40.0, 78.0  # L* of a face
_CHIN_SHADE = 4.0  # L* by which a neck is darker than its face
_CONTRAST = 1.2  # averaging took some away


def can_be_rewritten(face: Finding, mesh: Mesh, pose: Pose) -> bool:
    """Return whether the average face can take the place of a face; what is no number cannot."""
    return bool(
        face.box[3] - face.box[1] >= LEAST_FACE
        and mesh.presence >= LEAST_PRESENCE
        and pose.turned <= MOST_TURNED
        and pose.misfit <= MOST_MISFIT
    )


def rewritten(
    rgb: Pixels, mask: Pixels, region: Pixels, box: Box, pose: Pose, draw: np.random.Generator
) -> Pixels:
    """Return the image with another face in a region.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W); 255 = must not be read.
        region: (H, W); 255 = of this face, within the mask.
        box: Of the face, xyxy pixels.
        pose: Of the face.
        draw: Where the numbers come from that make it another face each time.
    """
    x, y, width, height = cv2.boundingRect(region)
    reach = round(_CONTEXT * max(width, height))
    left, top = max(0, x - reach), max(0, y - reach)
    around = np.s_[top : y + height + reach, left : x + width + reach]
    here, within = np.s_[y : y + height, x : x + width], np.s_[y - top :, x - left :]
    pose = pose.seen_from(x, y)
    part, hidden = np.where(mask[around][..., None] > 0, np.uint8(0), rgb[around]), mask[around]
    ground = continued(part, hidden)[within][:height, :width]
    face, cover = _drawn(average_face(), pose, (width, height), draw)
    tone = _tone(part[hidden == 0], skin_below(rgb, mask, box))
    ground = with_head(ground, pose, average_face().shape, tone)
    painted = ground + cover[..., None] * (_toned(face, cover, tone) - ground)
    painted += draw.normal(0, grain(part, hidden), (height, width, 1))
    out = rgb.copy()
    inside = region[here] > 0
    out[here][inside] = np.rint(np.clip(painted, 0, 255)).astype(np.uint8)[inside]
    return out


def _drawn(
    average: AverageFace,
    pose: Pose,
    size_wh: tuple[int, int],
    draw: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the posed face (H, W, 3) float32 and how much of each pixel it covers (H, W) in [0, 1]."""
    points = pose.placed(varied(average.shape, draw))
    place = place_map(average.triangles, points, average.places, size_wh)
    layers = np.dstack([average.texture, average.cover * 255]).astype(np.float32)
    shrinks = np.ptp(average.places[:, 0]) / (pose.scale * np.ptp(average.shape[:, 0]))
    if shrinks > 1:  # else lines of the texture would be skipped
        layers = cv2.GaussianBlur(layers, (0, 0), shrinks / 2)
    seen = cv2.remap(layers, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return seen[..., :3], seen[..., 3] / 255


def _tone(around: Pixels, skin: np.ndarray | None) -> np.ndarray:
    """Return the L*a*b* (3,) that a face shall have on average: as the neck's, else plain in this light.

    Args:
        around: (N, 3) pixels around it.
        skin: Of the neck, L*a*b*.
    """
    if skin is not None:
        light, *colour = skin
        return np.array([np.clip(light + _CHIN_SHADE, _DARKEST, _LIGHTEST), *colour])
    if not len(around):
        return np.array(_PLAIN_SKIN)
    lab = to_lab(around[None])[0]
    light = np.clip((np.median(lab[:, 0]) + _PLAIN_SKIN[0]) / 2, _DARKEST, _LIGHTEST)
    grey = np.hypot(lab[:, 1], lab[:, 2]).mean() < _GREY
    return np.array([light, *((0, 0) if grey else _PLAIN_SKIN[1:])])


def _toned(face: np.ndarray, cover: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """Return the face with its mean moved to a tone; in grey where the tone is."""
    lab, weight = to_lab(face), cover[..., None]
    mean = (lab * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
    colour = 1.0 if tone[1:].any() else 0.0
    return to_rgb((lab - mean) * (_CONTRAST, colour, colour) + tone)
