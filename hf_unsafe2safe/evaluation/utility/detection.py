"""Do a detector's findings survive? Things found before and after, compared by label and place."""

from collections.abc import Sequence

import numpy as np

from ...detectors.geometry import iou, window
from ...records import Box, Pixels
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Look, Pair, Seen

OVERLAP = 0.5  # least IoU of a thing with itself, as in PASCAL VOC
MOSTLY = 0.5  # share of a box

Thing = tuple[str, Box]


class DetectionAgreement(Metric):
    """How far a detector finds the same things in the safe image as in the original.

    Formula:
        F1 = 2 matches / (things in the original + things in the safe image), summed over all rows. A match
        has the same label and an IoU of 0.5 or more; the best overlaps are matched first, each thing once.
    Meaning:
        1: whatever was there is found again, and nothing was made up. What the detector saw in the original
        is taken for true, so this asks whether labels made before still fit the images.
    Range:
        0 to 1, higher is better. A copy has 1.
    Source:
        F1 of detections at IoU 0.5, Everingham et al., The PASCAL Visual Object Classes challenge, 2010.
    Pitfalls:
        People or cars that an editor was asked to hide count as lost: see `detection-agreement-outside` for
        the rest. The detector knows 80 things and misses small ones. A weak detection near its threshold
        comes and goes with harmless changes: compare with the baseline `reencoded`. Rows where nothing is
        found in either image are excluded. Boxes are compared as shares of the image where sizes differ.
    """

    name, title, dimension = "detection-agreement", "Things found before and after (F1)", "utility"
    higher_is_better, unit = True, "F1"
    needs = ("objects",)

    def observe(self, pair: Pair) -> Observation:
        """Return twice the matches, and the things of both images.

        Raises:
            ExcludedRowError: There is nothing in either image.
        """
        before, after = self._things(pair, pair.original), self._things(pair, pair.safe)
        if not before and not after:
            raise ExcludedRowError("nothing found in either image")
        return part(2 * matches(before, after), len(before) + len(after))

    def _things(self, pair: Pair, seen: Seen) -> list[Thing]:
        return things(seen.looks["objects"], _scale(pair, seen))


class DetectionAgreementOutside(DetectionAgreement):
    """The same for things that lie mostly outside the risky regions.

    Formula:
        As `detection-agreement`, without the things with half or more of their box inside the regions.
    Meaning:
        Whether what was no risk is still found: 1 is what an editor that keeps to the regions should reach,
        but for things that overlap one of them.
    Range:
        0 to 1, higher is better. A copy has 1.
    Source:
        As `detection-agreement`.
    Pitfalls:
        As `detection-agreement`. Without known regions it is the same figure.
    """

    name, title = "detection-agreement-outside", "Things found outside the regions (F1)"

    def _things(self, pair: Pair, seen: Seen) -> list[Thing]:
        return [thing for thing in super()._things(pair, seen) if inside(thing[1], pair.mask) < MOSTLY]


def things(look: Look, scale_xy: tuple[float, float] = (1.0, 1.0)) -> list[Thing]:
    """Return label and box of what the look `objects` found, the boxes scaled.

    Args:
        look: With `boxes` (N, 4) and `labels` (N,).
        scale_xy: Factor of x and of y.
    """
    x, y = scale_xy
    boxes = (look["boxes"].astype(np.float64) * (x, y, x, y)).tolist()
    return [(str(label), (a, b, c, d)) for label, (a, b, c, d) in zip(look["labels"], boxes, strict=True)]


def matches(before: Sequence[Thing], after: Sequence[Thing]) -> int:
    """Return how many things are in both lists: same label, IoU of `OVERLAP` or more, each used once.

    Example:
        >>> matches([("cat", (0, 0, 4, 4)), ("dog", (0, 0, 4, 4))], [("cat", (0, 0, 4, 3))])
        1
    """
    overlaps = sorted(
        ((iou(a[1], b[1]), i, j) for i, a in enumerate(before) for j, b in enumerate(after) if a[0] == b[0]),
        key=lambda found: -found[0],
    )
    left, right = set(range(len(before))), set(range(len(after)))
    for overlap, i, j in overlaps:
        if overlap >= OVERLAP and i in left and j in right:
            left.remove(i)
            right.remove(j)
    return len(before) - len(left)


def inside(box: Box, mask: Pixels) -> float:
    """Return the share of a box, in [0, 1], that a mask marks; what lies beyond the mask is not marked.

    Args:
        box: xyxy pixels.
        mask: (H, W) uint8, 255 where it marks.

    Example:
        >>> inside((0, 0, 2, 2), np.array([[255, 0], [255, 0]], np.uint8))
        0.5
    """
    rows, columns = window(box)
    pixels = float((rows.stop - rows.start) * (columns.stop - columns.start))
    return int(np.count_nonzero(mask[rows, columns])) / pixels


def _scale(pair: Pair, seen: Seen) -> tuple[float, float]:
    """Return the factors from an image's pixels to those of the original."""
    height, width = pair.original.rgb.shape[:2]
    return width / seen.rgb.shape[1], height / seen.rgb.shape[0]
