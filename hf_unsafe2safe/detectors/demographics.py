"""What models guess of a face: age, gender, and how light its skin looks in this photo.

Guesses, for measuring whether a dataset treats people alike, never to tell who somebody is. On the five
portraits in `examples/photos` the age is within 15 years and the gender right on four. No small model with
a free licence tells origin reliably; the skin tone is that of the pixels and changes with the light: on two
portraits of one person it differs by 16 degrees.

Source: age and gender network of face-api.js (MIT), converted, see `weights/NOTICE`; individual typology
angle, Chardon et al., Skin colour typology and suntanning pathways, 1991; skin-like pixels, Chai and Ngan,
Face segmentation using skin-color map, 1999.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .. import weights
from ..records import Box, Estimates, Finding, ModelInfo, Pixels
from .crops import shrunk, square_around, view
from .geometry import center, window

MODELS: tuple[ModelInfo, ...] = (weights.model_info("agegender_112"),)
LEAST_SKIN = 0.25  # share of the middle of a face; less is a beard, a mask or a grey photo
LEAST_PIXELS = 50

_SIDE = 112
_MIDDLE = 0.3  # half-axes of the middle of a face as shares of its box: no hair, no background
_SKIN_CR, _SKIN_CB = (133, 173), (77, 127)  # whatever the brightness


def estimate(rgb: Pixels, faces: Sequence[Finding]) -> list[Estimates]:
    """Return the estimates of each face, in the order of the faces.

    Args:
        rgb: (H, W, 3) uint8.
        faces: Any findings with the box of a face.
    """
    if not faces:
        return []
    crops = np.stack([view(rgb, square_around(f.box, 1.1), _SIDE) for f in faces])
    batch = crops.transpose(0, 3, 1, 2).astype(np.float32)  # (N, 3, 112, 112), 0-255
    ages, genders = weights.session("agegender_112").run(["age", "gender"], {"input": batch})
    return [
        Estimates(float(age), "male" if male >= female else "female", float(max(male, female)), tone)
        for (age,), (male, female), tone in zip(
            ages, genders, (skin_tone_proxy(rgb, f.box) for f in faces), strict=True
        )
    ]


def skin_tone_proxy(rgb: Pixels, box: Box) -> float | None:
    """Return the individual typology angle in degrees of a face's skin, higher is lighter.

    atan2(L* - 50, b*) of the median of the skin-like pixels in the middle of the face. It depends on the
    light, the camera and the make-up. None where fewer than `LEAST_SKIN` of these pixels, or fewer than
    `LEAST_PIXELS`, look like skin, for example in a grey photo.

    Args:
        rgb: (H, W, 3) uint8.
        box: Of the face, xyxy pixels.
    """
    pixels = _middle(rgb, box)
    if len(pixels) < LEAST_PIXELS:
        return None
    _, cr, cb = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2YCrCb)[0].T
    skin = (cr >= _SKIN_CR[0]) & (cr <= _SKIN_CR[1]) & (cb >= _SKIN_CB[0]) & (cb <= _SKIN_CB[1])
    if np.count_nonzero(skin) < max(LEAST_PIXELS, LEAST_SKIN * len(pixels)):
        return None
    lab = cv2.cvtColor(pixels[skin][None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]  # L* in 0-100
    lightness, _, yellow = np.median(lab, axis=0).tolist()
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))


def _middle(rgb: Pixels, box: Box) -> Pixels:
    """Return the pixels (N, 3) of the ellipse in the middle of a face, at most `_SIDE` across."""
    (x, y), wide, high = center(box), _MIDDLE * (box[2] - box[0]), _MIDDLE * (box[3] - box[1])
    part = rgb[window((x - wide, y - high, x + wide, y + high))]
    if not part.size:  # a sliver at the edge rounds to nothing
        return part.reshape(-1, 3)
    zoom = min(1.0, _SIDE / max(part.shape[:2]))
    height, width = (max(1, round(n * zoom)) for n in part.shape[:2])
    across, down = ((np.arange(n) + 0.5) / n * 2 - 1 for n in (width, height))
    pixels: Pixels = shrunk(part, (width, height))[across[None] ** 2 + down[:, None] ** 2 <= 1]
    return pixels
