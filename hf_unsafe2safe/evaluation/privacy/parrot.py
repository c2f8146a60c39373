"""What an attacker compares who edits his own gallery in the same way: the "parrot" attack.

It links pixelated and blurred faces that no person and no face recogniser knows. Three attacks that see
nothing but the region of a face: a face recogniser that is told the landmarks, the pixels, and the colours.

Source: Newton, Sweeney and Malin, Preserving privacy by de-identifying face images, 2005 ("parrot
recognition").
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ...detectors import identity
from ...detectors.geometry import shift
from ...editing.masked import region_mask
from ...records import Finding, Pixels

ATTACKS = ("identity", "pixels", "colours")

Features = dict[str, np.ndarray]  # attack -> (N, D)
Mask = Callable[[Finding, tuple[int, int]], Pixels]  # of what an attacker looks at, (H, W)


def features(rgb: Pixels, faces: Sequence[Finding], side: int, mask_of: Mask = region_mask) -> Features:
    """Return what each attack knows of each face of an image, having looked at nothing outside the mask.

    Args:
        rgb: (H, W, 3) uint8.
        faces: With landmarks, at least one.
        side: Of the crop that is compared pixel by pixel.
        mask_of: Within a face's height and width around its box.

    Returns:
        `identity` (N, 128), `pixels` (N, side * side * 3), `colours` (N, 6), float64.
    """
    many = [_features(*_cut(rgb, face), side, mask_of) for face in faces]
    return {attack: np.stack([one[attack] for one in many]) for attack in ATTACKS}


def same_light(colours: np.ndarray) -> np.ndarray:
    """Return the colours (N, 6) of a set with their mean at 0: light that all share is no obstacle.

    Example:
        >>> same_light(np.array([[10.0], [14.0]])).tolist()
        [[-1.0], [1.0]]
    """
    result: np.ndarray = (colours - colours.mean(0)) / np.maximum(colours.std(0), 1)
    return result


def _cut(rgb: Pixels, face: Finding) -> tuple[Pixels, Finding]:
    """Return the part of an image around a face, three boxes wide and high, and the face in it."""
    x1, y1, x2, y2 = face.box
    left, top = max(0, math.floor(2 * x1 - x2)), max(0, math.floor(2 * y1 - y2))
    part = rgb[top : math.ceil(2 * y2 - y1), left : math.ceil(2 * x2 - x1)]
    return part, shift(face, -left, -top)


def _features(rgb: Pixels, face: Finding, side: int, mask_of: Mask) -> Features:
    mask = mask_of(face, (rgb.shape[1], rgb.shape[0])) > 0
    inside = rgb[mask].astype(np.float64)
    # In their own mean, so that no outline is seen: where it lies around known landmarks tells most.
    view = np.where(mask[..., None], rgb, inside.mean(0).astype(np.uint8))
    return {
        "identity": identity.embed(view, [face])[0].astype(np.float64),
        "pixels": _crop(rgb, mask, side),
        "colours": np.concatenate([inside.mean(0), inside.std(0)]),
    }


def _crop(rgb: Pixels, mask: np.ndarray, side: int) -> np.ndarray:
    """Return the pixels of a mask at (side, side), each channel with mean 0 and deviation 1; 0 outside."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    window = np.s_[y : y + height, x : x + width]
    inside = mask[window].astype(np.float64)[..., None]
    weighed = np.dstack([rgb[window] * inside, inside])  # nothing from outside may enter a mean
    small = cv2.resize(weighed, (side, side), interpolation=cv2.INTER_AREA)
    kept = small[..., 3] > 0.5
    pixels = small[kept][:, :3] / small[kept][:, 3:]
    result = np.zeros((side, side, 3))
    result[kept] = (pixels - pixels.mean(0)) / np.maximum(pixels.std(0), 1)
    return result.ravel()
