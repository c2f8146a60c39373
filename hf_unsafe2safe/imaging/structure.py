"""How much of the edges of a region another picture shows, wherever it moved them a little.

SSIM falls at a shift of two pixels, a mirror image or another gamma, and nobody would call these another
picture. Here only the directions of edges count: a map of them is the same for any brightness, contrast and
hue, and even for the negative. It is compared over small shifts and scales, and mirrored.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ..records import Pixels

SIDE = 96  # pixels of a square with the area of a region when it is compared; smaller ones stay as they are
REACH = 0.08  # of that side: how far the picture may have moved; at least `_LEAST_REACH` pixels
SCALES = (0.95, 1.0, 1.05)
_LEAST_REACH = 4
_OVERLAP = 0.6  # of the region that must still lie in the region of the moved picture
_NOISE = 4.0  # grey levels a pixel: weaker edges count less
# Mean squared strength of edges. Measured before grey levels were spread: of sensor noise and sky at most
# 0.034, of 135 faces, persons, lines of text, vehicles and whole photos at least 0.056. Spread, noise up to a
# standard deviation of 3 stays below, and a sky does not.
_FLAT = 0.04
_GONE = 0.001  # of the other picture: a copy may be pale
_LEAST_PIXELS = 16
# A picture in the dark or in fog is one too, whatever is left of its contrast: its grey levels are spread to
# this standard deviation before it is called flat. Not without end: noise would become a picture.
_CONTRAST, _MOST_GAIN = 40.0, 12.0


class _Edges(NamedTuple):
    """A map of edges (h, w): complex, its angle twice that of the edge, its size the strength."""

    field: np.ndarray
    inside: np.ndarray  # (h, w) bool: where it is known


def structure(
    original: Pixels, candidate: Pixels, mask: Pixels, gains: tuple[float, float] | None = None
) -> float:
    """Return how alike the edges of two pictures are inside a mask, in [-1, 1]; 0 where there are none.

    1 is a copy, whatever was done to its light and colours; pictures that have nothing to do with each other
    have about 0.1.

    Args:
        original: (H, W, 3) uint8 RGB.
        candidate: Of the same size.
        mask: (H, W) uint8; pixels where it is 0 are not looked at.
        gains: By how much the grey levels of both are spread, see `gain`; None for what the mask asks for.
            For a part of a region those of the whole: a wall beside a face stays a wall.

    Source: directions of edges as squares of complex gradients: Bigün, Granlund, Optimal orientation
    detection of linear symmetry, 1987. Correlation of masked pictures: Padfield, Masked object registration
    in the Fourier domain, 2012.
    """
    if not mask.any():
        return 0.0
    before, after, inside = _cut(original, candidate, mask > 0)
    first, second = gains or (_gain(before, inside), _gain(after, inside))
    before, after = before * first, after * second
    known = _edges(before, inside)
    if _is_flat(known):
        return 0.0
    size = int(known.inside.sum())
    reach = max(_LEAST_REACH, round(REACH * size**0.5))
    best = max(_correlation(known, _edges(*moved), reach) for moved in _moved(after, inside))
    return min(1.0, best)


def has_structure(rgb: Pixels, mask: Pixels, spread: float) -> bool:
    """Return whether there is anything to see inside a mask; if not, `structure` is 0.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W) uint8; pixels where it is 0 are not looked at.
        spread: By how much the grey levels are spread, see `gain`.
    """
    if not mask.any():
        return False
    picture, _, inside = _cut(rgb, rgb, mask > 0)
    return not _is_flat(_edges(picture * spread, inside))


def _is_flat(edges: _Edges) -> bool:
    size = int(edges.inside.sum())
    return size < _LEAST_PIXELS or bool((np.abs(edges.field) ** 2).sum() < _FLAT * size)


def _cut(
    original: Pixels, candidate: Pixels, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return luminance, luminance and mask of the region, made smaller to about `SIDE` squared pixels."""
    x, y, width, height = cv2.boundingRect(inside.astype(np.uint8))
    place = slice(y, y + height), slice(x, x + width)
    parts = [original[place], candidate[place], np.where(inside[place], np.uint8(255), np.uint8(0))]
    scale = min(1.0, SIDE / max(1.0, float(np.count_nonzero(inside)) ** 0.5))
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        parts = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in parts]
    return _luminance(parts[0]), _luminance(parts[1]), parts[2] > 127


