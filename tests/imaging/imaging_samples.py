"""Files with planted metadata, built byte by byte so that the tests do not depend on what they test."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
SECRET = "Jane Planted, 48.8583N"
PLAIN = SECRET.encode()
FORMS = (
    PLAIN,
    SECRET.encode("utf-16-le"),
    SECRET.encode("utf-16-be"),
    PLAIN.hex().encode(),
    zlib.compress(PLAIN),
)


def photo(name="people_grace_hopper.jpg", size=(160, 120)):
    with Image.open(PHOTOS / name) as image:
        return image.convert("RGB").resize(size)


def clean(image):
    """A copy without `info`, which some of Pillow's writers pass on."""
    return Image.fromarray(np.asarray(image))


def save(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif_block(main, subs=None, thumbnail=None):
    """TIFF-structured EXIF: `main` is {tag: bytes}, `subs` {pointer tag: {tag: bytes}}."""
    subs = subs or {}
    tables, blob = [], b""

    def entries(table):
        nonlocal blob
        out = []
        for tag, value in sorted(table.items()):
            if isinstance(value, int):
                out.append(struct.pack("<HHIHH", tag, 3, 1, value, 0))
            else:
                value = value.ljust(5, b"\0")
                out.append((tag, len(value), len(blob), value))
                blob += value + b"\0" * (len(value) % 2)
        return out

    order = [main, *subs.values(), *([{513: b"offset", 514: b"length"}] if thumbnail else [])]
    tables = [entries(table) for table in order]
    sizes = [2 + 12 * (len(table) + (len(subs) if i == 0 else 0)) + 4 for i, table in enumerate(tables)]
    starts = [8 + sum(sizes[:i]) for i in range(len(sizes))]
    blob_at = 8 + sum(sizes)
    out = b"II*\0" + struct.pack("<I", 8)
    for i, table in enumerate(tables):
        rows = [
            row if isinstance(row, bytes) else struct.pack("<HHII", row[0], 7, row[1], blob_at + row[2])
            for row in table
        ]
        if i == 0:
            rows += [struct.pack("<HHII", tag, 4, 1, starts[1 + k]) for k, tag in enumerate(subs)]
            rows.sort(key=lambda row: struct.unpack("<H", row[:2]))
        following = starts[-1] if i == 0 and thumbnail else 0
        out += struct.pack("<H", len(rows)) + b"".join(rows) + struct.pack("<I", following)
    return out + blob + (thumbnail or b"")


def full_exif():
    """An EXIF block with every kind that EXIF can hold; each value is the secret."""
    wide = SECRET.encode("utf-16-le")
    return exif_block(
        {271: PLAIN, 306: PLAIN, 315: PLAIN, 270: PLAIN, 40093: wide},
        {34665: {37500: PLAIN, 36867: PLAIN, 42033: PLAIN}, 34853: {1: PLAIN, 2: PLAIN}},
        thumbnail=save(Image.new("RGB", (8, 8)), "JPEG", comment=PLAIN),
    )


FULL_EXIF_KINDS = {"exif", "gps", "owner", "device", "datetime", "maker_note", "thumbnail", "comment"}


def app(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def into_jpeg(data, *segments):
    """Put segments right after the start of image."""
    return data[:2] + b"".join(segments) + data[2:]


def png_chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def into_png(data, *chunks, late=False):
    """Put chunks after the header, or before the end."""
    at = len(data) - 12 if late else 33
    return data[:at] + b"".join(chunks) + data[at:]


def riff_chunk(kind, payload):
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def into_webp(data, *chunks, flags=0x0C):
    """Append chunks to a WebP file, as extended format."""
    with Image.open(io.BytesIO(data)) as image:
        (width, height), alpha = image.size, 0x10 if image.mode == "RGBA" else 0
    body = data[12:]
    if body[:4] != b"VP8X":
        sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body = riff_chunk(b"VP8X", bytes([flags | alpha, 0, 0, 0]) + sides) + body
    body += b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def profile(gamma=1.8, *, space=b"RGB ", text=PLAIN, version=2):
    """A matrix or gray profile with the secret in its description; Adobe RGB's colorants."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(80),
        b"cprt": b"text" + bytes(4) + text,
        b"wtpt": b"XYZ " + bytes(4) + bytes.fromhex("0000f6d6000100000000d32d"),
    }
    if space == b"RGB ":
        numbers = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
        for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), numbers, strict=True):
            tags[name] = b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in xyz))
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    else:
        tags[b"kTRC"] = curve
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I4sB3x4s4s4s", start + len(body), bytes(4), version, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + bytes.fromhex("0000f6d6000100000000d32d") + bytes(48)
    return head + len(tags).to_bytes(4, "big") + table + body


def leaks(data):
    """Whether the secret is in the bytes in any form, inflated streams included."""
    at = data.find(b"\x78")
    inflated = b""
    while at >= 0 and len(data) < 200_000 and at < 4000:  # profiles and texts stand before the pixels
        with contextlib.suppress(zlib.error):
            inflated += zlib.decompressobj().decompress(data[at:], 10_000)
        at = data.find(b"\x78", at + 1)
    return any(form in data or form in inflated for form in FORMS)
