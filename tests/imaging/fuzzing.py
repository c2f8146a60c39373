"""Seeded mutations of small real files, and what must hold of every one of them.

`python -W error -m tests.imaging.fuzzing FORMAT SEED FIRST LAST` opens the mutations FIRST to LAST - 1 of a
seed. A process of its own makes a crash or a hang in a C library the failure of one run, which names the
mutation: the last number written.
"""

import faulthandler
import hashlib
import io
import logging
import random
import re
import struct
import sys
import time
import zlib
from collections import Counter

import numpy as np
from PIL import Image

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging import metadata
from hf_unsafe2safe.imaging.encode import encode
from hf_unsafe2safe.imaging.modes import SHAPES
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.imaging.scan import KINDS
from hf_unsafe2safe.taxonomy import REASONS
from tests.imaging.fuzz_seeds import looped_exif, seeds
from tests.imaging.imaging_samples import FORMS, SECRET, app, into_jpeg, png_chunk, riff_chunk

MOST_PIXELS = 2_000_000  # what a mutation may claim and still be decoded: the real limit is measured apart
LONGEST_S = 10  # for one file
EDGES = (
    0,
    1,
    2,
    7,
    8,
    255,
    256,
    1300,
    9400,
    32_766,
    32_767,
    65_500,
    65_535,
    1 << 20,
    0x7FFFFFFF,
    1 << 31,
    0xFFFFFFFF,
)


def mutation(kind, seed, number):
    """Return the mutated bytes of one number, the same on every machine."""
    rng = random.Random(f"{kind} {seed} {number}")
    data = bytearray(rng.choice(seeds(kind)))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(_MUTATORS)(data, kind, rng)
    if kind == "PNG" and rng.random() < 0.7:
        mend_checksums(data)
    return bytes(data)


