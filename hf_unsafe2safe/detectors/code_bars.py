"""The whole of a code made of bars, from the one line across it that a reader reports.

Any stripe of the bars that is left says all that the code says, so the outline must reach both their ends.
"""

import math

import cv2
import numpy as np

from ..records import Pixels

ALIKE = 0.5  # correlation: a line across the same bars; noise as strong as the bars gives 0.7
FAINT = 0.3  # of the usual contrast: bars do not fade further where they go on
GAP = 0.1  # of the code's length: a scratch or a fold of this height does not end the bars
REACH = 4.0  # lengths to either side; taller bars are cut there
MOST_SAMPLES = 512  # along a line; the longest usual codes have some 300 bars and gaps
MOST_LINES = 4096  # to either side


def whole_bars(gray: Pixels, corners: np.ndarray) -> np.ndarray:
    """Return the corners (4, 2) of the rectangle that holds all bars of a code.

    From the middle of the given corners it walks along the bars, both ways, as long as a line across them
    looks like those before.

    Args:
        gray: (H, W) uint8, no side over 32,766 pixels.
        corners: (4, 2) xy pixels of what was read: top left, top right, bottom right, bottom left as the
            code is read. It may be as thin as a line, and askew to the bars.
    """
    middle = corners.mean(axis=0)
    along = corners[1] + corners[2] - corners[0] - corners[3]
    length = float(np.linalg.norm(along)) / 2
    if length < 1:
        return corners
    across = _across_bars(gray, middle, along / (2 * length), length)
    down = np.array([-across[1], across[0]])
    places = (corners - middle) @ np.stack([across, down], axis=1)  # (4, 2): across, along the bars
    (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
    count = min(max(16, math.ceil(right - left)), MOST_SAMPLES)
    reach = min(math.ceil(REACH * length), max(gray.shape), MOST_LINES)
    lines = _sample(
        gray, middle, (across, np.linspace(left, right, count)), (down, np.arange(-reach, reach + 1.0))
    )
    gap = max(2, round(GAP * length))
    top = min(top, -_walk(lines[reach::-1], gap) - 1)
    bottom = max(bottom, _walk(lines[reach:], gap) + 1)
    rectangle = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    found: np.ndarray = middle + rectangle @ np.stack([across, down])
    return found


def _across_bars(gray: Pixels, middle: np.ndarray, along: np.ndarray, length: float) -> np.ndarray:
    """Return the unit vector at a right angle to the bars: the main direction of the gradient there."""
    half, high = math.ceil(length / 2), max(4, math.ceil(0.03 * length))
    normal = np.array([-along[1], along[0]])
    patch = _sample(
        gray, middle, (along, np.arange(-half, half + 1.0)), (normal, np.arange(-high, high + 1.0))
    )
    # Without the edge, where the border rule of the filter would bend the gradient.
    dx, dy = (cv2.Scharr(patch, cv2.CV_32F, *axis)[1:-1, 1:-1] for axis in ((1, 0), (0, 1)))
    angle = 0.5 * math.atan2(2 * float((dx * dy).sum()), float((dx * dx).sum() - (dy * dy).sum()))
    direction: np.ndarray = along * math.cos(angle) + normal * math.sin(angle)
    return direction


def _sample(
    gray: Pixels, middle: np.ndarray, x: tuple[np.ndarray, np.ndarray], y: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the pixels of a turned grid as float32, (len(y steps), len(x steps)).

    Args:
        gray: (H, W) uint8.
        middle: (2,) xy where both steps are 0.
        x: Unit vector of a row, and the steps along it in pixels.
        y: The same for a column.
    """
    (row, xs), (column, ys) = x, y
    places = middle + xs[None, :, None] * row + ys[:, None, None] * column  # (rows, columns, 2)
    maps = places.astype(np.float32)
    grid = cv2.remap(gray, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(grid, np.float32)


def _walk(lines: np.ndarray, gap: int) -> int:
    """Return the index of the last line (N, samples) that still looks like those before, from the first on.

    Looks at the steps from dark to light and back, not at the brightness: what is behind the code may get
    darker from one side to the other for a long way.
    """
    steps = np.diff(lines, axis=1)
    usual, last = steps[0], 0
    for index, line in enumerate(steps[1:], start=1):
        if index - last > gap:
            break
        if line @ usual >= ALIKE * max(np.linalg.norm(line), FAINT * np.linalg.norm(usual)) * np.linalg.norm(
            usual
        ):
            last = index
            usual = 0.8 * usual + 0.2 * line  # follows bars that lean or spread a little
    return last
