"""Whether an edit was one: regions that are nearly what they were, and images that lost their layout."""

import numpy as np

from ...extras import need
from ...imaging.structure import gain, has_structure, structure
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from ..quality.ssim_outside import outside
from ..sizes import safe_like_original
from .ssim import inside, pair_ssim

# Measured in the masked faces of 12 photos: saved again as JPEG at quality 75, 0.93 to 1; brighter by 10,
# from 0.97. Edited by fill, blur, pixelate or inpaint at their defaults: at most 0.88.
TOO_MUCH_LEFT = 0.9
# Measured on 21 photos: blurred with a standard deviation of 20 pixels of 800, at least 0.54; another photo,
# or its halves swapped, at most 0.31.
LAYOUT_LEFT = 0.4


class EditedTooLittle(Metric):
    """How many images with risky regions have them nearly as they were.

    Formula:
        Images whose `ssim-regions` is above 0.9, divided by all images with risky regions.

    Meaning:
        An image counts when the region went through little more than saving it again: compression, another
        brightness, a blur that nobody sees. 0 is best.

    Range:
        0 to 1; a raw copy has 1. Lower is better.

    Source:
        The failure that Unsafe2Safe, section 4, calls cheating; the limit is ours, measured on photos:
        fill, blur, pixelate and inpaint left at most 0.88.

    Pitfalls:
        Above the limit nothing was done; below it nothing is proven: a blur of two pixels has 0.76 and
        hides nobody. Colours alone are no edit. Of several regions in an image the pixels count, so that a
        large edited one hides a small one that was forgotten. Images without risky regions are left out. A
        safe image that is cropped, mirrored or turned is compared at the wrong places and seems edited: read
        `facesim` and `reidentification` there.
    """

    name = "edited-too-little"
    title = "Images edited too little"
    dimension = "cheating"
    higher_is_better = False
    unit = "share"

    def __init__(self) -> None:
        need("evaluate", "SSIM", "skimage")

    def observe(self, pair: Pair) -> Observation:
        """Return 1 for an image whose regions are left nearly as they were."""
        regions = inside(pair)
        return part(float(pair_ssim(pair)[regions].mean() > TOO_MUCH_LEFT))


class EditedTooMuch(Metric):
    """How many images lost their layout: outside of the risky regions another picture is seen.

    Formula:
        Images where the directions of edges outside of the risky regions correlate with those of the
        original by less than 0.4, divided by all images that have edges there. Shifts of up to 8 %, scales of
        5 % and mirror images are tried, and the best counts.

    Meaning:
        An image counts when it is not the same scene any more: labels, boxes and captions of the original
        would be wrong for it. 0 is best.

    Range:
        0 to 1; a raw copy has 0. Lower is better.

    Source:
        Correlation of edge directions: Bigün, Granlund, 1987; Padfield, 2012. The limit is ours, measured on
        photos: other photos reached 0.31, the same under a strong blur had 0.54 and more.

    Pitfalls:
        Light and colours are not looked at: a scene in another style keeps its layout. Neither is what lies
        inside the regions, where a new picture is wanted. A mirror image counts as kept, although boxes
        are wrong in it. Images whose original has no edges outside, or which the regions fill, are left out.
    """

    name = "edited-too-much"
    title = "Images that lost their layout"
    dimension = "cheating"
    higher_is_better = False
    unit = "share"

    def observe(self, pair: Pair) -> Observation:
        """Return 1 for an image that lost its layout."""
        mask = np.where(outside(pair), np.uint8(255), np.uint8(0))
        original = pair.original.rgb
        if not has_structure(original, mask, gain(original, mask)):
            raise ExcludedRowError("nothing to see outside the risky regions")
        return part(float(structure(original, safe_like_original(pair), mask) < LAYOUT_LEFT))
