"""Encoded bytes, or a decoded image, as what every later step sees: upright 8-bit pixels, no metadata."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from ..errors import StageError
from . import metadata, modes
from .decode import MAX_PIXELS, bordered, check_size, first_frame
from .modes import Converted, Mode
from .scan import Scan, block_kinds, orientation_of

_XMP_KEY = "XML:com.adobe.xmp"  # Pillow keeps a PNG's XMP under two names


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """One image as the path sees it.

    Args:
        pixels: uint8 array, upright, read-only: (H, W) for L, (H, W, 3) RGB, (H, W, 4) RGBA with colour 0
            under alpha 0.
        mode: L, RGB or RGBA.
        size_wh: Width and height of `pixels`.
        source_format: JPEG, PNG, WEBP, GIF, TIFF, BMP; empty for a decoded image of no known format.
        kept: The source without metadata, losslessly, which decodes to exactly `pixels`; None when the
            pixels must be encoded anew.
        icc: Rebuilt colour profile to encode the pixels with; None for sRGB.
        metadata_kinds: Sorted members of `scan.KINDS` that the source held.
        sha256: Hex digest of the encoded source; for a decoded image of all that is seen of it.
        orientation: EXIF code 1 to 8 by which the stored pixels were turned upright; 1 is not at all.
        context: What the dataset says that the image is about; set by the path. Private.
    """

    pixels: np.ndarray = field(repr=False)
    mode: Mode
    size_wh: tuple[int, int]
    source_format: str
    kept: bytes | None = field(repr=False)
    icc: bytes | None = field(repr=False)
    metadata_kinds: tuple[str, ...]
    sha256: str
    orientation: int = 1
    context: str = field(default="", repr=False)

    @functools.cached_property
    def rgb(self) -> np.ndarray:
        """Colour as uint8 (H, W, 3), contiguous, read-only: L replicated, alpha left away."""
        if self.mode == "RGB":
            return self.pixels
        if self.mode == "L":
            return _frozen(np.repeat(self.pixels[..., None], 3, axis=2))
        return _frozen(np.ascontiguousarray(self.pixels[..., :3]))


def open_image(data: bytes | None, *, max_pixels: int = MAX_PIXELS) -> OpenedImage:
    """Open one encoded image: the first frame, upright, 8-bit; every failure is one row's reason.

    Neither Pillow's settings nor warning filters are touched. The size is checked before decoding.

    Args:
        data: A whole JPEG, PNG, WebP, GIF, TIFF or BMP file.
        max_pixels: Width times height that is still decoded. Above the default Pillow may warn.

    Returns:
        The image; its `kept` was decoded again and compared with the pixels.

    Raises:
        StageError: `missing` (None), `empty`, `not_an_image`, `truncated`, `too_large`, `unsupported_mode`
            or `decode_error`, with stage `open`; never with content.

    Example:
        >>> try:
        ...     open_image(b"GIF")
        ... except StageError as error:
        ...     print(error)
        open: not_an_image
    """
    if data is None:
        raise StageError("missing", stage="open")
    if not data:
        raise StageError("empty", stage="open")
    scan = metadata.scan(data)
    image = first_frame(scan, max_pixels)
    colours = bordered(lambda: modes.convert(image, scan.icc))
    code = scan.upright_code()
    kept = _kept(data, scan, colours, max_pixels) if code == 1 else None
    digest = hashlib.sha256(data).hexdigest()
    pixels = modes.upright(colours.pixels, code)
    return _opened(pixels, colours, scan.source_format, kept, scan.all_kinds(), digest, code)


def open_pil(image: Image.Image, *, max_pixels: int = MAX_PIXELS) -> OpenedImage:
    """Open an already decoded image by the same rules; it is not modified, at most loaded.

    Args:
        image: Pillow image of any mode, at any frame.
        max_pixels: As for `open_image`.

    Returns:
        The image with `kept=None`: what encoded it is not at hand.

    Raises:
        StageError: `truncated` is not told apart here; otherwise as for `open_image`.

    Example:
        >>> open_pil(Image.new("1", (4, 3), 1)).mode
        'L'
    """
    check_size(image.size, max_pixels)
    bordered(image.load)
    # `getexif` would parse with warnings and keep its result in the image.
    blocks = [image.info.get(key) or b"" for key in ("exif", "xmp", "icc_profile")]
    exif, xmp, profile = (block if isinstance(block, bytes) else b"" for block in blocks)
    colours = bordered(lambda: modes.convert(image, profile or None))
    exif = exif.removeprefix(b"Exif\0\0")
    texts = {key for key, value in image.info.items() if isinstance(value, str) and key != _XMP_KEY}
    kinds = set(block_kinds(exif, xmp, profile or None))
    kinds |= {"comment"} if "comment" in image.info else set()
    kinds |= {"text_chunk"} if texts and image.format == "PNG" else set()
    code = orientation_of(exif, xmp)
    pixels = modes.upright(colours.pixels, code)
    shape = f"{colours.mode} {pixels.shape[1]}x{pixels.shape[0]} {code} {' '.join(sorted(kinds))} "
    digest = hashlib.sha256(shape.encode() + (colours.icc or b"") + pixels.tobytes()).hexdigest()
    return _opened(pixels, colours, image.format or "", None, tuple(sorted(kinds)), digest, code)


def flatten(rgba: np.ndarray) -> np.ndarray:
    """Return RGBA pixels composited over white, uint8 (H, W, 3).

    Example:
        >>> flatten(np.array([[[0, 0, 0, 0], [10, 20, 30, 255]]], np.uint8)).tolist()
        [[[255, 255, 255], [10, 20, 30]]]
    """
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _kept(data: bytes, scan: Scan, colours: Converted, max_pixels: int) -> bytes | None:
    """Return the stripped source if it shows exactly the opened pixels and nothing is left over."""
    if scan.deep or not colours.exact:
        return None
    stripped = metadata.strip(data, colours.icc)
    # The net below strip(): whatever a bug there did to the pixels, the image is then encoded anew.
    if stripped is None or not _shows(stripped, colours, max_pixels):
        return None
    shorter = metadata.shorten(stripped)
    return None if shorter and _shows(shorter, colours, max_pixels) else stripped


def _shows(data: bytes, colours: Converted, max_pixels: int) -> bool:
    """Whether a file decodes to exactly these pixels."""
    try:
        image = first_frame(metadata.scan(data), max_pixels)
        seen = bordered(lambda: modes.convert(image, None))
    except StageError:
        return False
    return seen.exact and seen.mode == colours.mode and np.array_equal(seen.pixels, colours.pixels)


def _opened(
    pixels: np.ndarray,
    colours: Converted,
    name: str,
    kept: bytes | None,
    kinds: tuple[str, ...],
    sha256: str,
    code: int,
) -> OpenedImage:
    size_wh = (pixels.shape[1], pixels.shape[0])
    return OpenedImage(_frozen(pixels), colours.mode, size_wh, name, kept, colours.icc, kinds, sha256, code)


def _frozen(pixels: np.ndarray) -> np.ndarray:
    pixels.setflags(write=False)
    return pixels
