"""How much memory an image takes while it is opened, whatever its header says."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hf_unsafe2safe.imaging.decode import MAX_PIXELS
from hf_unsafe2safe.imaging.scan import MOST_PARTS
from tests.imaging.imaging_samples import into_png, photo, png_chunk, profile, save
from tests.imaging.test_imaging_hostile import JPEG, PNG, REFUSED, png_of, profile_of_large_tags, tiff_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "open_memory.py"
# Written in docs/threat-model.md too: with 32 bytes a pixel, 2.7 GiB for the largest image that is opened.
A_PIXEL, A_FILE_BYTE, ALWAYS = 32, 6, 64 << 20


def taken(tmp_path, files):
    """Return the bytes that each file took beyond what the ones before it had taken, and its outcome."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, SCRIPT, *(tmp_path / name for name in files)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name: (int(line.split()[0]), line) for name, line in zip(files, lines, strict=True)}


def jpeg_of(width, height):
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]


def bmp_of(width, height):
    head = struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 1, 0, 0, 0, 0, 0)
    return b"BM" + head


def gif_of(width, height):
    frame = b"," + struct.pack("<4HB", 0, 0, width, height, 0) + b"\x02\x01\0\0;"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + frame


def squeezed(size, fill=b"\0"):
    return zlib.compress(fill * size)


TAGS = (317, 320, 338, 339, 347, 529, 532)
LIES = {
    "png": png_of([(b"IDAT", squeezed(1))], 9400, 9400, 16, 6),
    "long png": png_of([(b"IDAT", squeezed(1))], 30_000, 2900, 8, 2),
    "bmp": bmp_of(9400, 9400),
    "gif": gif_of(9400, 9400),
    "jpeg": jpeg_of(65_500, 1300),
    "tiff": tiff_of(t256=9400, t257=9400, t278=9400, t259=8, t279=20),
    "tiff tags": tiff_of(**{f"t{tag}": (1, MOST_PARTS + 1, 0) for tag in TAGS}),
    "line ends": into_png(PNG, png_chunk(b"zTXt", b"Raw profile type exif\0\0" + squeezed(8 << 20, b"\n"))),
    "profile": into_png(PNG, png_chunk(b"iCCP", b"a\0\0" + zlib.compress(profile_of_large_tags()))),
    "profile bomb": into_png(PNG, png_chunk(b"iCCP", b"a\0\0" + squeezed(1 << 28))),
    "rows": png_of([(b"IDAT", squeezed(1 << 28))], 9, 9, 8, 2),
    **{name: data for name, data, _ in REFUSED},
}


@pytest.mark.slow
def test_headers_that_lie(tmp_path):
    found = taken(tmp_path, LIES)
    assert sum(size for size, _ in found.values()) < 128 << 20, found


def large():
    """Files of 89.4 megapixels: a photo side by side with itself; one at a time, they are large."""
    rgb = np.tile(np.asarray(photo(size=(591, 591))), (16, 16, 1))
    image, gray = Image.fromarray(rgb), Image.fromarray(rgb[..., 0])
    clear = Image.fromarray(np.dstack([rgb, rgb[..., :1]]))
    yield "jpeg", save(image, "JPEG", icc_profile=profile())
    yield "progressive jpeg", save(image, "JPEG", progressive=True, subsampling=0)
    yield "a jpeg of nothing", jpeg_of(9400, 9400)
    yield "png with alpha", save(clear, "PNG", compress_level=1)
    yield "webp", save(image, "WEBP", method=0, quality=50)
    yield "lossless webp", save(clear, "WEBP", lossless=True, method=0, quality=0)
    yield "gif", save(gray, "GIF")
    yield "a gif of nothing", gif_of(4, 4)[:6] + struct.pack("<HH", 9400, 9400) + gif_dot()
    yield "bmp", save(image, "BMP")
    yield "tiff", save(image, "TIFF", compression="tiff_adobe_deflate")
    yield "float tiff", save(Image.fromarray(np.asarray(gray, np.float32)), "TIFF")


def gif_dot():
    return b"\x80\0\0" + bytes(6) + b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0;"


@pytest.mark.slow
def test_the_largest_images(tmp_path):
    for name, data in large():
        size, line = taken(tmp_path, {"file": data})["file"]
        assert "9456x9456" in line or "9400x9400" in line, (name, line)
        assert size < A_PIXEL * MAX_PIXELS + A_FILE_BYTE * len(data) + ALWAYS, (name, line)
        sys.stdout.write(f"{name}: {line}\n")  # with -s: what it really takes
