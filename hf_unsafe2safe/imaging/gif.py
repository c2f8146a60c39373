"""GIF: blocks, to know what is in it; and a file of its first image alone."""

from __future__ import annotations

from typing import Final

from .scan import Scan

_EXTENSION, _IMAGE, _TRAILER, _CONTROL = 0x21, 0x2C, 0x3B, 0xF9
_LABELS: Final = {0xF9: "", 0xFE: "comment", 0x01: "text_chunk"}
_APPLICATIONS: Final = {b"NETSCAPE2.0": "", b"ANIMEXTS1.0": "", b"XMP DataXMP": "xmp", b"ICCRGBG1012": "icc"}


def scan(data: bytes) -> Scan:
    """Return what a GIF file says about itself. Its profile, which no viewer applies, is only named.

    Pillow gets the first image alone: it puts a comment together block by block, for minutes if it is long.
    """
    kinds, images, at = set[str](), 0, 13 + _table(data, 10)
    first, size_wh = bytearray(data[:at]), _size_wh(data, 6)
    while 13 <= at < len(data):
        block = data[at]
        if block == _EXTENSION and at + 2 < len(data):
            label, name = data[at + 1], data[at + 3 : at + 14]
            kinds.add(_APPLICATIONS.get(name, "unknown_block") if label == 0xFF else _LABELS.get(label, ""))
            start, at = at, _after_blocks(data, at + 2)
            first += data[start:at] if label == _CONTROL and not images else b""
        elif block == _IMAGE and at + 10 < len(data):
            start, at = at, _after_blocks(data, at + 11 + _table(data, at + 9))
            if at > 0 and not images:
                first += data[start:at] + b";"
                size_wh = _union(size_wh, _size_wh(data, start + 1), _size_wh(data, start + 5))
            images += at > 0
        elif block == _TRAILER:
            kinds.update({"trailing_bytes"} if at + 1 < len(data) else ())
            break
        else:
            break
    kinds.update({"extra_image"} if images > 1 else ())
    return Scan("GIF", bytes(first), images > 0, frozenset(kinds - {""}), size_wh=size_wh)


def _size_wh(data: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")


def _union(canvas: tuple[int, int], place: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the canvas, which grows where an image reaches beyond it."""
    return max(canvas[0], place[0] + size[0]), max(canvas[1], place[1] + size[1])


def _table(data: bytes, flags_at: int) -> int:
    """Return the size of a colour table in bytes, from the flags before it."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Return where a chain of sub-blocks ends, -1 when the file ends first."""
    while at < len(data):
        if data[at] == 0:
            return at + 1
        at += 1 + data[at]
    return -1
