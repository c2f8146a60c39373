"""EXIF blocks: which kinds of metadata they hold, and the orientation. No value ever leaves this file."""

from __future__ import annotations

import re
from typing import Final

from . import ifd

ORIENTATION: Final = 274
_MOST_IFDS: Final = 16  # a camera writes four; a file can chain thousands, each read for milliseconds
_SUB_IFDS: Final = frozenset({34665, 34853, 40965})  # EXIF, GPS, interoperability
_KIND_TAGS: Final = {
    "gps": (34853,),
    "owner": (315, 33432, 40093, 42032),  # artist, copyright, XPAuthor, CameraOwnerName
    # make, model, software, host computer; body and lens names and serial numbers; image id; DNG's own
    "device": (271, 272, 305, 316, 42016, 42033, 42034, 42035, 42036, 42037, 50708, 50735),
    "datetime": (306, 36867, 36868, 36880, 36881, 36882, 37520, 37521, 37522),
    # description, document and page name, user comment, XPTitle, XPComment, XPKeywords, XPSubject
    "comment": (269, 270, 285, 37510, 40091, 40092, 40094, 40095),
    "maker_note": (37500,),
    "thumbnail": (513,),
    "xmp": (700,),
    "iptc": (33723, 34377),
    "icc": (34675,),
}
TAG_KIND: Final = {tag: kind for kind, tags in _KIND_TAGS.items() for tag in tags}
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def kinds(block: bytes) -> frozenset[str]:
    """Return the kinds of metadata in an EXIF block, its thumbnail directory included.

    Args:
        block: TIFF-structured bytes (without the leading `Exif`). Broken blocks give what can be read.

    Example:
        >>> sorted(kinds(b""))
        []
    """
    layout = ifd.layout(block)
    if layout is None:
        return frozenset()
    main, following = ifd.read(block, layout.first, layout)
    found = kinds_of_entries(block, main, layout)
    if following and ifd.read(block, following, layout)[0]:
        found |= {"thumbnail"}  # EXIF's second directory describes nothing else
    return found


def kinds_of_entries(block: bytes, entries: dict[int, ifd.Entry], layout: ifd.Layout) -> frozenset[str]:
    """Return the kinds of the tags in a directory and in the directories below it."""
    tags, queue, seen = set(entries), list(entries.values()), set[int]()
    while queue:
        entry = queue.pop()
        if entry.tag not in _SUB_IFDS:
            continue
        for offset in ifd.integers(block, entry, layout)[:1]:
            if offset in seen or len(seen) >= _MOST_IFDS:  # that point at each other, or a chain without end
                continue
            seen.add(offset)
            below, _ = ifd.read(block, offset, layout)
            tags |= set(below)
            queue += below.values()
    return frozenset(TAG_KIND[tag] for tag in tags if tag in TAG_KIND)


def orientation(block: bytes) -> int:
    """Return the orientation tag of an EXIF block as stored, 0 when there is none."""
    layout = ifd.layout(block)
    if layout is None:
        return 0
    entry = ifd.read(block, layout.first, layout)[0].get(ORIENTATION)
    return next(iter(ifd.integers(block, entry, layout)), 0) if entry else 0


def xmp_orientation(packet: bytes) -> int:
    """Return the orientation in an XMP packet, 0 when there is none.

    Example:
        >>> xmp_orientation(b'<rdf:Description tiff:Orientation="6"/>')
        6
    """
    match = _XMP_ORIENTATION.search(packet)
    return int(match[1]) if match else 0
