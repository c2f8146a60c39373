"""BMP: its header, to know whether the image is whole."""

from __future__ import annotations

from typing import Final

from .scan import Scan

HEADER_SIZES: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
_UNCOMPRESSED: Final = frozenset({0, 3, 6})
_MOST_RLE: Final = 1 << 24  # pixels; Pillow's run-length decoder is Python, up to 3 seconds for so many


def scan(data: bytes) -> Scan:
    """Return what a BMP file says about itself."""
    header = int.from_bytes(data[14:18], "little")
    half = 2 if header == 12 else 4
    width, height = (
        int.from_bytes(data[at : at + half], "little", signed=half == 4) for at in (18, 18 + half)
    )
    bits = int.from_bytes(data[20 + 2 * half : 22 + 2 * half], "little")
    compression = int.from_bytes(data[30:34], "little") if half == 4 else 0
    end = int.from_bytes(data[10:14], "little")
    if compression in _UNCOMPRESSED:
        end += (abs(width) * bits + 31) // 32 * 4 * abs(height)
    declared = int.from_bytes(data[2:6], "little")
    trailing = compression in _UNCOMPRESSED and len(data) > max(end, declared)
    excessive = compression in (1, 2) and abs(width * height) > _MOST_RLE
    kinds = frozenset({"trailing_bytes"} if trailing else ())
    return Scan("BMP", data, complete=len(data) >= max(end, 26), kinds=kinds, excessive=excessive)
