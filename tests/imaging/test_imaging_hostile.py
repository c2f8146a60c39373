"""Files that were found to warn, to fail, or to take minutes or memory: each as small as it can be."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging import gif, icc, png
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.imaging.scan import MOST_PARTS
from tests.imaging import fuzz_seeds
from tests.imaging.imaging_samples import (
    PLAIN,
    app,
    into_png,
    into_webp,
    photo,
    png_chunk,
    profile,
    riff_chunk,
    save,
)

JPEG, PNG, WEBP = (save(photo(), kind) for kind in ("JPEG", "PNG", "WEBP"))
SIGNATURE = b"\x89PNG\r\n\x1a\n"
NUMBERS = Image.fromarray(np.array([[0x7F800001, 0x3F800000]], np.uint32).view(np.float32))


def grown(base, at, part, count):
    """A file with very many copies of one part."""
    return base[:at] + part * count + base[at:]


def frame_beyond_its_canvas():
    frame = b"," + struct.pack("<4HB", 0, 0, 12_000, 9000, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6) + frame + b";"


def signed_tiles():
    data = bytearray(fuzz_seeds.tiled_tiff())
    for tag in (322, 323):
        at = data.rindex(struct.pack("<HHI", tag, 4, 1))
        data[at : at + 12] = struct.pack("<HHII", tag, 9, 1, 32_000)
    return bytes(data)


def tiff_of(**changes):
    tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 4, 279: 16}
    return fuzz_seeds.tiff(
        tags | {int(tag[1:]): value for tag, value in changes.items()}, bytes(MOST_PARTS + 1)
    )


def many_scans(count):
    data = save(photo(size=(64, 48)), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * count + b"\xff\xd9"


def png_of(chunks, *sizes):
    """A PNG that says it has sizes (width, height, bits, colour) and holds these chunks."""
    header = (b"IHDR", struct.pack(">2I5B", *sizes, 0, 0, 0))
    return SIGNATURE + b"".join(png_chunk(*chunk) for chunk in (header, *chunks, (b"IEND", b"")))


def rle_of(width, height):
    data = fuzz_seeds.rle_bmp()
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def webp_with_a_second_header():
    data = bytearray(save(photo(size=(40, 30)), "WEBP", lossless=True)[12:])
    data[9:13] = (int.from_bytes(data[9:13], "little") | 0x3FFF | 0x3FFF << 14).to_bytes(4, "little")
    data += riff_chunk(b"VP8X", bytes(4) + (39).to_bytes(3, "little") + (29).to_bytes(3, "little"))
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + bytes(data)


REFUSED = [
    # Pillow warned of a size that only the frame has, not the screen
    ("gif frame beyond its canvas", frame_beyond_its_canvas(), "too_large"),
    # libtiff reads tile sides of signed types, which were not looked at: 1 GB for a kilobyte
    ("tiff tiles of a signed size", signed_tiles(), "too_large"),
    # Pillow logs an error
    ("tiff of seven samples", tiff_of(t277=7), "too_large"),
    ("tiff of many strips", tiff_of(t273=(1, MOST_PARTS + 1, 0), t279=(1, MOST_PARTS + 1, 0)), "too_large"),
    # Pillow's decoder of run lengths is Python: 16 seconds for 40 kB
    ("rle bmp of 25 megapixels", rle_of(5000, 5000), "too_large"),
    # a scan goes over all pixels, however few bytes it has
    ("jpeg of 110 scans", many_scans(101), "too_large"),
    ("jpeg of many segments", grown(JPEG, 2, app(0xE5, b""), MOST_PARTS), "too_large"),
    ("png of many chunks", grown(PNG, 33, png_chunk(b"IDAT", b""), MOST_PARTS), "too_large"),
    ("webp of many chunks", into_webp(WEBP, riff_chunk(b"abcd", b"") * MOST_PARTS), "too_large"),
    # what libwebp takes memory for is in the first header, whichever that is
    ("webp with a second header", webp_with_a_second_header(), "too_large"),
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "data", "reason"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(name, data, reason, caplog, capfd):
    with caplog.at_level("INFO"), pytest.raises(StageError, match=f"^open: {reason}$"):
        open_image(data)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


OPENED = [
    # bit patterns of not-a-number that warn when they are copied
    ("a float that signals", save(NUMBERS, "TIFF"), [[0, 255]]),
    # the range of one value cannot be stretched
    ("one large float", save(Image.new("F", (2, 1), 300), "TIFF"), [[0, 0]]),
    ("one large integer", save(Image.new("I", (2, 1), 70_000), "TIFF"), [[0, 0]]),
    ("one negative integer", save(Image.new("I", (2, 1), -5), "TIFF"), [[0, 0]]),
    ("a tag that claims the whole file", tiff_of(t320=(1, MOST_PARTS + 1, 0)), np.zeros((4, 4))),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "data", "pixels"), OPENED, ids=[case[0] for case in OPENED])
def test_opened(name, data, pixels):
    np.testing.assert_array_equal(open_image(data).pixels, pixels)


def test_deep_images_are_converted_alike_in_groups_of_rows():
    values = np.linspace(-3, 900, 1500 * 1400, dtype=np.float32).reshape(1500, 1400)  # 2 groups
    expected = np.rint((values.astype(np.float64) + 3) * 255 / 903)
    assert np.abs(open_image(save(Image.fromarray(values), "TIFF")).pixels - expected).max() <= 1


def test_good_files_near_the_limits_stay():
    assert open_image(fuzz_seeds.rle_bmp()).size_wh == (40, 30)
    assert open_image(many_scans(80)).size_wh == (64, 48)
    assert open_image(fuzz_seeds.tiled_tiff()).mode == "RGB"


def test_rows_that_another_first_chunk_accounts_for_are_not_kept():
    sizes = [struct.pack(">2I5B", 10, height, 8, 2, 0, 0, 0) for height in (15, 10)]
    rows = zlib.compress(bytes(10 * 31) + PLAIN.rjust(5 * 31, b"\0"))
    chunks = ((b"prVt", sizes[0]), (b"IHDR", sizes[1]), (b"IDAT", rows), (b"IEND", b""))
    opened = open_image(SIGNATURE + b"".join(png_chunk(*chunk) for chunk in chunks))
    assert opened.size_wh == (10, 10)
    assert opened.kept is None


def test_a_small_png_inflates_few_texts(monkeypatch):
    calls = []
    real = png._inflate
    monkeypatch.setattr(png, "_inflate", lambda stream: calls.append(1) or real(stream))
    bomb = zlib.compress(bytes(9 << 20))
    texts = (
        png_chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
        png_chunk(b"iCCP", b"a\0\0" + bomb),
    )
    assert open_image(into_png(PNG, *texts * 40)).metadata_kinds == ("exif", "icc", "xmp")
    assert len(calls) <= 4


def test_a_long_gif_comment_is_not_given_to_pillow():
    data = save(photo(), "GIF")
    at = 13 + 768
    comment = b"!\xfe" + (b"\xff" + b"c" * 255) * 40 + b"\0"
    scan = gif.scan(data[:at] + comment + data[at:])
    assert scan.kinds == {"comment"}
    assert b"cccc" not in scan.decodable
    np.testing.assert_array_equal(open_image(data[:at] + comment + data[at:]).pixels, open_image(data).pixels)


def profile_of_large_tags():
    head, count = profile()[:128], 100
    table = b"".join(struct.pack(">4sII", b"x%03d" % i, i, 4 << 20) for i in range(count))
    return (head + struct.pack(">I", count) + table).ljust((4 << 20) - 1, b"\0")


def test_a_profile_of_overlapping_tags_says_nothing():
    assert icc.plan(profile_of_large_tags(), "RGB").keep is None
