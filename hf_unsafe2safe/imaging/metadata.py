"""Metadata: which kinds a file holds, and the same file without it, pixel for pixel.

Removal is by allow-list: only what a decoder needs for the pixels is copied, segment by segment, and what
is copied has exactly the length that its own counts ask for. Not covered: bytes before a restart marker or
at the end of any but the last scan of a JPEG, unused tables and palette entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..errors import StageError
from . import bmp, gif, jpeg, png, tiff, webp
from .scan import Scan

_STRIPPERS: Final[dict[str, Callable[[bytes, bytes | None], bytes | None]]] = {
    "JPEG": jpeg.strip,
    "PNG": png.strip,
    "WEBP": webp.strip,
}
_SHORTENERS: Final[dict[str, Callable[[bytes, int], bytes | None]]] = {
    "JPEG": jpeg.shorten,
    "WEBP": webp.shorten,
}
_SCANNERS: Final[dict[str, Callable[[bytes], Scan]]] = {
    "BMP": bmp.scan,
    "GIF": gif.scan,
    "JPEG": jpeg.scan,
    "PNG": png.scan,
    "TIFF": tiff.scan,
    "WEBP": webp.scan,
}
_SIGNATURES: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (png.SIGNATURE, "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)


def sniff(data: bytes) -> str:
    """Return the format that the first bytes declare, empty for none of the six.

    Example:
        >>> sniff(b"GIF89a")
        'GIF'
        >>> sniff(b"BM, said the letter")
        ''
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    is_bmp = data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in bmp.HEADER_SIZES
    return "BMP" if is_bmp else ""


def scan(data: bytes) -> Scan:
    """Return a file's structure without decoding it.

    Raises:
        StageError: `not_an_image` for anything but JPEG, PNG, WebP, GIF, TIFF and BMP.
    """
    name = sniff(data)
    if not name:
        raise StageError("not_an_image", stage="open")
    return _SCANNERS[name](data)


def found(data: bytes) -> tuple[str, ...]:
    """Return the sorted kinds of metadata in a file: members of `scan.KINDS`, never values.

    Raises:
        StageError: `not_an_image`.
    """
    return scan(data).all_kinds()


def strip(data: bytes, icc: bytes | None) -> bytes | None:
    """Return the same pixels without metadata, or None when that cannot be done losslessly.

    What decides how pixels are to be turned goes too: ask only for images that are upright as stored.

    Args:
        data: A whole file of any format.
        icc: Clean profile to put in place of the file's own, None for none.

    Returns:
        A JPEG, PNG or WebP file; None for other formats, for animated WebP, and for any file that has
        bytes which its structure does not account for.
    """
    stripper = _STRIPPERS.get(sniff(data))
    return stripper(data, icc) if stripper else None


def shorten(stripped: bytes) -> bytes | None:
    """Return a stripped file less the last 4 bytes of its compressed pixels, None where that says nothing.

    If it decodes to the same pixels, those bytes were none: something was put behind them. Measured: of
    576 photos as JPEG or WebP none is suspected wrongly, some JPEGs of one flat gray are; 4 and more planted
    bytes are found always. PNG needs no such test: zlib marks its end.
    """
    shortener = _SHORTENERS.get(sniff(stripped))
    return shortener(stripped, 4) if shortener else None
