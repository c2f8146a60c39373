"""What the pixels around a face tell about what should be where it was: ground, colour of skin, grain.

Nothing under the mask is read.
"""

import cv2
import numpy as np

from ...records import Box, Pixels

_SIDE = 128  # pixels at which the ground is continued: sharper rays would be drawn from the border inwards
_SOFT = 1.5  # pixels of it
_BELOW = (0.0, 0.6)  # heights of a face under it: the neck
_ASIDE = 0.2  # widths of a face left out on each side: what is beside a neck
_HUE, _CHROMA, _LIGHT = (20.0, 68.0), (8.0, 42.0), (22.0, 90.0)  # skin of all people in most light
_LEAST_SKIN = 0.08  # share of what is below a face: less is a tie of that colour by chance
_MAD_TO_DEVIATION = 1.4826


def continued(rgb: Pixels, mask: Pixels) -> np.ndarray:
    """Return the image with what is masked continued softly from around it, (H, W, 3) float32.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W); 255 = unknown. Where all is, the result is grey.

    Source: Telea, An image inpainting technique based on the fast marching method, 2004 (OpenCV).
    """
    height, width = mask.shape
    if (mask > 0).all():
        return np.full((height, width, 3), 128, np.float32)
    zoom = min(1.0, _SIDE / max(height, width))
    size_wh = max(1, round(width * zoom)), max(1, round(height * zoom))
    # A pixel that is masked in any part is unknown: nothing from inside may enter a mean.
    touched = cv2.resize((mask > 0).astype(np.float32), size_wh, interpolation=cv2.INTER_AREA) > 0
    unknown = touched.astype(np.uint8) * 255
    if unknown.all():
        return np.full((height, width, 3), rgb[mask == 0].mean(axis=0), np.float32)
    small = cv2.inpaint(cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA), unknown, 3, cv2.INPAINT_TELEA)
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), _SOFT)
    ground = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(mask[..., None] > 0, ground, rgb.astype(np.float32))


def skin_below(rgb: Pixels, mask: Pixels, box: Box) -> np.ndarray | None:
    """Return the median L*a*b* (3,) of what looks like skin below a face, None where little does.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W); 0 = may be read.
        box: Of the face, xyxy pixels.
    """
    x1, y1, x2, y2 = box
    rows = slice(*(max(0, round(y2 + share * (y2 - y1))) for share in _BELOW))
    columns = slice(*(max(0, round(x)) for x in (x1 + _ASIDE * (x2 - x1), x2 - _ASIDE * (x2 - x1))))
    pixels = rgb[rows, columns][mask[rows, columns] == 0]
    if not len(pixels):
        return None
    lab = to_lab(pixels[None])[0]
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    skin = np.ones(len(lab), bool)
    for value, (least, most) in ((light, _LIGHT), (chroma, _CHROMA), (hue, _HUE)):
        skin &= (value >= least) & (value <= most)
    return np.median(lab[skin], axis=0) if skin.mean() >= _LEAST_SKIN else None


def grain(rgb: Pixels, mask: Pixels) -> float:
    """Return the standard deviation of the noise of what is not masked, 0-255.

    Source: the median absolute deviation of what a median filter takes away.
    """
    fine = rgb.astype(np.float32) - cv2.medianBlur(rgb, 3)
    seen = np.abs(fine[mask == 0])
    return float(_MAD_TO_DEVIATION * np.median(seen)) if seen.size else 0.0


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """Return 0-255 RGB (H, W, 3) as float32 CIE L*a*b*, L* in 0-100."""
    lab: np.ndarray = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab


def to_rgb(lab: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (H, W, 3) as 0-255 float32 RGB."""
    rgb: np.ndarray = np.clip(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1) * 255
    return rgb
