"""Pixels back to bytes, with nothing in them but the pixels and, if they need one, a colour profile."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
from PIL import Image

from ..errors import ConfigError, StageError
from . import icc as icc_profile
from .modes import SHAPES
from .open import flatten

WEBP_MAX_SIDE: Final = 16_383
_JPEG = re.compile(r"jpeg:([1-9][0-9]?|100)")


@dataclass(frozen=True)
class Encoding:
    """How safe images are written.

    Args:
        name: `auto`, `png`, `webp` or `jpeg`.
        quality: 1 to 100 for `jpeg`, None for the others, which are lossless.
    """

    name: Literal["auto", "png", "webp", "jpeg"]
    quality: int | None = None

    @property
    def lossless(self) -> bool:
        """Whether pixels survive encoding unchanged."""
        return self.name != "jpeg"


def parse_encoding(text: str) -> Encoding:
    """Return the encoding that a setting names.

    Args:
        text: `auto`, `png`, `webp` (lossless) or `jpeg:Q` with Q from 1 to 100.

    Raises:
        ConfigError: Anything else.

    Example:
        >>> parse_encoding("jpeg:95").quality
        95
    """
    if isinstance(text, str) and text in ("auto", "png", "webp"):
        return Encoding(cast("Literal['auto', 'png', 'webp']", text))
    if match := _JPEG.fullmatch(text if isinstance(text, str) else ""):
        return Encoding("jpeg", int(match[1]))
    raise ConfigError(
        f"Encoding {text!r} is not known.",
        hint="Expected auto, png, webp, or jpeg:1 to jpeg:100. Pass encoding='auto' for lossless.",
    )


def encode(pixels: np.ndarray, *, encoding: str = "auto", icc: bytes | None = None) -> bytes:
    """Encode pixels; nothing but the profile is written beside them.

    `auto` is lossless WebP, or PNG where WebP cannot: gray, and sides over 16383 pixels. With `webp`, gray
    becomes RGB; with `jpeg:Q`, alpha is composited over white.

    Args:
        pixels: uint8 array (H, W), (H, W, 3) or (H, W, 4).
        encoding: See `parse_encoding`.
        icc: Profile of the pixels as `OpenedImage.icc` has it; None for sRGB.

    Raises:
        ConfigError: Unknown encoding.
        StageError: `too_large` for `webp` and a side over 16383 pixels.
        ValueError: `pixels` is not an image of that form.

    Example:
        >>> encode(np.zeros((2, 2), np.uint8))[1:4]
        b'PNG'
    """
    chosen = parse_encoding(encoding)
    mode = SHAPES.get(2 if pixels.ndim == 2 else pixels.shape[-1] if pixels.ndim == 3 else 0)
    if pixels.dtype != np.uint8 or mode is None or (pixels.ndim == 3 and mode == "L") or not pixels.size:
        raise ValueError("Expected uint8 pixels of shape (H, W), (H, W, 3) or (H, W, 4).")
    name = _resolve(chosen, mode, max(pixels.shape[:2]))
    if name == "jpeg" and mode == "RGBA":
        pixels = flatten(pixels)
    if name == "webp" and mode == "L":
        pixels = np.repeat(pixels[..., None], 3, axis=2)
        icc = icc_profile.gray_as_rgb(icc) if icc else None
    image, out = Image.fromarray(np.ascontiguousarray(pixels)), io.BytesIO()
    if name == "webp":
        # For lossless, `quality` is effort: 0 costs 50 ms a megapixel, Pillow's default of 80 costs 210 and
        # PNG's default 245, for files within 0.5 % of each other. `exact`: colour under alpha stays.
        image.save(out, "WEBP", lossless=True, method=0, quality=0, exact=True, icc_profile=icc or b"")
    elif name == "png":
        image.save(out, "PNG", compress_level=1, icc_profile=icc)
    else:
        image.save(out, "JPEG", quality=chosen.quality, subsampling=0, icc_profile=icc or b"")
    return out.getvalue()


def _resolve(chosen: Encoding, mode: str, side: int) -> str:
    """Return the container for `auto`, and refuse what WebP cannot hold."""
    if chosen.name == "auto":
        return "png" if mode == "L" or side > WEBP_MAX_SIDE else "webp"
    if chosen.name == "webp" and side > WEBP_MAX_SIDE:
        raise StageError("too_large", stage="encode")
    return chosen.name
