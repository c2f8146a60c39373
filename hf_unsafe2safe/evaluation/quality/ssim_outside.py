"""What was no risk is kept: SSIM outside the risky regions."""

import cv2
import numpy as np

from ...extras import need
from ..cheating.ssim import WINDOW, pair_ssim
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair

LEAST = 0.01  # share of the image that must lie outside


def outside(pair: Pair) -> np.ndarray:
    """Return the pixels whose window has none of the risky regions in it, (H, W) bool.

    Raises:
        ExcludedRowError: They are under a hundredth of the image.
    """
    if not pair.places:
        return np.ones(pair.original.rgb.shape[:2], bool)
    near = cv2.dilate(pair.mask, np.ones((WINDOW, WINDOW), np.uint8))
    far = np.asarray(near == 0)
    if far.mean() < LEAST:
        raise ExcludedRowError("risky regions fill the image")
    return far


class OutsideSsim(Metric):
    """How well what was no risk is kept: structural similarity outside the risky regions.

    Formula:
        Mean of the map of `ssim` over the pixels that are at least six pixels away from all risky regions,
        so that no window reaches into one; then over images.

    Meaning:
        1 says that all around the regions is as it was. A tool that rebuilds whole images has less.

    Range:
        -1 to 1; a raw copy has 1. Higher keeps more.

    Source:
        Wang et al., 2004, as `ssim`.

    Pitfalls:
        Compression and resizing lower it a little; see the baseline `reencoded`. A tool that finds no risk
        and changes nothing has 1. What lies outside is judged by the regions that the results or the looks
        name: a missed face is kept and counts as kept. Images that the regions fill are left out, and those
        with a side under 11 pixels. A safe image that is cropped, mirrored or turned is compared at the wrong
        places and seems spoiled: read `facesim` and `reidentification` there.
    """

    name = "ssim-outside"
    title = "SSIM outside the risky regions"
    dimension = "quality"
    higher_is_better = True
    low = -1.0

    def __init__(self) -> None:
        need("evaluate", "SSIM", "skimage")

    def observe(self, pair: Pair) -> Observation:
        """Return the mean of the map outside the regions."""
        kept = outside(pair)
        return part(float(pair_ssim(pair)[kept].mean()))
