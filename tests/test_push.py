"""The leak test: a plain mapped dataset is pushed, and every byte that arrives is searched.

The source is a folder with private names, and images with planted strings wherever a file can hold one.
The same search on an unsanitized push must find them, or it proves nothing.
"""

import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, load_dataset
from datasets.table import embed_table_storage

from hf_unsafe2safe import Sanitizer, testing
from tests.loopback_hub import USER, LoopbackHub

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
# What Pillow says of the form of an image; anything else is content.
FORM = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background", "duration", "timestamp"}
FORMATS = ("jpg", "png", "webp", "gif", "tiff")


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of images of every format: kept ones, a face, a name, and a broken file."""
    folder = tmp_path_factory.mktemp("private_source") / FOLDER
    folder.mkdir()
    for form in FORMATS:
        for what, make in (("kept", testing.blank), ("face", testing.with_face), ("name", testing.with_text)):
            image = image_of(make(size_wh=(96, 64)))
            (folder / f"{FILE}_{what}_{form}.{form}").write_bytes(encode(image, form))
    whole = (folder / f"{FILE}_kept_jpg.jpg").read_bytes()
    (folder / f"{FILE}_broken.jpg").write_bytes(whole[: len(whole) - 700])
    return folder


def needles(folder: Path) -> dict[str, str]:
    return {
        **PLANTED,
        "file name": FILE,
        "folder name": FOLDER,
        "parent folder": folder.parent.name,
        "read text": testing.SECRET,
    }


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


def images(parquet: bytes) -> list[dict[str, Any] | None]:
    return pq.read_table(BytesIO(parquet))["image"].to_pylist()


def assert_clean(parquets: list[bytes]) -> None:
    """Assert that every image is one, has no path, and holds nothing but pixels and their form."""
    cells = [cell for parquet in parquets for cell in images(parquet)]
    assert len(cells) == 16
    assert cells.count(None) == 1
    for cell in filter(None, cells):
        assert cell["path"] is None
        with PIL.Image.open(BytesIO(cell["bytes"])) as image:
            image.load()
            assert not image.getexif()
            assert set(image.info) <= FORM


def loaded(folder: Path) -> Dataset:
    # As a user should: names of folders are no labels.
    return load_dataset("imagefolder", data_dir=str(folder), split="train", drop_labels=True)


def embedded(ds: Dataset) -> list[bytes]:
    """Return the Parquet files that `push_to_hub` would make of two shards."""
    files = []
    for index in range(2):
        shard = ds.shard(2, index).with_format("arrow")
        buffer = BytesIO()
        shard.map(embed_table_storage, batched=True, batch_size=4).with_format(None).to_parquet(buffer)
        files.append(buffer.getvalue())
    return files


def test_embedding_finds_nothing_to_embed(folder: Path) -> None:
    ds = loaded(folder)
    safe = ds.map(Sanitizer(**testing.fakes()), batched=True, batch_size=4)
    assert sorted(safe["privacy_status"]) == [0] * 5 + [1] * 10 + [3]
    files = embedded(safe)
    assert_clean(files)
    assert not found_in([*files, *(part for file in files for part in unpacked(file))], needles(folder))


def test_the_search_finds_what_is_planted(folder: Path) -> None:
    files = embedded(loaded(folder))
    hits = found_in([*files, *(part for file in files for part in unpacked(file))], needles(folder))
    assert hits == {*PLANTED, "file name"}  # `datasets` keeps no folder names; the text is in the pixels


PUSH = """
import logging, sys
from datasets import load_dataset
from hf_unsafe2safe import Sanitizer, testing
from tests.loopback_hub import USER, LoopbackHub
ds = load_dataset("imagefolder", data_dir=sys.argv[1], split="train", drop_labels=True)
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)  # loading itself names its files
logging.getLogger("datasets").setLevel(logging.DEBUG)
if sys.argv[2] == "safe":
    ds = ds.map(Sanitizer(**testing.fakes()), batched=True, batch_size=4)
ds.push_to_hub("me/photos", num_shards=2, private=True, token="hf_loopback")
"""


def push(folder: Path, what: str, hub: LoopbackHub) -> str:
    """Push in a new process; return what it printed and logged."""
    done = subprocess.run(
        [sys.executable, "-c", PUSH, str(folder), what],
        env={**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("what", ["safe", "unsafe"])
def test_nothing_private_arrives_at_a_hub(folder: Path, what: str) -> None:
    with LoopbackHub() as hub:
        log = push(folder, what, hub)
    files = hub.files[f"{USER}/photos"]
    parquets = [data for path, data in files.items() if path.endswith(".parquet")]
    assert len(parquets) > 1
    arrived = [*hub.received, *files.values(), *(p.encode() for p in files)]
    hits = found_in([*arrived, *(part for data in parquets for part in unpacked(data))], needles(folder))
    if what == "unsafe":
        assert hits >= {*PLANTED, "file name"}
        return
    assert_clean(parquets)
    assert not hits
    assert "POST /api/repos/create" in b"\n".join(hub.received).decode("latin-1")
    assert "DEBUG" in log
    assert not found_in([log.encode()], needles(folder))
