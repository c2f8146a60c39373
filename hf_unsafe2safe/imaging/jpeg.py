"""JPEG: segments up to the end of the image, and the same image with an allow-list of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from .scan import MOST_PARTS, Scan

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOF, _SOS, _DQT, _DHT, _DRI, _COM = frozenset({0xC0, 0xC1, 0xC2}), 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
_APP = range(0xE0, 0xF0)
_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # not a stuffed 00, a restart, or fill
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_ICC: Final = b"ICC_PROFILE\0"
_ICC_PIECE: Final = 0xFFFF - 2 - len(_ICC) - 2  # a segment's most, less its length, name and numbering
_MOST_SCANS: Final = 100  # libtiff's limit too; each goes over all pixels, and a real file has about ten
_JFIF: Final = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"  # version 1.1, square pixels, no density, no thumbnail


class Segment(NamedTuple):
    """One marker: its payload without the length, and for a scan the entropy-coded bytes after it."""

    marker: int
    payload: bytes
    entropy: bytes
    start: int  # of the payload, in the file


class Parsed(NamedTuple):
    """All segments up to the end of image, at `end`; not clean when bytes lay between segments."""

    segments: list[Segment]
    complete: bool
    clean: bool
    end: int


def parse(data: bytes) -> Parsed:
    """Return the segments of a JPEG file as far as they can be read."""
    segments: list[Segment] = []
    at, clean = 2, True
    while at + 2 <= len(data) and len(segments) < MOST_PARTS:
        if data[at] != 0xFF or data[at + 1] == 0:
            following = data.find(b"\xff", at + 1)  # libjpeg skips such bytes too
            at, clean = following if following > 0 else len(data), False
        elif data[at + 1] == 0xFF:
            at += 1  # fill
        elif data[at + 1] == 0xD9:
            return Parsed(segments, True, clean, at + 2)
        elif 0xD0 <= data[at + 1] <= 0xD8 or data[at + 1] == 0x01:
            at, clean = at + 2, False  # markers without a length that have no place here
        else:
            marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            body, at = at + 4, at + 2 + size
            if size < 2 or at > len(data):
                break
            payload, entropy = data[body:at], b""
            if marker == _SOS:
                found = _NEXT_MARKER.search(data, at)
                if found is None:
                    break
                entropy, at = data[at : found.start()].rstrip(b"\xff"), found.start()
            segments.append(Segment(marker, payload, entropy, body))
    return Parsed(segments, False, clean, len(data))


def scan(data: bytes) -> Scan:
    """Return what a JPEG file says about itself."""
    parsed = parse(data)
    kinds = {kind for segment in parsed.segments for kind in _segment_kinds(segment)}
    if parsed.complete and parsed.end < len(data):
        kinds.add("trailing_bytes")
    apps = [segment for segment in parsed.segments if segment.marker in _APP]
    scans = sum(segment.marker == _SOS for segment in parsed.segments)
    exif = [segment for segment in apps if segment.marker == 0xE1 and segment.payload.startswith(b"Exif\0\0")]
    xmp = [segment.payload[len(_XMP) :] for segment in apps if segment.payload.startswith(_XMP)]
    decodable = data
    if exif:  # Pillow reads and warns about EXIF while it opens a JPEG: the name is blanked, in place
        blanked = bytearray(data)
        for segment in exif:
            blanked[segment.start : segment.start + 4] = bytes(4)
        decodable = bytes(blanked)
    return Scan(
        "JPEG",
        decodable,
        parsed.complete,
        frozenset(kinds),
        exif=b"".join(segment.payload[6:] for segment in exif),
        xmp=xmp[0] if xmp else b"",
        icc=_profile(apps),
        excessive=scans > _MOST_SCANS or len(parsed.segments) >= MOST_PARTS,
    )


def strip(data: bytes, icc: bytes | None) -> bytes | None:
    """Return the image with nothing but what its pixels need, None when in any doubt."""
    parsed = parse(data)
    kept = [segment for segment in parsed.segments if segment.marker not in _APP and segment.marker != _COM]
    if not (parsed.complete and parsed.clean and _well_formed(kept)):
        return None
    out = bytearray(_SOI)
    for name, segment in _colour_segments(parsed.segments).items():
        out += _segment(segment.marker, _JFIF if name == "jfif" else _adobe(segment))
    pieces = [icc[start : start + _ICC_PIECE] for start in range(0, len(icc), _ICC_PIECE)] if icc else []
    if len(pieces) > 255:
        return None
    for number, piece in enumerate(pieces, 1):
        out += _segment(0xE2, _ICC + bytes([number, len(pieces)]) + piece)
    for segment in kept:
        out += _segment(segment.marker, segment.payload) + segment.entropy
    return bytes(out + _EOI)


def shorten(stripped: bytes, by: int) -> bytes | None:
    """Return a stripped file whose last scan lacks its last `by` bytes, None when it is too short."""
    cut = stripped[: -len(_EOI) - by].rstrip(b"\xff")
    return cut + _EOI if len(parse(stripped).segments[-1].entropy) > by else None


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def _colour_segments(segments: list[Segment]) -> dict[str, Segment]:
    """Return the first JFIF and Adobe headers: whether they are there decides how colours are read."""
    found: dict[str, Segment] = {}
    for segment in segments:
        if segment.marker == 0xE0 and segment.payload.startswith(b"JFIF\0"):
            found.setdefault("jfif", segment)
        if segment.marker == 0xEE and segment.payload.startswith(b"Adobe") and len(segment.payload) >= 12:
            found["adobe"] = segment  # libjpeg lets the last one win
    return found


def _adobe(segment: Segment) -> bytes:
    return b"Adobe\0\x64" + bytes(4) + segment.payload[11:12]  # version 100; only the transform matters


def _well_formed(segments: list[Segment]) -> bool:
    """Whether every segment has exactly the bytes that its own counts ask for, and restarts are in order."""
    frames = [segment for segment in segments if segment.marker in _SOF]
    if len(frames) != 1 or segments[-1].marker != _SOS:
        return False
    interval = 0
    for segment in segments:
        check = _EXACT.get(segment.marker)
        if check is None or not check(segment.payload):
            return False
        if segment.marker == _DRI:
            interval = int.from_bytes(segment.payload, "big")
        restarts = [mark[0] - 0xD0 for mark in _RESTART.findall(segment.entropy)]
        if (restarts and not interval) or restarts != [number % 8 for number in range(len(restarts))]:
            return False
    return True


def _exact_dqt(payload: bytes) -> bool:
    at = 0
    while at < len(payload):
        at += 1 + 64 * (1 + (payload[at] >> 4 & 1))
    return at == len(payload) > 0


def _exact_dht(payload: bytes) -> bool:
    at = 0
    while at + 17 <= len(payload):
        at += 17 + sum(payload[at + 1 : at + 17])
    return at == len(payload) > 0


_EXACT: Final[dict[int, Callable[[bytes], bool]]] = {
    _DQT: _exact_dqt,
    _DHT: _exact_dht,
    _DRI: lambda payload: len(payload) == 2,
    _SOS: lambda payload: len(payload) > 0 and len(payload) == 4 + 2 * payload[0],
    **dict.fromkeys(_SOF, lambda payload: len(payload) > 5 and len(payload) == 6 + 3 * payload[5]),
}


def _profile(apps: list[Segment]) -> bytes | None:
    """Return the colour profile put together from its pieces, None when there is none."""
    pieces = [s.payload[len(_ICC) :] for s in apps if s.marker == 0xE2 and s.payload.startswith(_ICC)]
    return b"".join(piece[2:] for piece in sorted(pieces, key=lambda piece: piece[:1])) if pieces else None


def _segment_kinds(segment: Segment) -> Iterator[str]:
    marker, payload = segment.marker, segment.payload
    if marker == _COM:
        yield "comment"
    if marker not in _APP:
        return
    if marker == 0xED and payload.startswith(b"Photoshop 3.0\0"):
        resources = {b"8BIM\x04\x04": "iptc", b"8BIM\x04\x0c": "thumbnail", b"8BIM\x04\x09": "thumbnail"}
        yield from {kind for name, kind in resources.items() if name in payload} or {"unknown_block"}
        return
    for number, name, kind in _APP_KINDS:
        if marker == number and payload.startswith(name):
            if kind:
                yield kind
            break
    else:
        yield "unknown_block"
    if payload.startswith(b"JFIF\0") and payload[12:14] not in (b"", b"\0\0"):
        yield "thumbnail"


_APP_KINDS: Final = (
    (0xE0, b"JFIF\0", ""),
    (0xE0, b"JFXX\0", "thumbnail"),
    (0xE1, b"Exif\0\0", "exif"),
    (0xE1, _XMP, "xmp"),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\0", "xmp"),
    (0xE2, _ICC, "icc"),
    (0xE2, b"MPF\0", "extra_image"),
    (0xEE, b"Adobe", ""),
)
