"""Small pictures for the page: the original and the safe image at the same size."""

from base64 import b64encode
from io import BytesIO

import numpy as np
import PIL.Image

from ..imaging.open import OpenedImage

_SIDES = ((500, 512), (3_000, 320))  # up to so many rows: long side in pixels
_SMALLEST = 200
_QUALITY = 75  # of WebP: on photos about a fifth smaller than 80, and no difference is seen at this size


def long_side(rows: int) -> int:
    """Return how large thumbnails are on a page of so many rows, in pixels.

    Example:
        >>> long_side(500), long_side(501), long_side(10_000)
        (512, 320, 200)
    """
    return next((side for most, side in _SIDES if rows <= most), _SMALLEST)


def small_size(size_wh: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the size of a thumbnail whose long side is at most `side`; nothing is enlarged.

    Example:
        >>> small_size((4000, 10), 200), small_size((64, 48), 200)
        ((200, 1), (64, 48))
    """
    scale = min(1.0, side / max(size_wh))
    return max(1, round(size_wh[0] * scale)), max(1, round(size_wh[1] * scale))


def thumbnail(image: OpenedImage, size_wh: tuple[int, int]) -> str:
    """Return an image at another size as WebP in base64, with its colour profile and nothing else."""
    small = PIL.Image.fromarray(image.pixels)
    if small.size != size_wh:
        small = small.resize(size_wh, PIL.Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = BytesIO()
    # WebP has no grey: a profile for grey pixels would not fit its colours.
    small.save(out, "WEBP", quality=_QUALITY, icc_profile=image.icc if image.mode != "L" else None)
    return b64encode(out.getvalue()).decode("ascii")


def same_pixels(a: OpenedImage, b: OpenedImage) -> bool:
    """Return whether two images look the same in every pixel."""
    return a.icc == b.icc and np.array_equal(a.pixels, b.pixels)
