"""PNG: chunks, and the same image with an allow-list of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from .scan import MOST_PARTS, Scan

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_INTERLACE: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_TEXT: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_ANIMATION: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
# Pillow warns about broken animations, and refuses an image for a large text or a broken profile.
_HIDDEN_FROM_PILLOW: Final = _TEXT | _ANIMATION | {b"eXIf", b"iCCP", b"tIME"}
_TECHNICAL: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT pHYs bKGD hIST cICP mDCV cLLI".split(),
)
_XMP: Final = b"XML:com.adobe.xmp"
# ImageMagick's, in hexadecimal
_RAW_PROFILES: Final = {
    b"Raw profile type exif": "exif",
    b"Raw profile type APP1": "exif",
    b"Raw profile type iptc": "iptc",
    b"Raw profile type 8bim": "iptc",
    b"Raw profile type xmp": "xmp",
}
_MAX_INFLATED: Final = 8 << 20  # of a profile or a text; what is larger is not read


class Chunk(NamedTuple):
    """One chunk; `raw` is all of it, with length, type and checksum."""

    kind: bytes
    payload: bytes
    raw: bytes


def parse(data: bytes) -> tuple[list[Chunk], bool, int]:
    """Return the chunks as far as they can be read, whether the end chunk was there, and where it ended."""
    chunks: list[Chunk] = []
    at = len(SIGNATURE)
    while at + 12 <= len(data) and len(chunks) < MOST_PARTS:
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(data) or not kind.isalpha():
            break
        chunks.append(Chunk(kind, data[at + 8 : end - 4], data[at:end]))
        at = end
        if kind == b"IEND":
            return chunks, True, at
    return chunks, False, len(data)


def scan(data: bytes) -> Scan:
    """Return what a PNG file says about itself."""
    chunks, complete, end = parse(data)
    kinds, exif = set[str](), b""
    profile: bytes | None = None
    for kind, payload, _ in chunks:
        kinds.update(_chunk_kinds(kind))
        if kind == b"eXIf":
            exif = exif or payload.removeprefix(b"Exif\0\0")
        elif kind == b"iCCP":
            profile = payload.partition(b"\0")[2][1:]
    # Only the first packet and the first raw block are read: each of hundreds could inflate to megabytes.
    packet = next((chunk for chunk in chunks if chunk.kind == b"iTXt" and _key(chunk) == _XMP), None)
    raw = next((chunk for chunk in chunks if chunk.kind in _TEXT and _text_kind(chunk) == "exif"), None)
    xmp = _xmp(packet.payload) if packet else b""
    exif = exif or (_raw_profile(raw) if raw else b"")
    kinds.update(_text_kind(chunk) for chunk in chunks if chunk.kind in _TEXT)
    if complete and end < len(data):
        kinds.add("trailing_bytes")
    header = chunks[0].payload if chunks and chunks[0].kind == b"IHDR" else b""
    decodable = data
    if any(chunk.kind in _HIDDEN_FROM_PILLOW for chunk in chunks):
        decodable = SIGNATURE + b"".join(c.raw for c in chunks if c.kind not in _HIDDEN_FROM_PILLOW)
    deep = header[8:9] == b"\x10"
    return Scan(
        "PNG",
        decodable,
        complete,
        frozenset(kinds),
        exif,
        xmp,
        None if profile is None else _inflate(profile),
        deep=deep,
        excessive=len(chunks) >= MOST_PARTS,
    )


def strip(data: bytes, icc: bytes | None) -> bytes | None:
    """Return the image with nothing but what its pixels need, None when in any doubt.

    An animation keeps its default image, which is also what `open_image` shows. gAMA, cHRM and sRGB say
    how the pixels look, so they stay where their numbers are plausible and no profile overruled them.
    """
    chunks, complete, _ = parse(data)
    if not complete or not _well_formed(chunks):
        return None
    out = bytearray(SIGNATURE)
    had_profile = any(chunk.kind == b"iCCP" for chunk in chunks)
    for kind, payload, _ in chunks:
        plausible = _COLOUR_CHUNKS.get(kind)
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND") or (
            plausible is not None and not had_profile and plausible(payload)
        ):
            out += _chunk(kind, payload)
        if kind == b"IHDR" and icc:
            out += _chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc))
    return bytes(out)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + kind + payload + zlib.crc32(kind + payload).to_bytes(4, "big")


def _numbers(payload: bytes) -> list[int]:
    return [int.from_bytes(payload[at : at + 4], "big") for at in range(0, len(payload), 4)]


# Numbers in 1/100000; printable text would read as more than 500 million.
_COLOUR_CHUNKS: Final[dict[bytes, Callable[[bytes], bool]]] = {
    b"gAMA": lambda payload: len(payload) == 4 and _numbers(payload)[0] <= 10_000_000,
    b"cHRM": lambda payload: len(payload) == 32 and max(_numbers(payload)) <= 200_000,
    b"sRGB": lambda payload: len(payload) == 1 and payload[0] <= 3,
}


def _well_formed(chunks: list[Chunk]) -> bool:
    """Whether the chunks that are kept hold exactly one image and nothing beside it."""
    order = [chunk.kind for chunk in chunks if chunk.kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")]
    single = [kind for kind in order if kind != b"IDAT"]
    header = chunks[0].payload
    first = next((at for at, chunk in enumerate(chunks) if chunk.kind == b"IDAT"), None)
    if chunks[0].kind != b"IHDR" or len(header) != 13 or first is None or len(single) != len(set(single)):
        return False
    pixels = [chunk.payload for chunk in chunks if chunk.kind == b"IDAT"]
    consecutive = all(chunk.kind == b"IDAT" for chunk in chunks[first : first + len(pixels)])
    sizes = {chunk.kind: len(chunk.payload) for chunk in chunks}
    key_sizes = {0: 2, 2: 6}  # one transparent colour; a palette has one byte an entry
    entries = sizes.get(b"PLTE", 0) // 3
    key_fits = sizes.get(b"tRNS", 0) in (0, key_sizes.get(header[9])) if header[9] != 3 else True
    palette_fits = sizes.get(b"PLTE", 0) % 3 == 0 and entries <= 256
    if header[9] == 3:
        key_fits = sizes.get(b"tRNS", 0) <= entries
    checksums = all(
        chunk.raw[-4:] == zlib.crc32(chunk.raw[4:-4]).to_bytes(4, "big")
        for chunk in chunks
        if chunk.kind in order
    )
    lengths = sizes[b"IEND"] == 0 and key_fits and palette_fits
    return consecutive and checksums and lengths and _holds_only(b"".join(pixels), _pixel_bytes(header))


def _pixel_bytes(header: bytes) -> int:
    """Return how many bytes the decompressed rows of an image have, filter bytes included; 0 if invalid."""
    width, height = _numbers(header[:8])
    bits = header[8] * _CHANNELS.get(header[9], 0)
    passes = _INTERLACE if header[12] else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    return total if bits else 0


def _holds_only(stream: bytes, expected: int) -> bool:
    """Whether a zlib stream inflates to exactly `expected` bytes and nothing follows it.

    Rows that no decoder asks for, and bytes after the stream, are places where a text can hide.
    """
    inflater = zlib.decompressobj()
    total, rest = 0, stream
    try:
        while not inflater.eof and total <= expected:
            piece = inflater.decompress(rest, 1 << 20)
            if not piece and not inflater.unconsumed_tail:
                break
            total, rest = total + len(piece), inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof and total == expected and not inflater.unused_data


def _inflate(stream: bytes) -> bytes:
    """Return an inflated profile or text; empty when it is broken or too large."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(stream, _MAX_INFLATED)
    except zlib.error:
        return b""
    return plain if inflater.eof else b""


