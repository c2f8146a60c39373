"""Strings planted in images wherever a file can hold one, and the search for them in what left."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import PIL.Image
import pyarrow.parquet as pq

# What is planted where. Every container has a word of its own, so that a find names the leak.
PLANTED = {
    "EXIF description": "Plantexifdesc",
    "EXIF artist": "Plantartist",
    "EXIF user comment": "Plantusercomment",  # stored in UTF-16, as Windows does
    "GPS area": "Plantgpsarea",
    "XMP": "Plantxmp",
    "JPEG comment": "Plantjpegcomment",
    "JPEG thumbnail": "Plantthumbnail",
    "JPEG trailing bytes": "Planttrailing",
    "Photoshop block": "Plantphotoshop",
    "PNG tEXt": "Planttext",
    "PNG zTXt": "Plantztxt",
    "PNG iTXt": "Plantitxt",
    "WebP EXIF": "Plantwebpexif",
    "WebP XMP": "Plantwebpxmp",
    "GIF comment": "Plantgifcomment",
    "TIFF description": "Planttiffdesc",
}
FOLDER, FILE = "Quillfeather_family_1987", "zebulon_at_the_clinic"


def planted(name: str) -> bytes:
    return PLANTED[name].encode()


def image_of(data: bytes) -> PIL.Image.Image:
    return PIL.Image.open(BytesIO(data)).convert("RGB")


def saved(image: PIL.Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def exif(description: bytes) -> PIL.Image.Exif:
    tags = PIL.Image.Exif()
    tags[0x010E], tags[0x013B] = description.decode(), PLANTED["EXIF artist"]
    tags.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + PLANTED["EXIF user comment"].encode("utf-16-le")
    tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 28: b"ASCII\0\0\0" + planted("GPS area")})
    return tags


def xmp(text: bytes) -> bytes:
    head = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    return head + b"<rdf:Description>" + text + b"</rdf:Description></rdf:RDF></x:xmpmeta>"


def jpeg(image: PIL.Image.Image) -> bytes:
    small = saved(image.resize((8, 8)), "JPEG", comment=planted("JPEG thumbnail"))
    data = saved(
        image,
        "JPEG",
        quality=95,
        exif=exif(planted("EXIF description")),
        xmp=xmp(planted("XMP")),
        comment=planted("JPEG comment"),
    )
    blocks = ((0xE0, b"JFXX\0\x10" + small), (0xED, b"Photoshop 3.0\x008BIM" + planted("Photoshop block")))
    extra = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in blocks)
    return data[:2] + data[2:20] + extra + data[20:] + planted("JPEG trailing bytes")


def png(image: PIL.Image.Image) -> bytes:
    data = saved(image, "PNG")
    texts = {
        b"tEXt": b"One\0" + planted("PNG tEXt"),
        b"zTXt": b"Two\0\0" + zlib.compress(planted("PNG zTXt")),
        b"iTXt": b"Three\0\0\0\0\0" + planted("PNG iTXt"),
    }
    chunks = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in texts.items()
    )
    return data[:33] + chunks + data[33:]  # after IHDR


def encode(image: PIL.Image.Image, form: str) -> bytes:
    if form == "webp":
        options = {"exif": exif(planted("WebP EXIF")), "xmp": xmp(planted("WebP XMP"))}
        return saved(image, "WEBP", lossless=True, exact=True, **options)
    if form == "gif":
        return saved(image, "GIF", comment=planted("GIF comment"))
    if form == "tiff":
        return saved(image, "TIFF", description=PLANTED["TIFF description"])
    return jpeg(image) if form == "jpg" else png(image)


def found_in(parts: Iterable[bytes], wanted: dict[str, str]) -> set[str]:
    """Return the names of the strings that occur in the parts, in any of the encodings that text has."""
    joined = b"\n".join(parts).lower()
    codes = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
    return {
        name for name, text in wanted.items() if any(text.lower().encode(code) in joined for code in codes)
    }


def unpacked(parquet: bytes) -> Iterator[bytes]:
    """Yield everything in a Parquet file, decompressed: all values, the names, the metadata."""
    table = pq.read_table(BytesIO(parquet))
    yield repr(table.schema.metadata).encode()
    yield table.schema.to_string(show_schema_metadata=True, truncate_metadata=False).encode()
    for row in table.to_pylist():
        yield from _leaves(row)


def _leaves(value: Any) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key.encode()
            yield from _leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif isinstance(value, bytes):
        yield value
        yield from _inside(value)
    else:
        yield str(value).encode()


def _inside(data: bytes) -> Iterator[bytes]:
    """Yield what a reader of images sees beside the pixels."""
    try:
        with PIL.Image.open(BytesIO(data)) as image:
            image.load()
            yield repr({**image.info, "exif": dict(image.getexif())}).encode()
            yield from (str(text).encode() for text in getattr(image, "text", {}).values())
    except OSError:
        return
