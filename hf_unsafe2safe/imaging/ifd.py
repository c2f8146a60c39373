"""Directories of tags, as TIFF and EXIF share them (TIFF 6.0 section 2; BigTIFF)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

_TYPE_SIZE: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_TYPE_SIZE.update({17: 8, 18: 8})  # BigTIFF: signed and directory 64-bit
# Signed ones too: libtiff takes them, and read as unsigned a negative one is too large for anything.
_INTEGERS: Final = frozenset({1, 3, 4, 6, 8, 9, 13, 16, 17, 18})
_MAX_ENTRIES: Final = 4096  # real directories hold tens


@dataclass(frozen=True)
class Layout:
    """Byte order and field widths of one file."""

    order: Literal["little", "big"]
    big: bool
    first: int

    def number(self, data: bytes, start: int, size: int) -> int:
        """Return an unsigned integer; what lies beyond the end reads as 0."""
        return int.from_bytes(data[start : start + size], self.order) if start + size <= len(data) else 0


class Entry(NamedTuple):
    """One tag: its value is `size` bytes at `start`; `raw` is the entry as it stands in the directory."""

    tag: int
    kind: int
    values: int
    start: int
    size: int
    raw: bytes


def layout(data: bytes) -> Layout | None:
    """Return the layout that a TIFF header declares, None when this is no TIFF structure."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    if data[:2] not in (b"II", b"MM") or len(data) < 8:
        return None
    version = int.from_bytes(data[2:4], order)
    if version == 42:
        return Layout(order, False, int.from_bytes(data[4:8], order))
    if version == 43 and len(data) >= 16:
        return Layout(order, True, int.from_bytes(data[8:16], order))
    return None


def read(data: bytes, offset: int, layout: Layout) -> tuple[dict[int, Entry], int]:
    """Return the directory at `offset` (the first entry of a tag counts) and the next one's offset, or 0.

    An entry whose value lies outside of the data is left out: nothing can read it.
    """
    head, width, half = (8, 20, 8) if layout.big else (2, 12, 4)
    count = layout.number(data, offset, head)
    end = offset + head + count * width
    if not 0 < offset < len(data) or count > _MAX_ENTRIES or end > len(data):
        return {}, 0
    entries: dict[int, Entry] = {}
    for start in range(offset + head, end, width):
        kind, values = layout.number(data, start + 2, 2), layout.number(data, start + 4, half)
        size = _TYPE_SIZE.get(kind, 0) * values
        field = start + 4 + half
        place = field if size <= half else layout.number(data, field, half)
        tag = layout.number(data, start, 2)
        if size and place + size <= len(data):
            entries.setdefault(tag, Entry(tag, kind, values, place, size, data[start : start + width]))
    return entries, layout.number(data, end, half)


def integers(data: bytes, entry: Entry, layout: Layout) -> list[int]:
    """Return an entry's unsigned integers; empty when it holds something else."""
    if entry.kind not in _INTEGERS:
        return []
    width = _TYPE_SIZE[entry.kind]
    return [
        layout.number(data, start, width) for start in range(entry.start, entry.start + entry.size, width)
    ]
