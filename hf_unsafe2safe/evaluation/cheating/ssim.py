"""Structural similarity (SSIM) to the original: over the image, and inside the risky regions."""

import weakref

import cv2
import numpy as np

from ...extras import need
from ...records import Pixels
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from ..sizes import safe_like_original

# The pair that was looked at last and its map: five metrics ask for it in a row.
_latest: tuple[weakref.ref[Pair], np.ndarray] | None = None

WINDOW = 11  # pixels: the Gaussian of standard deviation 1.5, cut off where Wang et al. cut it


def ssim_map(original: Pixels, safe: Pixels) -> np.ndarray:
    """Return the SSIM around each pixel, (H, W) float64 in [-1, 1], on luminance.

    Args:
        original: (H, W, 3) uint8 RGB, at least `WINDOW` pixels high and wide.
        safe: Of the same size.

    Example:
        >>> photo = np.arange(768, dtype=np.uint8).reshape(16, 16, 3)
        >>> float(ssim_map(photo, photo).mean())
        1.0
    """
    from skimage.metrics import structural_similarity

    gray = (cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (original, safe))
    _, values = structural_similarity(
        *gray, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True
    )
    return np.asarray(values, np.float64)


def pair_ssim(pair: Pair) -> np.ndarray:
    """Return the `ssim_map` of a pair at the size of the original, read-only.

    Raises:
        ExcludedRowError: The original is smaller than a window.
    """
    global _latest
    if _latest is not None and _latest[0]() is pair:
        return _latest[1]
    if min(pair.original.rgb.shape[:2]) < WINDOW:
        raise ExcludedRowError("image smaller than the window of SSIM")
    values = ssim_map(pair.original.rgb, safe_like_original(pair))
    values.setflags(write=False)
    _latest = weakref.ref(pair), values
    return values


def inside(pair: Pair) -> np.ndarray:
    """Return where the risky regions are, (H, W) bool.

    Raises:
        ExcludedRowError: There are none.
    """
    if not pair.places or not pair.mask.any():
        raise ExcludedRowError("no risky regions")
    return np.asarray(pair.mask > 0)


class Ssim(Metric):
    """How alike the safe image and the original are in structure, over the whole image.

    Formula:
        Mean over all windows x of (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a^2 + m_b^2 + c1)(s_a^2 + s_b^2 + c2)):
        means m, variances s^2 and covariance s_ab of the luminance under a Gaussian window of 11 pixels with
        standard deviation 1.5; c1 = (0.01 * 255)^2, c2 = (0.03 * 255)^2.

    Meaning:
        1 is a copy of the original: nothing was done. The lower it is, the more was changed. Read it beside
        `ssim-regions`: an image may be much the same and the faces in it new.

    Range:
        -1 to 1; a raw copy has 1. Lower is less of a copy.

    Source:
        Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural
        similarity, 2004; as a measure of cheating: Unsafe2Safe, section 4.

    Pitfalls:
        It sees luminance alone: a change of hue is none. A shift of two pixels, or another brightness, looks
        like a large change. A safe image of another size is first resized to that of the original. Images
        with a side under 11 pixels are left out. Rows in which nothing was risky count too, and are copies by
        design.
    """

    name = "ssim"
    title = "SSIM to the original"
    dimension = "cheating"
    higher_is_better = False
    low = -1.0

    def __init__(self) -> None:
        need("evaluate", "SSIM", "skimage")

    def observe(self, pair: Pair) -> Observation:
        """Return the mean over the windows inside the image."""
        edge = WINDOW // 2
        return part(float(pair_ssim(pair)[edge:-edge, edge:-edge].mean()))


class RegionSsim(Metric):
    """How alike the safe image and the original are in structure, inside the risky regions.

    Formula:
        Mean of the map of `ssim` over the pixels of the risky regions, then over images.

    Meaning:
        1 says that what was risky is still there as it was. The lower it is, the more was changed where it
        matters.

    Range:
        -1 to 1; a raw copy has 1. Lower is less of a copy.

    Source:
        As `ssim`; restricted to the regions because a small face hardly counts in a large image.

    Pitfalls:
        A low figure does not say that nobody is recognised: a shift or another light lowers it too. Smooth
        regions stay alike under a blur. Windows at the edge of a region see five pixels of what is around
        it. Images without risky regions, and with a side under 11 pixels, are left out. A safe image that is
        cropped, mirrored or turned is compared at the wrong places and seems edited: read `facesim` and
        `reidentification` there.
    """

    name = "ssim-regions"
    title = "SSIM inside the risky regions"
    dimension = "cheating"
    higher_is_better = False
    low = -1.0

    def __init__(self) -> None:
        need("evaluate", "SSIM", "skimage")

    def observe(self, pair: Pair) -> Observation:
        """Return the mean of the map over the regions."""
        regions = inside(pair)
        return part(float(pair_ssim(pair)[regions].mean()))