def _chunk_kinds(kind: bytes) -> Iterator[str]:
    named = {b"eXIf": "exif", b"iCCP": "icc", b"tIME": "datetime", **dict.fromkeys(_ANIMATION, "extra_image")}
    if kind in named:
        yield named[kind]
    elif kind not in _TECHNICAL and kind not in _TEXT:
        yield "unknown_block"


def _key(text: Chunk) -> bytes:
    return text.payload[:80].partition(b"\0")[0]  # a key has at most 79 bytes


def _text_kind(text: Chunk) -> str:
    """Return the metadata kind of a text chunk."""
    key = _key(text)
    return "xmp" if key == _XMP and text.kind == b"iTXt" else _RAW_PROFILES.get(key, "text_chunk")


def _xmp(payload: bytes) -> bytes:
    """Return the packet in an iTXt chunk."""
    rest = payload.partition(b"\0")[2]
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflate(text) if rest[:1] == b"\x01" else text


def _raw_profile(chunk: Chunk) -> bytes:
    """Return the bytes of a `Raw profile`: a blank line, a name, a length, then hexadecimal digits."""
    rest = chunk.payload.partition(b"\0")[2]
    text = _inflate(rest[1:]) if chunk.kind == b"zTXt" else rest
    digits = b"".join(text.split(b"\n", 3)[3:])  # not split further: a text can be of line ends alone
    try:
        return bytes.fromhex(digits.decode("ascii")).removeprefix(b"Exif\0\0")
    except ValueError:
        return b""
