"""`blur`: a strong Gaussian. Soft to look at, but it keeps the colours and the light of a face."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..errors import ConfigError
from ..records import EditRequest, ModelInfo, Pixels
from .regions import regions

SHARE = 0.2  # sigma, of the shorter side of a region
LEAST_SHARE, MOST_SHARE = 0.01, 1.0
LEAST_SIGMA = 2.0  # pixels: a share of a small region would leave it as it is
FINEST = 4.0  # pixels: a wider Gaussian is taken at a smaller scale, where it costs the same for any region


class BlurEditor:
    """Blur each connected region by itself: nothing from around it is mixed in.

    Args:
        argument: Sigma as a share of the shorter side of a region, 0.01 to 1, 0.2 by default; larger hides
            more.

    Raises:
        ConfigError: Another argument.
    """

    models: tuple[ModelInfo, ...] = ()
    stochastic = False
    generative = False

    def __init__(self, argument: str = "") -> None:
        self.share = _share(argument)

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region blurred."""
        return [self._one(r.pixels, r.mask) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        return f"blur-1-{self.share}-{cv2.__version__}"

    def _one(self, rgb: Pixels, mask: Pixels) -> Pixels:
        out = rgb.copy()
        for window, inside in regions(mask):
            sigma = max(LEAST_SIGMA, self.share * min(inside.shape))
            blurred = _blurred(rgb[window], inside, sigma)
            out[window][inside] = blurred[inside]
        return out


def _share(argument: str) -> float:
    try:
        share = float(argument or SHARE)
    except ValueError:
        share = 0.0
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise ConfigError(
            f"Editor 'blur' takes a sigma from {LEAST_SHARE} to {MOST_SHARE:g} of a region's shorter side, "
            f"got '{argument}'.",
            hint=f"Use 'blur:{SHARE}'.",
        )
    return share


def _blurred(rgb: Pixels, inside: np.ndarray, sigma: float) -> Pixels:
    """Return a window blurred with the pixels of `inside` alone; what lies outside means nothing."""
    height, width = inside.shape
    scale = min(1.0, FINEST / sigma)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    weighed = np.dstack([rgb * inside[..., None], inside]).astype(np.float32)  # (H, W, 4)
    small = cv2.resize(weighed, size_wh, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma * scale, borderType=cv2.BORDER_CONSTANT)
    # Where there is a pixel of the region its own weight is in the sum, so this divides by more than 0.
    means = small[..., :3] / np.maximum(small[..., 3:], np.finfo(np.float32).tiny)
    result: Pixels = np.rint(cv2.resize(means, (width, height))).astype(np.uint8)
    return result
