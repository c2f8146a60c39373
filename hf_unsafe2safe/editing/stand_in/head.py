"""The rest of a head behind the average face: short hair and a neck, as soft shapes in the same pose.

Without them a face floats before whatever was behind the head.
"""

import cv2
import numpy as np

from .average import Pose
from .surroundings import to_lab, to_rgb

# In half widths of the face, from its middle: x to the side, y down.
_HAIR_MIDDLE, _HAIR_AXES, _HAIR_END = -0.35, (1.14, 1.28), 0.3
_NECK_WIDE, _NECK_FROM, _NECK_TO = 0.58, 0.3, 2.2
_BEHIND = 0.4  # how far behind the middle of the face, in the same unit
_SOFT = 0.06  # of their edges, in the same unit
_HAIR_LIGHT, _HAIR_CHROMA = 0.5, 0.6  # of what lies around: hair that is there goes on
_NECK_SHADE = 7.0  # L* by which a neck is darker than its face
_FADE = 0.12  # of the height of the picture: where a neck becomes what is below


def with_head(ground: np.ndarray, pose: Pose, shape: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """Return a background with hair and neck where the head is, (H, W, 3) float32 0-255.

    Args:
        ground: (H, W, 3) float32 RGB 0-255.
        pose: Of the face, in pixels of the ground.
        shape: (468, 3) of the face that is posed.
        tone: (3,) L*a*b* of its skin.
    """
    angles = np.linspace(0, 2 * np.pi, 48)
    across, high = _HAIR_AXES
    down = np.minimum(_HAIR_MIDDLE + high * np.sin(angles), _HAIR_END)
    hair = _cover(ground.shape, pose, shape, np.stack([across * np.cos(angles), down], axis=1))
    sides, ends = _NECK_WIDE * np.array([-1, 1, 1, -1]), [_NECK_FROM, _NECK_FROM, _NECK_TO, _NECK_TO]
    neck = _cover(ground.shape, pose, shape, np.stack([sides, ends], axis=1))
    to_bottom = np.arange(len(ground), 0, -1) / (_FADE * len(ground))
    neck *= np.minimum(to_bottom, 1)[:, None, None]
    lab = to_lab(ground)
    dark = lab * (_HAIR_LIGHT, _HAIR_CHROMA, _HAIR_CHROMA)
    lab = lab + neck * (tone - (_NECK_SHADE, 0, 0) - lab)
    return to_rgb(lab + hair * (dark - lab))


def _cover(size: tuple[int, ...], pose: Pose, shape: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Return how much of each pixel a flat shape behind the face covers, (H, W, 1) in [0, 1]."""
    unit = float(np.ptp(shape[:, 0])) / 2
    middle = (shape.min(axis=0) + shape.max(axis=0)) / 2
    points = np.c_[outline, np.full(len(outline), _BEHIND)] * unit + middle
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(16 * pose.placed(points)[:, :2]).astype(np.int32)], 255, shift=4)
    sigma = max(0.5, _SOFT * unit * pose.scale)
    cover: np.ndarray = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), sigma)[..., None]
    return cover
