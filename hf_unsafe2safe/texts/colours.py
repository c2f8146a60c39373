"""The light and the main colours of what may be spoken of: pixels outside every region."""

from collections import Counter

import cv2
import numpy as np
import numpy.typing as npt

from ..detectors.geometry import window
from ..records import Box, Pixels

SIDE = 96  # pixels of the long side at which colours are looked at
# Hue of OpenCV's HSV (0-179) up to which a colour has this name.
_HUES = (
    (8, "red"),
    (22, "orange"),
    (34, "yellow"),
    (85, "green"),
    (130, "blue"),
    (160, "purple"),
    (180, "red"),
)
_BOUNDS, _NAMES = zip(*_HUES, strict=True)
_MAJORITY = 0.6  # of an object's pixels, for its colour to be named
_FEWEST = 12  # pixels of the small copy that tell a colour


class Colours:
    """A small copy of an image in which regions count for nothing.

    Args:
        rgb: (H, W, 3) uint8.
        regions: xyxy pixels; a box with a value that is no number hides the whole image.
    """

    def __init__(self, rgb: Pixels, regions: list[Box]) -> None:
        height, width = rgb.shape[:2]
        self._scale = min(1.0, SIDE / max(height, width))
        size_wh = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        small = cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA)
        self._hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
        self._seen: npt.NDArray[np.bool_] = np.ones(small.shape[:2], bool)
        for box in regions:
            if not np.isfinite(box).all():
                self._seen[:] = False
                continue
            x1, y1, x2, y2 = (v * self._scale for v in box)
            self._seen[max(0, int(y1) - 1) : int(y2) + 2, max(0, int(x1) - 1) : int(x2) + 2] = False

    def light(self) -> str:
        """Return how bright the image is, with an article; "" when nothing of it is seen."""
        seen = self._hsv[self._seen]
        if not len(seen):
            return ""
        return ("A dark", "An evenly lit", "A bright")[int(np.digitize(seen[:, 2].mean(), (85, 170)))]

    def mostly(self) -> str:
        """Return the one or two commonest colours; "" when nothing is seen."""
        seen = self._hsv[self._seen]
        if not len(seen):
            return ""
        vivid = seen[(seen[:, 1] > 60) & (seen[:, 2] > 40)]
        if len(vivid) < 0.05 * len(seen):
            return "in grey tones"
        counts = Counter(_NAMES[i] for i in np.digitize(vivid[:, 0], _BOUNDS[:-1]))
        common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return " and ".join(name for name, count in common[:2] if count > 0.15 * len(vivid))

    def of(self, box: Box) -> str:
        """Return the colour of most of a thing; "" when there is none, or too little of it is seen."""
        x1, y1, x2, y2 = (v * self._scale for v in box)
        margin_x, margin_y = 0.2 * (x2 - x1), 0.2 * (y2 - y1)  # the corners of a box show what is behind
        rows, columns = window((x1 + margin_x, y1 + margin_y, x2 - margin_x, y2 - margin_y))
        seen = self._hsv[rows, columns][self._seen[rows, columns]]
        if len(seen) < max(_FEWEST, 0.5 * self._seen[rows, columns].size):
            return ""
        name, count = Counter(map(_named, seen.tolist())).most_common(1)[0]
        return name if count >= _MAJORITY * len(seen) else ""


def _named(hsv: list[int]) -> str:
    hue, saturation, value = hsv
    if value < 50:
        return "black"
    if saturation < 45:
        return "white" if value > 190 else "grey"
    name = _NAMES[int(np.digitize(hue, _BOUNDS[:-1]))]
    return "brown" if name == "orange" and value < 170 else name
