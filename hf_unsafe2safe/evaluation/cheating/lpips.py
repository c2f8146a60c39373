"""How different does the safe image look, as a whole and where the risk was?"""

import math

from ...records import Box, Pixels
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from ..sizes import safe_like_original
from .lpips_net import LpipsNet

_GROWN = 0.25  # of its width and height, on each side: what is around tells an edit from a hole


class Lpips(Metric):
    """How different a safe image looks from its original, as a whole.

    Formula:
        Over five layers of VGG16: features of both images, each scaled to length 1 at every place, squared
        differences, weighted by channel, averaged over places; then the sum of the layers, and the mean over
        rows. Images with a side over 512 pixels are shrunk, those under 64 enlarged.

    Meaning:
        0 is a copy. Usually reported: 0.1 is hard to see, 0.5 another image of the same layout. As people see
        it, it is less strict than pixels: a small shift changes little.

    Range:
        From 0 on, in practice to about 1; higher means that more was changed.

    Source:
        Unsafe2Safe, section 4 (cheating), with VGG; Zhang et al. (arXiv 1801.03924). Formula and linear
        weights of torchmetrics.

    Pitfalls:
        It tells copies from edits, and nothing else: noise is best here, so read it beside the quality
        metrics. A face that was replaced in a large photo hardly changes it: see `lpips-regions`. A safe
        image of another size is resized first. Figures with AlexNet, and those of large images at their own
        size, are others. Rows in which nothing was risky count too, and are copies by design.
    """

    name = "lpips"
    title = "LPIPS (VGG)"
    dimension = "cheating"
    higher_is_better = True
    high = float("inf")
    option = "lpips"

    def __init__(self, net: LpipsNet) -> None:
        self._net = net

    def observe(self, pair: Pair) -> Observation:
        """Return the distance of both images."""
        return part(*self._net.distances([(pair.original.rgb, safe_like_original(pair))]))

    def fingerprint(self) -> str:
        """Return what tells two networks apart."""
        return f"{self.name},{self._net.version}"


class LpipsRegions(Metric):
    """How different the risky regions look from what they were.

    Formula:
        LPIPS as above of both images cut to each risky region, grown by a quarter of its width and height on
        each side and enlarged to at least 64 pixels; the mean over all regions.

    Meaning:
        0 is a face, text or plate that is still there as it was. Higher is another one, or none.

    Range:
        From 0 on, in practice to about 1; higher means that more was changed.

    Source:
        Unsafe2Safe, section 4 (cheating); inside the regions it is a measure of this package.

    Pitfalls:
        Rows without risky regions are left out. Images with many regions count more. Regions are where the
        result, or a detector, says: what was overlooked is not measured. How different something looks says
        little of who can still be recognised: for this there are the privacy metrics. A safe image that is
        cropped, mirrored or turned is compared at the wrong places and seems edited: read `facesim` and
        `reidentification` there.
    """

    name = "lpips-regions"
    title = "LPIPS (VGG) in risky regions"
    dimension = "cheating"
    higher_is_better = True
    high = float("inf")
    option = "lpips"

    def __init__(self, net: LpipsNet) -> None:
        self._net = net

    def observe(self, pair: Pair) -> Observation:
        """Return the sum of the distances in the regions and how many they are.

        Raises:
            ExcludedRowError: There are no risky regions.
        """
        both = pair.original.rgb, safe_like_original(pair)
        parts = [(cut(both[0], place.box), cut(both[1], place.box)) for place in pair.places]
        shown = [(one, other) for one, other in parts if one.size]
        if not shown:
            raise ExcludedRowError("no risky regions")
        return part(sum(self._net.distances(shown)), len(shown))

    def fingerprint(self) -> str:
        """Return what tells two networks apart."""
        return f"{self.name},{self._net.version}"


def cut(rgb: Pixels, box: Box) -> Pixels:
    """Return the part of an image (H, W, 3) in a box that is grown; empty where nothing of it is inside.

    Example:
        >>> import numpy as np
        >>> image = np.zeros((50, 100, 3), np.uint8)
        >>> boxes = ((10, 10, 30, 20), (90, 40, 120, 60), (200, 0, 220, 9), (float("nan"), 0, 9, 9))
        >>> [cut(image, box).shape[:2] for box in boxes]
        [(16, 30), (15, 18), (0, 0), (0, 0)]
    """
    if not all(map(math.isfinite, box)):
        return rgb[:0, :0]
    height, width = rgb.shape[:2]
    x1, y1, x2, y2 = box
    more_x, more_y = _GROWN * (x2 - x1), _GROWN * (y2 - y1)
    left, top = max(0, math.floor(x1 - more_x)), max(0, math.floor(y1 - more_y))
    right, bottom = min(width, math.ceil(x2 + more_x)), min(height, math.ceil(y2 + more_y))
    return rgb[top:bottom, left:right] if left < right and top < bottom else rgb[:0, :0]
