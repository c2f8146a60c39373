"""What an encoded file says about itself, read without decoding and without Pillow.

Pillow warns about and logs the values of tags while it reads them (`Corrupt EXIF data`, the TIFF tags at
DEBUG), and neither can be silenced for one thread only. So the containers are read here, and Pillow is
given bytes in which there is nothing left to warn about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from . import exif as exif_block

KINDS: Final = (
    "exif",  # an EXIF block, whatever is in it
    "gps",
    "owner",  # artist, copyright, camera owner, Windows' author
    "device",  # make, model, serial numbers, software, host computer
    "datetime",
    "maker_note",
    "thumbnail",  # a small copy of the image, often older than the last crop or edit
    "xmp",
    "iptc",
    "comment",  # JPEG and GIF comments, descriptions, titles, keywords
    "text_chunk",  # PNG and GIF text
    "icc",
    "extra_image",  # further frames and pages, a phone's second picture
    "unknown_block",  # an application's own segment or chunk
    "trailing_bytes",  # whatever follows the end of the image
)
"""The closed list of metadata kinds: names of kinds, never values."""

MOST_PARTS: Final = 200_000
"""Segments, chunks or strips of one file, so that none is read for minutes. The largest image that is opened
has 90,000 chunks of 8 KiB, as libpng writes them, or 196,596 strips of one row in six planes."""


@dataclass(frozen=True, eq=False)
class Scan:
    """One file's structure.

    Args:
        source_format: `JPEG`, `PNG`, `WEBP`, `GIF`, `TIFF` or `BMP`.
        decodable: The bytes to give to Pillow: the same pixels, nothing to warn about.
        complete: False when the file ends before its (first) image does.
        kinds: Members of `KINDS` found outside the EXIF and XMP blocks below.
        exif: TIFF-structured EXIF block; empty when there is none.
        xmp: XMP packet; empty when there is none.
        icc: The file's own colour profile, not to be trusted, or None.
        orientation: Orientation from the container itself (TIFF), 0 when it has none.
        size_wh: Size from the header where it is known before Pillow opens the file, else (0, 0).
        deep: Whether the file holds more than 8 bits a channel, which no 8-bit look can inspect.
        excessive: Whether decoding would take far more time or memory than an image of this size needs.
    """

    source_format: str
    decodable: bytes = field(repr=False)
    complete: bool
    kinds: frozenset[str] = frozenset()
    exif: bytes = field(default=b"", repr=False)
    xmp: bytes = field(default=b"", repr=False)
    icc: bytes | None = field(default=None, repr=False)
    orientation: int = 0
    size_wh: tuple[int, int] = (0, 0)
    deep: bool = False
    excessive: bool = False

    def all_kinds(self) -> tuple[str, ...]:
        """Return every kind found, sorted."""
        return tuple(sorted(self.kinds | block_kinds(self.exif, self.xmp, self.icc)))

    def upright_code(self) -> int:
        """Return the EXIF orientation 1-8 that applies; 1 when there is none or it is invalid."""
        return self.orientation or orientation_of(self.exif, self.xmp)


def block_kinds(exif: bytes, xmp: bytes, icc: bytes | None) -> frozenset[str]:
    """Return the kinds that an EXIF block, an XMP packet and a colour profile stand for."""
    present = {"exif": bool(exif), "xmp": bool(xmp), "icc": icc is not None}
    named = frozenset(kind for kind, there in present.items() if there)
    return named | exif_block.kinds(exif)


def orientation_of(exif: bytes, xmp: bytes) -> int:
    """Return the orientation 1-8 of EXIF, else of XMP (as Pillow and so `datasets` do), else 1."""
    code = exif_block.orientation(exif) or exif_block.xmp_orientation(xmp)
    return code if 1 <= code <= 8 else 1
