"""TIFF: its first image, under a directory that has nothing but what the pixels need."""

from __future__ import annotations

from typing import Final

from PIL import TiffTags

from . import exif, ifd
from .scan import MOST_PARTS, Scan

_OFFSETS: Final = ((273, 279), (324, 325))  # strips and tiles: offsets, byte counts
_MOST_SAMPLES: Final = 6  # a pixel: Pillow's limit, above which it logs an error
_PROFILE, _XMP, _EXIF_IFD = 34675, 700, 34665
# Size, bits, compression, colour, fill order, strips, planes, fax options, predictor, palette, tiles, inks,
# extra samples, sample format, JPEG tables, the old JPEG style, YCbCr.
_NEEDED: Final = frozenset(
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332}
    | {338, 339, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532}
)
_HARMLESS: Final = frozenset({254, 255, 274, 280, 281, 282, 283, 290, 291, 296, 297, 318, 319})


def scan(data: bytes) -> Scan:
    """Return what a TIFF file says about itself."""
    layout = ifd.layout(data)
    if layout is None:
        return Scan("TIFF", data, complete=False)
    entries, following = ifd.read(data, layout.first, layout)
    kinds = set(exif.kinds_of_entries(data, entries, layout)) - {"thumbnail"}  # tag 513 is old JPEG here
    kinds |= {"extra_image"} if following or 330 in entries else set()
    kinds |= {"exif"} if _EXIF_IFD in entries else set()
    explained = _NEEDED | _HARMLESS | set(exif.TAG_KIND) | {_EXIF_IFD, 330}
    kinds |= {"unknown_block"} if set(entries) - explained else set()
    oriented = entries.get(exif.ORIENTATION)
    code = next(iter(ifd.integers(data, oriented, layout)), 0) if oriented else 0
    samples = entries.get(277)
    crowded = samples is not None and max(ifd.integers(data, samples, layout)[:1], default=0) > _MOST_SAMPLES
    parts = max((entries[tag].values for pair in _OFFSETS for tag in pair if tag in entries), default=0)
    if crowded or parts > MOST_PARTS:
        return Scan("TIFF", data, complete=True, kinds=frozenset(kinds), excessive=True)
    profile, xmp = entries.get(_PROFILE), entries.get(_XMP)
    sides = [_side(data, entries, layout, tags) for tags in ((256, 322), (257, 323))]
    return Scan(
        "TIFF",
        _needed_only(data, entries, layout),
        complete=bool(entries) and _inside(data, entries, layout),
        kinds=frozenset(kinds),
        xmp=data[xmp.start : xmp.start + xmp.size] if xmp else b"",
        icc=data[profile.start : profile.start + profile.size] if profile else None,
        orientation=code if 1 <= code <= 8 else 0,
        size_wh=(sides[0], sides[1]),
    )


def _side(data: bytes, entries: dict[int, ifd.Entry], layout: ifd.Layout, tags: tuple[int, int]) -> int:
    """Return the larger of an image's and its tiles' side: memory is taken for both."""
    found = (ifd.integers(data, entries[tag], layout)[:1] for tag in tags if tag in entries)
    return max((side for sides in found for side in sides), default=0)


def _needed_only(data: bytes, entries: dict[int, ifd.Entry], layout: ifd.Layout) -> bytes:
    """Return the file with a new first directory at its end; every value stays where it is.

    Pillow warns about a tag that has more values than it expects: such tags are left out.
    """
    kept = [
        entry
        for tag, entry in sorted(entries.items())
        if tag in _NEEDED
        and entry.values <= MOST_PARTS
        and (entry.values == 1 or entry.kind == 7 or TiffTags.lookup(tag).length != 1)
    ]
    head, half, at = (8, 8, 8) if layout.big else (2, 4, 4)
    start = len(data) + len(data) % 2
    directory = len(kept).to_bytes(head, layout.order) + b"".join(entry.raw for entry in kept) + bytes(half)
    if start >= 1 << 8 * half:
        return data
    return (
        data[:at]
        + start.to_bytes(half, layout.order)
        + data[at + half :]
        + bytes(start - len(data))
        + directory
    )


def _inside(data: bytes, entries: dict[int, ifd.Entry], layout: ifd.Layout) -> bool:
    """Whether every strip and tile lies within the file."""
    for offsets, counts in _OFFSETS:
        if offsets in entries and counts in entries:
            starts, sizes = (ifd.integers(data, entries[tag], layout) for tag in (offsets, counts))
            if any(start + size > len(data) for start, size in zip(starts, sizes, strict=False)):
                return False
    return any(offsets in entries for offsets, _ in _OFFSETS) or 513 in entries
