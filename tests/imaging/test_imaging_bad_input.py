"""Bad input: always a StageError with a reason of the closed list, and never anything of the file in it."""

import io
import random
import struct
import threading
import traceback
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging import exif, ifd
from hf_unsafe2safe.imaging.open import open_image, open_pil
from tests.imaging.imaging_samples import (
    PLAIN,
    SECRET,
    full_exif,
    into_webp,
    photo,
    png_chunk,
    riff_chunk,
    save,
)

REASONS = {"missing", "empty", "not_an_image", "truncated", "too_large", "unsupported_mode", "decode_error"}


def reason(data, **options):
    """The reason why these bytes cannot be opened."""
    with pytest.raises(StageError) as caught:
        open_image(data, **options)
    error = caught.value
    assert error.stage == "open"
    assert error.reason in REASONS
    assert error.__cause__ is None
    assert error.__context__ is None  # nor does Pillow's own message, which may quote the file, ride along
    return error.reason


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.jpg", b"x")
    return out.getvalue()


def png(width, height, pixels=b"\0"):
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def bmp(width, height):
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 1, 0, 0, 0, 0, 0)


def gif(width, height):
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0, 0, 0)
        + b","
        + struct.pack("<4HB", 0, 0, width, height, 0)
        + b"\x02\x01\0\0;"
    )


def tiff(width, height, tile):
    tags = {
        256: width,
        257: height,
        258: 8,
        259: 8,
        262: 1,
        273: 8,
        279: 1,
        **({322: tile, 323: tile} if tile else {}),
    }
    rows = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + rows + bytes(4)


def webp(width, height):
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = riff_chunk(b"VP8X", bytes(4) + sides) + save(photo(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


NOT_IMAGES = [
    ("none", None, "missing"),
    ("empty", b"", "empty"),
    ("one byte", b"\xff", "not_an_image"),
    ("text", b"BM is how this note begins, and it goes on for a while", "not_an_image"),
    ("html", b"<!doctype html><html><img></html>", "not_an_image"),
    ("zip", archive(), "not_an_image"),
    ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not_an_image"),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_an_image"),
    # formats that run an interpreter, or that have never been asked for
    ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
    ("psd", b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 3, 4, 4, 8, 3), "not_an_image"),
    ("ico", save(photo(), "ICO"), "not_an_image"),
    ("ppm", save(photo(), "PPM"), "not_an_image"),
    ("wav in riff", b"RIFF\x24\0\0\0WAVEfmt ", "not_an_image"),
    # the size is read from the header, before memory is taken
    ("png bomb", png(60_000, 60_000), "too_large"),
    ("png one side", png(70_000, 1), "too_large"),
    ("bmp bomb", bmp(60_000, 60_000), "too_large"),
    ("gif bomb", gif(65_000, 65_000), "too_large"),
    ("tiff bomb", tiff(60_000, 60_000, 0), "too_large"),
    ("tiff tile bomb", tiff(10, 10, 60_000), "too_large"),
    ("webp bomb", webp(16_384, 16_384), "too_large"),
    # whole files whose pixels are not there
    ("png of one byte", png(40, 40), "decode_error"),
    ("jpeg without a scan", b"\xff\xd8\xff\xfe\0\x04ab\xff\xd9", "decode_error"),
    ("gif without pixels", gif(4, 4), "decode_error"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "expected"), NOT_IMAGES, ids=[case[0] for case in NOT_IMAGES])
def test_reasons(name, data, expected):
    assert reason(data) == expected