def mend_checksums(data):
    """Make the checksums of a PNG's chunks right again: else a decoder reads no further."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


def _place(data, rng):
    """Return a place in the data: half of them among the headers."""
    return rng.randrange(min(len(data), rng.choice((64, 400, len(data))))) if data else 0


def flip_bits(data, _kind, rng):
    for _ in range(rng.choice((1, 2, 5, 40))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)


def cut(data, _kind, rng):
    del data[_place(data, rng) :]


def drop(data, _kind, rng):
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 4, 12, 64, 300))]


def repeat(data, _kind, rng):
    at, length = _place(data, rng), rng.choice((1, 2, 12, 100, 1000))
    data[at:at] = data[at : at + length] * rng.choice((1, 1, 2, 30))


def lie(data, _kind, rng):
    """Overwrite a number with one at the edge of what its field can hold."""
    at, width = _place(data, rng), rng.choice((1, 2, 2, 4, 4, 8))
    value = rng.choice(EDGES) & ((1 << 8 * width) - 1)
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def swap(data, _kind, rng):
    """Copy one part over another: counts, tags and offsets of other fields."""
    source, target, length = _place(data, rng), _place(data, rng), rng.choice((2, 4, 12))
    data[target : target + length] = data[source : source + length]


def huge(data, kind, rng):
    """Claim other sides where the format keeps them."""
    wide, high = rng.choice(EDGES), rng.choice(EDGES)
    if kind == "PNG" and len(data) > 33:
        data[16:24] = struct.pack(">II", wide, high)
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    elif kind == "BMP":
        data[18:26] = struct.pack("<II", wide, high)
    elif kind == "GIF":
        at = rng.choice((6, data.find(b",") + 5))
        data[at : at + 4] = struct.pack("<HH", wide & 0xFFFF, high & 0xFFFF)
    elif kind == "JPEG" and (found := re.search(rb"\xff[\xc0-\xc2]...", data, re.DOTALL)):
        data[found.end() : found.end() + 4] = struct.pack(">HH", high & 0xFFFF, wide & 0xFFFF)
    elif kind == "WEBP":
        at, size = (24, 6) if data[12:16] == b"VP8X" else (26, 4) if data[12:16] == b"VP8 " else (21, 4)
        data[at : at + size] = rng.choice(EDGES).to_bytes(4, "little") * 2 if size == 4 else rng.randbytes(6)
    elif kind == "TIFF":
        for tag in rng.sample((256, 257, 258, 277, 278, 279, 322, 323, 325), 2):
            at = data.find(tag.to_bytes(2, "little") + b"\x03\0")
            at = at if at >= 0 else data.find(tag.to_bytes(2, "little") + b"\x04\0")
            if at >= 0:
                field = rng.choice((2, 4, 8))
                data[at + field : at + field + 4] = rng.choice(EDGES).to_bytes(4, "little")


def loop(data, kind, rng):
    """Put in EXIF whose directories point at each other; in a TIFF, let an offset point at a directory."""
    block = bytearray(looped_exif())
    for _ in range(rng.choice((0, 1, 4))):
        lie(block, "EXIF", rng)
    if kind == "JPEG":
        data[:] = into_jpeg(bytes(data), app(0xE1, b"Exif\0\0" + block))
    elif kind == "PNG":
        data[33:33] = png_chunk(b"eXIf", bytes(block))
    elif kind == "WEBP":
        data += riff_chunk(b"EXIF", bytes(block))
        data[4:8] = (len(data) - 8).to_bytes(4, "little")
    elif kind == "TIFF" and len(data) > 8:
        at = _place(data, rng)
        data[at : at + 4] = data[4:8]


_MUTATORS = (flip_bits, flip_bits, cut, drop, repeat, lie, lie, swap, huge, loop)


def opened_or_error(data, max_pixels):
    try:
        return open_image(data, max_pixels=max_pixels)
    except StageError as error:
        return error


def check(data, max_pixels=MOST_PIXELS):
    """Open a file and return `opened`, `kept` or the reason; whatever else happens raises."""
    image = opened_or_error(data, max_pixels)
    if isinstance(image, StageError):
        assert image.reason in REASONS
        assert str(image) == f"open: {image.reason}"
        assert image.__cause__ is image.__context__ is None
        return image.reason
    height, width = image.pixels.shape[:2]
    assert image.pixels.dtype == np.uint8
    assert image.pixels.flags.c_contiguous
    assert not image.pixels.flags.writeable
    assert image.mode == SHAPES[2 if image.pixels.ndim == 2 else image.pixels.shape[2]]
    assert image.size_wh == (width, height)
    assert 0 < width * height <= max_pixels
    assert image.rgb.shape == (height, width, 3)
    assert image.source_format == metadata.sniff(data)
    assert list(image.metadata_kinds) == sorted(set(image.metadata_kinds) & set(KINDS))
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    if image.mode == "RGBA":
        assert not image.pixels[image.pixels[..., 3] == 0].any()
    again = open_image(encode(image.pixels, icc=image.icc))
    if image.mode == "RGBA" and again.mode == "RGB":  # WebP leaves away an alpha that is 255 everywhere
        assert (image.pixels[..., 3] == 255).all()
        np.testing.assert_array_equal(again.pixels, image.rgb)
    else:
        np.testing.assert_array_equal(again.pixels, image.pixels)
    if image.kept is None:
        return "opened"
    with Image.open(io.BytesIO(image.kept)) as plain:
        np.testing.assert_array_equal(np.asarray(_plainly(plain)), image.pixels)
    assert set(metadata.found(image.kept)) <= ({"icc"} if image.icc else set())
    assert not any(form in image.kept for form in FORMS)
    assert len(image.kept) <= len(data) + len(image.icc or b"") + 100
    return "kept"


def _plainly(image):
    """Return what Pillow alone shows, without any code of ours."""
    return image.convert(
        "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    )


def main(kind, seed, first, last):
    """Check the mutations of a run: write each number before it is opened, and at last what became of all."""
    seeds(kind)  # made before anything is listened to: Pillow logs what it writes
    logged = io.StringIO()
    logging.basicConfig(level=logging.DEBUG, stream=logged)
    outcomes, slowest = Counter(), (0.0, 0)
    for number in range(int(first), int(last)):
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        faulthandler.dump_traceback_later(LONGEST_S, exit=True)
        data, start = mutation(kind, seed, number), time.monotonic()
        outcomes[check(data)] += 1
        slowest = max(slowest, (time.monotonic() - start, number))
        faulthandler.cancel_dump_traceback_later()
        assert SECRET not in logged.getvalue()
        logged.seek(0)
        logged.truncate()
    sys.stdout.write(f"{dict(outcomes)} slowest {slowest[0]:.2f} s: {slowest[1]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
