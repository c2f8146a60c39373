"""Every Pillow mode as 8-bit L, RGB or RGBA, upright.

| Pillow mode | becomes |
|---|---|
| 1, L | L (1: 0 and 255) |
| P | RGB; RGBA with a transparent entry |
| LA, PA, La, RGBa, and L or RGB with a transparent colour | RGBA |
| RGB, RGBX, YCbCr, HSV, LAB | RGB |
| CMYK (YCCK) | RGB through its profile, else Pillow's plain inversion |
| I;16 | L: the upper 8 of 16 bits |
| I | L: as it is if all in 0..255, the upper 8 of 16 bits if all in 0..65535, else its range stretched |
| F | L: 0..1 as 0..255, 0..255 as it is, else its range stretched; not-a-number is 0 |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, cast

import numpy as np
from PIL import Image

from . import icc

Mode = Literal["L", "RGB", "RGBA"]
SHAPES: Final = {2: "L", 3: "RGB", 4: "RGBA"}

_AS_RGBA: Final = frozenset({"LA", "PA", "RGBA"})
_PREMULTIPLIED: Final = {"La": "LA", "RGBa": "RGBA"}
_AS_RGB: Final = frozenset({"P", "RGB", "RGBX", "YCbCr", "HSV"})
_DEEP: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})
_KEEP_AS_IS: Final = frozenset({"1", "L", "P", "LA", "PA", "RGB", "RGBA"})


class UnsupportedModeError(ValueError):
    """No rule says how this Pillow mode becomes 8-bit pixels."""


@dataclass(frozen=True, eq=False)
class Converted:
    """Pixels of one of the three modes.

    Args:
        pixels: uint8 array (H, W), (H, W, 3) or (H, W, 4), writable, owned; not yet upright.
        mode: L, RGB or RGBA.
        icc: The rebuilt profile that the pixels need, None for sRGB.
        exact: Whether a plain reader of the source sees these very pixels, so that the source may be kept.
    """

    pixels: np.ndarray = field(repr=False)
    mode: Mode
    icc: bytes | None = field(repr=False)
    exact: bool


def convert(image: Image.Image, profile: bytes | None) -> Converted:
    """Return a loaded image's pixels as 8-bit L, RGB or RGBA; colour under alpha 0 becomes 0.

    Args:
        image: Loaded Pillow image; not modified.
        profile: Its colour profile as found, None for none.

    Raises:
        UnsupportedModeError: No rule for this mode.
    """
    exact = image.mode in _KEEP_AS_IS
    plain = _plain(image)
    plan = icc.plan(profile, plain.mode)
    converted = _to_srgb(plain, plan.convert_from) if plan.convert_from else None
    if converted is not None:
        plain, exact = converted, False
    if plain.mode == "CMYK":
        plain = plain.convert("RGB")
    pixels = np.array(plain)
    if plain.mode == "RGBA":
        exact &= not _clear_hidden(pixels)
    return Converted(pixels, cast("Mode", plain.mode), plan.keep, exact)


def upright(pixels: np.ndarray, code: int) -> np.ndarray:
    """Return the array turned as EXIF orientation `code` (1-8) asks for.

    Example:
        >>> upright(np.array([[1, 2], [3, 4]], np.uint8), 6).tolist()
        [[3, 1], [4, 2]]
    """
    if code in (5, 6, 7, 8):  # stored on its side
        pixels = pixels.swapaxes(0, 1)
    if code in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if code in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _plain(image: Image.Image) -> Image.Image:
    """Return the image as L, RGB, RGBA or CMYK."""
    mode = image.mode
    if mode in _DEEP:
        return Image.fromarray(_eight_bits(np.asarray(image), mode))
    if mode in _PREMULTIPLIED:
        return image.convert(_PREMULTIPLIED[mode]).convert("RGBA")
    if mode in _AS_RGBA or (mode in ("1", "L", "P", "RGB") and image.has_transparency_data):
        return _as(image, "RGBA")
    if mode in ("1", "L"):
        return _as(image, "L")
    if mode in _AS_RGB:
        return _as(image, "RGB")
    if mode == "LAB":
        return icc.lab_to_srgb(image)
    if mode == "CMYK":
        return image
    raise UnsupportedModeError


def _as(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)  # `convert` would copy


def _eight_bits(values: np.ndarray, mode: str) -> np.ndarray:
    """Return 16-bit, 32-bit or float gray as 8 bits, by the table above."""
    if mode.startswith("I;16"):
        return (values >> 8).astype(np.uint8)
    # In groups of rows: as float64 all at once, the largest image would take 3 GB.
    step = max(1, (1 << 20) // values.shape[1])
    groups = [slice(top, top + step) for top in range(0, len(values), step)]
    ranges = [(part.min(), part.max()) for part in (_finite(values[rows]) for rows in groups)]
    low, high = float(min(pair[0] for pair in ranges)), float(max(pair[1] for pair in ranges))
    out = np.empty(values.shape, np.uint8)
    for rows in groups:
        part = _finite(values[rows])
        if mode == "F" and low >= 0 and high <= 1:
            part *= 255
        elif mode == "I" and low >= 0 and 255 < high <= 65535:
            part //= 256
        elif low < 0 or high > 255:
            part = (part - low) * (255 / ((high - low) or 1))
        out[rows] = np.clip(np.rint(part), 0, 255)
    return out


def _finite(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # some bit patterns of not-a-number warn when they are copied
        return np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the image's colours as sRGB with its alpha untouched, None when the profile is broken."""
    if image.mode != "RGBA":
        return icc.to_srgb(image, profile)
    colours = icc.to_srgb(image.convert("RGB"), profile)
    if colours is not None:
        colours.putalpha(image.getchannel("A"))
    return colours


def _clear_hidden(pixels: np.ndarray) -> bool:
    """Set colour under alpha 0 to 0, in place; whether there was any: erased areas often still hold it."""
    hidden = pixels[..., 3] == 0
    found = bool(pixels[hidden, :3].any())
    pixels[hidden, :3] = 0
    return found
