"""WebP: chunks, and the same image with an allow-list of them."""

from __future__ import annotations

from typing import Final, NamedTuple

from .scan import MOST_PARTS, Scan

_ICC_FLAG, _ALPHA_FLAG = 0x20, 0x10
_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_KINDS: Final = {
    b"EXIF": "exif",
    b"XMP ": "xmp",
    b"ICCP": "icc",
    b"VP8X": "",
    b"ANIM": "",
    b"ANMF": "extra_image",
}


class Chunk(NamedTuple):
    """One RIFF chunk, without its padding."""

    kind: bytes
    payload: bytes


class Parsed(NamedTuple):
    """The chunks of the RIFF form, which ends at `end`."""

    chunks: list[Chunk]
    complete: bool
    end: int


def parse(data: bytes) -> Parsed:
    """Return the chunks of a WebP file as far as they can be read."""
    chunks: list[Chunk] = []
    end = 8 + int.from_bytes(data[4:8], "little")
    at = 12
    while at + 8 <= min(end, len(data)) and len(chunks) < MOST_PARTS:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + size
        if stop > len(data):
            return Parsed(chunks, False, len(data))
        chunks.append(Chunk(data[at : at + 4], data[at + 8 : stop]))
        at = stop + (size & 1)
    complete = len(data) >= end - 1  # some writers count a padding byte that they do not write
    return Parsed(chunks, complete and bool(chunks), max(at, end))


def scan(data: bytes) -> Scan:
    """Return what a WebP file says about itself."""
    parsed = parse(data)
    first = {chunk.kind: chunk.payload for chunk in reversed(parsed.chunks)}
    known = [chunk.kind for chunk in parsed.chunks if chunk.kind not in _PIXELS]
    kinds = {_KINDS.get(kind, "unknown_block") for kind in known} - {""}
    if parsed.complete and parsed.end < len(data):
        kinds.add("trailing_bytes")
    return Scan(
        "WEBP",
        data,
        parsed.complete,
        frozenset(kinds),
        exif=first.get(b"EXIF", b"").removeprefix(b"Exif\0\0"),
        xmp=first.get(b"XMP ", b""),
        icc=first.get(b"ICCP"),
        size_wh=_size_wh(first),
        excessive=len(parsed.chunks) >= MOST_PARTS,
    )


def strip(data: bytes, icc: bytes | None) -> bytes | None:
    """Return the image with nothing but what its pixels need, None when in any doubt or animated."""
    parsed = parse(data)
    kinds = [chunk.kind for chunk in parsed.chunks]
    pixels = [chunk for chunk in parsed.chunks if chunk.kind in _PIXELS]
    shapes = ([b"VP8 "], [b"VP8L"], [b"ALPH", b"VP8 "])
    if not parsed.complete or b"ANMF" in kinds or [chunk.kind for chunk in pixels] not in shapes:
        return None
    extended = next((chunk.payload for chunk in parsed.chunks if chunk.kind == b"VP8X"), b"\0")
    flags = extended[0] & _ALPHA_FLAG | (_ICC_FLAG if icc else 0)
    width, height = _size_wh({chunk.kind: chunk.payload for chunk in pixels})
    out: list[Chunk] = []
    if flags:
        size = (
            (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
            if width and height
            else b""
        )
        out.append(Chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size))
    out += [Chunk(b"ICCP", icc)] if icc else []
    return _join(out + pixels)


def shorten(stripped: bytes, by: int) -> bytes | None:
    """Return a stripped file whose pixels lack their last `by` bytes, None when it is too short."""
    *head, last = parse(stripped).chunks
    return _join([*head, Chunk(last.kind, last.payload[:-by])]) if len(last.payload) > by + 10 else None


def _join(chunks: list[Chunk]) -> bytes:
    body = b"".join(
        chunk.kind + len(chunk.payload).to_bytes(4, "little") + chunk.payload + bytes(len(chunk.payload) & 1)
        for chunk in chunks
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _size_wh(first: dict[bytes, bytes]) -> tuple[int, int]:
    """Return the largest width and height that a header names: which one counts depends on their order."""
    extended, lossy, lossless = (first.get(kind, b"") for kind in (b"VP8X", b"VP8 ", b"VP8L"))
    sizes = [(0, 0)]
    if len(extended) >= 10:
        sizes.append(
            (1 + int.from_bytes(extended[4:7], "little"), 1 + int.from_bytes(extended[7:10], "little"))
        )
    if len(lossy) >= 10:
        sides = int.from_bytes(lossy[6:8], "little"), int.from_bytes(lossy[8:10], "little")
        sizes.append((sides[0] & 0x3FFF, sides[1] & 0x3FFF))
    if len(lossless) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        sizes.append((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    return max(size[0] for size in sizes), max(size[1] for size in sizes)
