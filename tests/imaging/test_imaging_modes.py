"""What goes in as each Pillow mode, format and orientation, and what comes out."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.imaging.open import open_image, open_pil
from tests.imaging.imaging_samples import (
    clean,
    exif_block,
    into_jpeg,
    into_png,
    into_webp,
    photo,
    png_chunk,
    riff_chunk,
    save,
)

GRAY = np.array([[0, 100, 255], [7, 8, 9]], np.uint8)
RGB = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 8, 7]]], np.uint8)
ALPHA = np.array([[255, 0], [128, 255]], np.uint8)
RGBA = np.dstack([RGB, ALPHA])
CLEARED = RGBA * (RGBA[..., 3:] > 0)


def palette(transparency=None):
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    if transparency is not None:
        image.info["transparency"] = transparency
    return image


LA = Image.merge("LA", (Image.fromarray(GRAY[:, :2]), Image.fromarray(ALPHA)))
PALETTE_RGB = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [0, 255, 0]]], np.uint8)
PALETTE_KEYED = np.array([[[255, 0, 0, 255], [0] * 4], [[0, 0, 255, 255], [0] * 4]], np.uint8)
LA_RGBA = np.array([[[0, 0, 0, 255], [0] * 4], [[7, 7, 7, 128], [8, 8, 8, 255]]], np.uint8)
KEYED_GRAY = np.array(
    [[[0, 0, 0, 255], [0] * 4, [255] * 4], [[7, 7, 7, 255], [8, 8, 8, 255], [9, 9, 9, 255]]]
)
KEYED_RGB = np.dstack([RGB * (RGB[..., :1] != 9), [[255, 255], [255, 0]]])

MODES = [
    # bilevel becomes 0 and 255
    ("1", Image.fromarray(GRAY > 50), np.where(GRAY > 50, 255, 0)),
    ("L", Image.fromarray(GRAY), GRAY),
    # a transparent gray level makes alpha, and its colour 0
    ("L key", (Image.fromarray(GRAY), {"transparency": 100}), KEYED_GRAY),
    ("P", palette(), PALETTE_RGB),
    ("P key", palette(1), PALETTE_KEYED),
    # an alpha value an entry
    ("P alpha", palette(b"\xff\x00\xff"), PALETTE_KEYED),
    ("RGB", Image.fromarray(RGB), RGB),
    ("RGB key", (Image.fromarray(RGB), {"transparency": (9, 8, 7)}), KEYED_RGB),
    ("RGBA", Image.fromarray(RGBA), CLEARED),
    ("LA", LA, LA_RGBA),
    ("I;16", Image.fromarray(GRAY.astype(np.uint16) * 257), GRAY),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "expected"), MODES, ids=[case[0] for case in MODES])
def test_modes_through_png_and_decoded(name, source, expected):
    image, info = source if isinstance(source, tuple) else (source, {})
    image = image.copy()
    image.info.update(info)
    before = image.tobytes(), image.mode, dict(image.info)
    for opened in (open_image(save(image, "PNG")), open_pil(image)):
        np.testing.assert_array_equal(opened.pixels, expected)
        assert opened.mode == {2: "L", 3: "RGB", 4: "RGBA"}.get(
            expected.shape[-1] if expected.ndim == 3 else 2
        )
        assert opened.pixels.dtype == np.uint8
        assert opened.size_wh == image.size
        assert opened.rgb.shape == (*expected.shape[:2], 3)
    assert (image.tobytes(), image.mode, dict(image.info)) == before


DECODED = [
    # palette with alpha: premultiplied, video, print, and cylindrical colours
    ("PA", palette().convert("RGBA").convert("PA"), np.dstack([PALETTE_RGB, np.full((2, 2), 255)]), 0),
    ("La", LA.convert("La"), LA_RGBA, 1),
    ("RGBa", Image.fromarray(RGBA).convert("RGBa"), CLEARED, 1),
    ("RGBX", Image.fromarray(RGB).convert("RGBX"), RGB, 0),
    ("YCbCr", Image.fromarray(RGB).convert("YCbCr"), RGB, 2),
    ("HSV", Image.fromarray(RGB).convert("HSV"), RGB, 2),
    ("CMYK", Image.fromarray(RGB).convert("CMYK"), RGB, 0),
    # 32-bit integers: as they are, upper 8 of 16 bits, stretched
    ("I 8", Image.fromarray(GRAY.astype(np.int32)), GRAY, 0),
    ("I 16", Image.fromarray(GRAY.astype(np.int32) * 256 + 255), GRAY, 0),
    ("I wide", Image.fromarray(GRAY.astype(np.int32) * 100_000 - 5), GRAY, 0),
    # floats: 0..1, 0..255, stretched
    ("F unit", Image.fromarray((GRAY / 255).astype(np.float32)), GRAY, 0),
    ("F 255", Image.fromarray(GRAY.astype(np.float32)), GRAY, 0),
    ("F wide", Image.fromarray(GRAY.astype(np.float32) * 10 - 50), GRAY, 0),
    ("F nan", Image.fromarray(np.array([[np.nan, np.inf, 200]], np.float32)), np.array([[0, 0, 200]]), 0),
]


@pytest.mark.parametrize(
    ("name", "image", "expected", "tolerance"), DECODED, ids=[case[0] for case in DECODED]
)
def test_modes_of_decoded_images(name, image, expected, tolerance):
    opened = open_pil(image)
    assert opened.pixels.shape == expected.shape
    assert np.abs(opened.pixels.astype(int) - expected).max() <= tolerance
    assert opened.kept is None


def test_lab_is_converted():
    lab = ImageCms.profileToProfile(
        Image.fromarray(RGB), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert np.abs(open_pil(lab).pixels.astype(int) - RGB).max() < 25  # 8-bit Lab is coarse


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_files_become_rgb_and_are_not_kept(kind):
    image = photo().convert("CMYK")
    data = save(image, kind)
    with Image.open(io.BytesIO(data)) as plain:
        np.testing.assert_array_equal(open_image(data).pixels, plain.convert("RGB"))
    assert open_image(data).kept is None


def test_sixteen_bit_colour_png_is_eight_bit_and_not_kept():
    rows = b"".join(b"\0" + (row.astype(np.uint16) * 256 + 3).astype(">u2").tobytes() for row in RGB)
    chunks = [
        (b"IHDR", struct.pack(">2I5B", 2, 2, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    opened = open_image(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))
    np.testing.assert_array_equal(opened.pixels, RGB)
    assert opened.kept is None  # its lower bits are seen by nobody


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "F", "I"])
def test_deep_tiff(mode):
    values = {"F": GRAY.astype(np.float32) / 255, "I": GRAY.astype(np.int32) * 256}.get(
        mode, GRAY.astype(np.uint16) * 256
    )
    image = (
        Image.fromarray(values)
        if mode != "I;16B"
        else Image.frombytes(mode, (3, 2), values.astype(">u2").tobytes())
    )
    np.testing.assert_array_equal(open_image(save(image, "TIFF")).pixels, GRAY)


@pytest.mark.parametrize(
    ("kind", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {})]
)
def test_animations_give_their_first_frame(kind, options):
    first, second = Image.new("RGB", (20, 10), "red"), Image.new("RGB", (20, 10), "blue")
    opened = open_image(save(first, kind, save_all=True, append_images=[second], **options))
    np.testing.assert_array_equal(opened.rgb, first)
    assert "extra_image" in opened.metadata_kinds
    if kind == "PNG":  # its default image is kept, the frames are not
        assert opened.kept is not None
        assert b"fdAT" not in opened.kept
    else:
        assert opened.kept is None


def oriented(kind, code, image):
    if kind == "TIFF":
        return save(image, kind, tiffinfo={274: code})
    block = exif_block({274: code})
    data = save(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    if kind == "JPEG":
        return into_jpeg(data, b"\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block)
    return (
        into_png(data, png_chunk(b"eXIf", block))
        if kind == "PNG"
        else into_webp(data, riff_chunk(b"EXIF", block))
    )


@pytest.mark.parametrize("code", range(10))  # 0 and 9 are invalid: nothing turns
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation(kind, code):
    data = oriented(kind, code, photo(size=(48, 32)))
    with Image.open(io.BytesIO(data)) as image:
        expected = ImageOps.exif_transpose(image)
    for opened in (open_image(data), open_pil(Image.open(io.BytesIO(data)))):
        np.testing.assert_array_equal(opened.pixels, expected)
        assert opened.size_wh == expected.size
    if kind != "TIFF":
        assert (open_image(data).kept is not None) == (code in (0, 1, 9))


def test_orientation_in_xmp_counts_as_for_pillow():
    packet = b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='1' tiff:Orientation=\"6\"/>"
    data = into_jpeg(save(photo(), "JPEG"), b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet)
    assert open_image(data).size_wh == (120, 160)


def test_hidden_colour_under_alpha_is_never_kept():
    hidden, shown = Image.fromarray(RGBA), Image.fromarray(CLEARED.astype(np.uint8))
    assert open_image(save(hidden, "PNG")).kept is None
    assert open_image(save(shown, "PNG")).kept is not None
    assert open_image(save(hidden, "WEBP", lossless=True, exact=True)).kept is None


def test_pixels_cannot_be_painted_on():
    opened = open_pil(Image.fromarray(GRAY))
    with pytest.raises(ValueError, match="read-only"):
        opened.pixels[0, 0] = 1


def test_mpo_is_a_jpeg():
    opened = open_image(save(photo(), "MPO", save_all=True, append_images=[photo("neg_coffee.jpg")]))
    np.testing.assert_array_equal(opened.pixels, open_image(save(photo(), "JPEG")).pixels)
    assert opened.source_format == "JPEG"
    assert {"extra_image", "trailing_bytes"} <= set(opened.metadata_kinds)
    assert opened.kept is not None


TIFFS = [
    (compression, mode)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "big")
    for mode in ("L", "RGB", "RGBA", "CMYK", "P")
    if (compression, mode) != ("jpeg", "P")  # JPEG has no palette
]


@pytest.mark.parametrize(("compression", "mode"), TIFFS)
def test_tiff_under_its_new_directory_shows_the_same(compression, mode):
    options = {"big_tiff": True} if compression == "big" else {"compression": compression}
    data = save(photo().convert(mode), "TIFF", tiffinfo={315: "Jane"}, **options)
    with Image.open(io.BytesIO(data)) as plain:
        expected = plain.convert(mode if mode in ("L", "RGBA") else "RGB")
    opened = open_image(data)
    np.testing.assert_array_equal(opened.pixels, expected)
    assert opened.metadata_kinds == ("owner",)


def test_no_warnings_and_no_settings_touched():
    broken = b"II*\0" + struct.pack("<IHHHII", 8, 1, 315, 2, 500, 9000)  # EXIF that points beyond its end
    exif = b"\xff\xe1" + struct.pack(">H", len(broken) + 8) + b"Exif\0\0" + broken
    files = [
        into_jpeg(clean_jpeg(), exif),
        into_png(save(photo(), "PNG"), png_chunk(b"acTL", bytes(8))),  # an animation of no frames
        save(photo(), "TIFF", tiffinfo={315: "x", 306: "y"}),
        save(photo(), "MPO", save_all=True, append_images=[photo()])[:-300] + b"\xff\xd9",
        save(palette(b"\x01\x00\xff"), "PNG"),
    ]
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for data in files:
            open_image(data)
    assert [str(warning.message) for warning in seen] == []
    assert limit == Image.MAX_IMAGE_PIXELS


def clean_jpeg():
    """A JPEG without density, where Pillow would look into EXIF for it."""
    data = save(clean(photo()), "JPEG")
    return data[:2] + data[20:]


def test_unsupported_mode():
    class Odd(Image.Image):
        mode = property(lambda self: "odd")

    image = Odd()
    image._size, image.im = (2, 2), Image.new("L", (2, 2)).im
    with pytest.raises(StageError, match="unsupported_mode"):
        open_pil(image)
