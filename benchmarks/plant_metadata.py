"""Metadata put into copies of photos: a place, a name, a comment and a thumbnail; no pixel changes."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import PIL.Image

COMMENT = b"Taken at home by Zebulon Quillfeather"
_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5  # types of TIFF
_DESCRIPTION, _ARTIST, _GPS = 0x010E, 0x013B, 0x8825
_COMPRESSION, _THUMBNAIL, _THUMBNAIL_BYTES = 0x0103, 0x0201, 0x0202
_JPEG_START, _APP0, _APP1, _COM = 2, 0xE0, 0xE1, 0xFE
_PNG_START = 33  # signature and IHDR

_Entry = tuple[int, int, int, bytes]  # tag, type, count, value


def plant(data: bytes) -> bytes:
    """Return a JPEG or PNG file with EXIF (GPS, artist, thumbnail) and a comment; others as they are."""
    block = exif(data)
    if data.startswith(b"\xff\xd8"):
        start = _JPEG_START
        if data[start + 1] == _APP0:  # it has to stay the first
            start += 2 + int.from_bytes(data[start + 2 : start + 4])
        segments = _segment(_APP1, b"Exif\0\0" + block) + _segment(_COM, COMMENT)
        return data[:start] + segments + data[start:]
    if data.startswith(b"\x89PNG"):
        chunks = _chunk(b"eXIf", block) + _chunk(b"tEXt", b"Comment\0" + COMMENT)
        return data[:_PNG_START] + chunks + data[_PNG_START:]
    return data


def exif(data: bytes) -> bytes:
    """Return an EXIF block for an image file: description, artist, a place, a small copy of the image."""
    with PIL.Image.open(BytesIO(data)) as image:
        small = image.convert("RGB")
    small.thumbnail((160, 160))
    buffer = BytesIO()
    small.save(buffer, "JPEG")
    thumbnail = buffer.getvalue()
    degrees = struct.pack(">6I", 52, 1, 31, 1, 12, 1)
    gps = [(1, _ASCII, 2, b"N\0"), (2, _RATIONAL, 3, degrees)]
    gps += [(3, _ASCII, 2, b"E\0"), (4, _RATIONAL, 3, degrees)]
    text = COMMENT + b"\0"
    texts = [(tag, _ASCII, len(text), text) for tag in (_DESCRIPTION, _ARTIST)]

    def first(gps_at: int, next_at: int) -> bytes:
        return _directory([*texts, (_GPS, _LONG, 1, struct.pack(">I", gps_at))], 8, next_at)

    gps_at = 8 + len(first(0, 0))
    places = _directory(gps, gps_at, 0)
    second_at = gps_at + len(places)

    def second(thumbnail_at: int) -> bytes:
        numbers = ((_THUMBNAIL, thumbnail_at), (_THUMBNAIL_BYTES, len(thumbnail)))
        where = [(tag, _LONG, 1, struct.pack(">I", number)) for tag, number in numbers]
        return _directory([(_COMPRESSION, _SHORT, 1, struct.pack(">H", 6)), *where], second_at, 0)

    last = second(second_at + len(second(0)))
    return b"MM\0*" + struct.pack(">I", 8) + first(gps_at, second_at) + places + last + thumbnail


def _directory(entries: list[_Entry], at: int, next_at: int) -> bytes:
    """Return an image file directory that begins at `at`, with the values that do not fit into it."""
    rows, values = b"", b""
    values_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        where = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(">I", values_at + len(values))
        values += value + b"\0" * (len(value) % 2) if len(value) > 4 else b""
        rows += struct.pack(">HHI", tag, kind, count) + where
    return struct.pack(">H", len(entries)) + rows + struct.pack(">I", next_at) + values


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def plant_folder(source: Path, target: Path) -> int:
    """Write copies of the photos of a folder with metadata in them, and return how many there are."""
    target.mkdir(parents=True, exist_ok=True)
    paths = sorted(p for p in source.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for path in paths:
        (target / path.name).write_bytes(plant(path.read_bytes()))
    return len(paths)