def gain(rgb: Pixels, mask: Pixels) -> float:
    """Return the factor that gives the region of a picture the contrast of one in good light, 1 to 12.

    Args:
        rgb: (H, W, 3) uint8.
        mask: (H, W) uint8; the region is where it is not 0.
    """
    return _gain(_luminance(rgb), mask > 0)


def _gain(picture: np.ndarray, inside: np.ndarray) -> float:
    deviation = float(picture[inside].std()) if inside.any() else 0.0
    return min(_MOST_GAIN, max(1.0, _CONTRAST / max(deviation, 1e-6)))


def _moved(picture: np.ndarray, inside: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a picture (h, w) and its region at all scales, then all mirrored."""
    height, width = picture.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    for mirrored in (1, -1):
        for scale in SCALES:
            turn = np.diag([scale * mirrored, scale])
            matrix = np.c_[turn, middle - turn @ middle]
            warped = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            region = cv2.warpAffine(inside.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST)
            yield warped, region > 0


def _edges(picture: np.ndarray, inside: np.ndarray) -> _Edges:
    known = inside.astype(np.float32)
    smooth = _blur(picture * known, 1) / np.maximum(_blur(known, 1), 1e-3)
    # An edge of the region itself is none of the picture's.
    inner = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).astype(np.float32)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, *axis) / 32 for axis in ((1, 0), (0, 1)))
    strength = np.hypot(across, down) * inner
    size = np.maximum(strength, 1e-6)
    twice = (across**2 - down**2) * inner / size, 2 * across * down * inner / size
    around = np.sqrt(_blur(strength**2, 4) / np.maximum(_blur(inner, 4), 1e-3)) + _NOISE
    field = (_blur(twice[0], 1) + 1j * _blur(twice[1], 1)) / around
    return _Edges(field * inner, inner > 0)


def _correlation(a: _Edges, b: _Edges, reach: int) -> float:
    """Return the highest correlation of two maps over all shifts of at most `reach` pixels."""
    shape = [cv2.getOptimalDFTSize(n + reach) for n in a.field.shape]
    parts = [(e.field, np.abs(e.field) ** 2, e.inside.astype(np.float64)) for e in (a, b)]
    (field_a, power_a, inside_a), (field_b, power_b, inside_b) = (
        [np.fft.fft2(part, shape) for part in one] for one in parts
    )
    shifts = np.ix_(*2 * [np.r_[0 : reach + 1, -reach:0]])

    def shared(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        sums: np.ndarray = np.fft.ifft2(x * np.conj(y)).real[shifts]
        return sums

    common, known = shared(inside_a, inside_b), float(a.inside.sum())
    energy_a, energy_b = shared(power_a, inside_b), shared(inside_a, power_b)
    least = _GONE * known
    seen = (common >= _OVERLAP * known) & (energy_a > least) & (energy_b > least)
    if not seen.any():
        return 0.0
    both = np.sqrt(energy_a[seen] * energy_b[seen])
    return float((shared(field_a, field_b)[seen] / both).max())


def _blur(values: np.ndarray, sigma: float) -> np.ndarray:
    smooth = cv2.GaussianBlur(values.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(smooth)


def _luminance(rgb: Pixels) -> np.ndarray:
    """Return the (H, W) float32 luminance of RGB pixels, in [0, 255]; ITU-R 601 as Pillow's mode L."""
    return np.asarray(rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))