WHOLE = {
    "jpeg": save(photo(), "JPEG"),
    "progressive": save(photo(), "JPEG", progressive=True, exif=b"Exif\0\0" + full_exif()),
    "png": save(photo(), "PNG"),
    "webp": save(photo(), "WEBP"),
    "webp exif": into_webp(save(photo(), "WEBP", lossless=True), riff_chunk(b"EXIF", full_exif())),
    "gif": save(photo(), "GIF"),
    "tiff": save(photo(), "TIFF"),
    "tiff deflate": save(photo(), "TIFF", compression="tiff_adobe_deflate", tiffinfo={315: SECRET}),
    "tiff jpeg": save(photo(), "TIFF", compression="jpeg"),
    "bmp": save(photo(), "BMP"),
}


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.995])
@pytest.mark.parametrize("name", WHOLE)
def test_truncated(name, share):
    data = WHOLE[name]
    assert reason(data[: int(len(data) * share)]) in (
        "truncated",
        "decode_error" if "tiff" in name else "truncated",
    )


@pytest.mark.parametrize("name", ["jpeg", "progressive", "png", "webp"])
def test_truncated_even_if_the_process_loads_truncated_images(name, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert reason(WHOLE[name][:-40]) == "truncated"


def test_a_lower_limit():
    assert open_image(WHOLE["png"], max_pixels=160 * 120).size_wh == (160, 120)
    assert reason(WHOLE["png"], max_pixels=160 * 120 - 1) == "too_large"
    with pytest.raises(StageError, match="too_large"):
        open_pil(Image.new("L", (20, 20)), max_pixels=399)


def test_messages_hold_nothing_of_the_file():
    data = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(PLAIN) + 2) + PLAIN + b"\xff\xd9"
    with pytest.raises(StageError) as caught:
        open_image(data)
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert str(caught.value) == "open: decode_error"


def test_a_broken_file_behind_a_pillow_image(tmp_path):
    path = tmp_path / f"{SECRET}.png"
    path.write_bytes(WHOLE["png"][:3000])
    with Image.open(path) as image, pytest.raises(StageError) as caught:
        open_pil(image)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def mutate(data, rng):
    """Change, cut, repeat or drop some bytes."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 20])):
        at = rng.randrange(len(out)) if rng.random() < 0.5 else rng.randrange(min(len(out), 200))
        kind = rng.randrange(5)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            out[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
        elif kind == 2:
            del out[at : at + rng.choice([1, 2, 8, 64])]
        elif kind == 3:
            out[at:at] = out[at : at + rng.choice([1, 4, 32])]
        else:
            out[at:at] = rng.randbytes(rng.choice([1, 2, 16]))
        if not out:
            break
    return bytes(out)


def fuzz(count, seed):
    rng = random.Random(seed)
    sources = list(WHOLE.values())
    opened, reasons = 0, set()
    for _ in range(count):
        data = mutate(rng.choice(sources), rng)
        try:
            image = open_image(data, max_pixels=1_000_000)
        except StageError as error:
            reasons.add(error.reason)
            continue
        opened += 1
        if image.kept is not None:
            np.testing.assert_array_equal(open_image(image.kept).pixels, image.pixels)
    assert opened
    assert reasons <= REASONS


@pytest.mark.filterwarnings("error")
def test_mutated_files_raise_nothing_else_and_warn_of_nothing():
    fuzz(400, seed=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_many_mutated_files():
    fuzz(30_000, seed=2)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from([data[:12] for data in WHOLE.values()] + [b""]), st.binary(max_size=200))
def test_arbitrary_bytes(head, body):
    assert reason(head + body) in REASONS


def test_threads_see_the_same():
    results = []

    def work():
        results.append([open_image(data).sha256 for data in WHOLE.values()])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results)


def test_a_chain_of_directories_does_not_take_for_ever():
    # Each directory claims 4,096 entries and points to the next: 2,000 of them took seven seconds.
    count = 2_000
    block = bytearray(b"II*\0" + struct.pack("<I", 8))
    for i in range(count):
        following = 8 + 14 * (i + 1)
        block += struct.pack("<HHHII", 4096, 34665, 4, 1, following)
    calls = []
    real = ifd.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ifd, "read", lambda *args: calls.append(1) or real(*args))
        exif.kinds(bytes(block) + bytes(60_000))
    assert len(calls) < 40
