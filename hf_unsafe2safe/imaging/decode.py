"""The border to Pillow: hostile bytes become a loaded image or a `StageError` of a closed list."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Final, TypeVar

from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import StageError
from .modes import UnsupportedModeError
from .scan import Scan

T = TypeVar("T")

MAX_PIXELS: Final = 89_478_485
"""Pillow's own default limit, 256 MiB of RGB: above it Pillow itself starts to warn."""
MAX_SIDE: Final = 32_766
"""JPEG's limit: a larger image could not be written in every encoding."""

# The plugins are called directly. `Image.open` would warn about sizes (a warning cannot be silenced for one
# thread only), and would return a phone's JPEG with a second picture as another format.
_PLUGINS: Final[dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]]] = {
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "WEBP": WebPImageFile,
}
# What Pillow raises on broken files: documented is OSError, but its parsers let every kind of arithmetic and
# indexing error through. Not among them: NameError and the like, which would be a bug of ours.
_PILLOW_RAISES: Final = (
    OSError,  # UnidentifiedImageError too
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    MemoryError,  # sizes are capped before, so that this is a lying header
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def bordered(work: Callable[[], T]) -> T:
    """Return what `work` returns; what Pillow raises in it, which may quote the file, becomes a reason.

    Raises:
        StageError: `too_large`, `unsupported_mode` or `decode_error`.
    """
    try:
        return work()
    except Image.DecompressionBombError:
        reason = "too_large"
    except UnsupportedModeError:
        reason = "unsupported_mode"
    except _PILLOW_RAISES:
        reason = "decode_error"
    # Outside of the handlers: Pillow's error does not ride along, not even as __context__.
    raise StageError(reason, stage="open")


def first_frame(scan: Scan, max_pixels: int) -> Image.Image:
    """Return a file's first frame, loaded, as stored (neither turned nor converted).

    Args:
        scan: The file.
        max_pixels: Width times height above which nothing is decoded.

    Raises:
        StageError: `truncated`, `too_large` or `decode_error`.
    """
    if scan.excessive:
        raise StageError("too_large", stage="open")
    if not scan.complete:
        # Decided by structure: Pillow's own check is off in a process that sets LOAD_TRUNCATED_IMAGES.
        raise StageError("truncated", stage="open")
    check_size(scan.size_wh, max_pixels)
    image = bordered(lambda: _PLUGINS[scan.source_format](io.BytesIO(scan.decodable)))
    check_size(image.size, max_pixels)
    bordered(image.load)
    # Pillow's WebP image keeps its decoder with two canvases of its own, 12 bytes a pixel, while it lives.
    return image.copy() if scan.source_format == "WEBP" else image


def check_size(size_wh: tuple[int, int], max_pixels: int) -> None:
    """Raise when an image of this size in pixels is not to be decoded.

    Raises:
        StageError: `too_large`.
    """
    if size_wh[0] * size_wh[1] > max_pixels or max(size_wh) > MAX_SIDE:
        raise StageError("too_large", stage="open")
