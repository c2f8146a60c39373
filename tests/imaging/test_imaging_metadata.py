"""Planted strings: gone from the kept bytes, named by kind, and not a pixel changed."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from hf_unsafe2safe.imaging import metadata
from hf_unsafe2safe.imaging.open import open_image, open_pil
from tests.imaging.imaging_checks import check
from tests.imaging.imaging_samples import (
    FULL_EXIF_KINDS,
    PHOTOS,
    PLAIN,
    app,
    clean,
    full_exif,
    into_jpeg,
    into_webp,
    leaks,
    photo,
    profile,
    riff_chunk,
    save,
)

XMP = b"http://ns.adobe.com/xap/1.0/\0<x>" + PLAIN + b"</x>"
THUMBNAIL = save(Image.new("RGB", (8, 8)), "JPEG", comment=PLAIN)
IPTC = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(PLAIN)) + PLAIN
JPEG_PLANTS = [
    ("exif", app(0xE1, b"Exif\0\0" + full_exif()), FULL_EXIF_KINDS),
    ("xmp", app(0xE1, XMP), {"xmp"}),
    ("extended xmp", app(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + PLAIN), {"xmp"}),
    ("iptc", app(0xED, IPTC), {"iptc"}),
    ("photoshop thumbnail", app(0xED, IPTC.replace(b"\x04\x04", b"\x04\x0c")), {"thumbnail"}),
    ("comment", app(0xFE, PLAIN), {"comment"}),
    ("comment in utf-16", app(0xFE, PLAIN.decode().encode("utf-16-le")), {"comment"}),
    ("jfxx thumbnail", app(0xE0, b"JFXX\0\x10" + THUMBNAIL), {"thumbnail"}),
    ("jfif thumbnail", app(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x08" + PLAIN.ljust(24)), {"thumbnail"}),
    ("icc", app(0xE2, b"ICC_PROFILE\0\x01\x01" + profile()), {"icc"}),
    ("flashpix", app(0xE2, b"FPXR\0" + PLAIN), {"unknown_block"}),
    ("private", app(0xE9, PLAIN), {"unknown_block"}),
    # an Adobe segment may be longer than its twelve bytes
    ("adobe", app(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + PLAIN), set()),
]
ENCODERS = [
    ("baseline", {"quality": 80}),
    ("optimised", {"quality": 90, "optimize": True}),
    ("progressive", {"quality": 80, "progressive": True}),
    ("4:4:4", {"quality": 95, "subsampling": 0}),
    ("restarts", {"quality": 80, "restart_marker_blocks": 3}),
    ("progressive with restarts", {"quality": 60, "progressive": True, "restart_marker_rows": 1}),
]


@pytest.mark.parametrize(("name", "segment", "kinds"), JPEG_PLANTS, ids=[case[0] for case in JPEG_PLANTS])
@pytest.mark.parametrize(("encoder", "options"), ENCODERS, ids=[case[0] for case in ENCODERS])
def test_jpeg(name, segment, kinds, encoder, options):
    check(into_jpeg(save(clean(photo()), "JPEG", **options), segment), kinds)


@pytest.mark.parametrize("name", sorted(path.name for path in PHOTOS.iterdir()))
def test_real_photos_with_everything_planted(name):
    with Image.open(PHOTOS / name) as image:
        data = save(clean(image), "JPEG", quality=90)
    kinds = set().union(*(kinds for _, _, kinds in JPEG_PLANTS), {"trailing_bytes"})
    unique = [segment for title, segment, _ in JPEG_PLANTS if title not in ("adobe", "jfif thumbnail")]
    check(into_jpeg(data, *unique) + PLAIN, kinds)
    check(*reread(PHOTOS / name))


def reread(path):
    data = path.read_bytes()
    return data, set(metadata.found(data))


def test_gray_jpeg():
    check(into_jpeg(save(photo().convert("L"), "JPEG"), app(0xFE, PLAIN)), {"comment"})


def test_jpeg_comment_between_scans_and_fill_bytes():
    data = save(clean(photo()), "JPEG", progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    at = data.rindex(b"\xff\xc4", 0, second)
    check(data[:at] + app(0xFE, PLAIN) + b"\xff\xff\xff" + data[at:], {"comment"})


def test_jpeg_second_image_after_the_first():
    data = save(clean(photo()), "MPO", save_all=True, append_images=[photo("neg_coffee.jpg")])
    opened = check(data + PLAIN, {"extra_image", "trailing_bytes"})
    assert opened.kept.count(b"\xff\xd8\xff") == 1


def planted_tables(data):
    """Put the secret behind the tables inside of a quantisation segment."""
    at = data.index(b"\xff\xdb")
    size = struct.unpack(">H", data[at + 2 : at + 4])[0]
    return data[:at] + app(0xDB, data[at + 4 : at + 2 + size] + PLAIN) + data[at + 2 + size :]


def before_end(data):
    return data[:-2] + PLAIN + b"\xff\xd9"


UNACCOUNTED = [
    # libjpeg reads all of these without complaint
    ("behind the last scan", before_end),
    ("between segments", lambda data: data[:20] + PLAIN + data[20:]),
    ("restart markers nobody declared", lambda data: data[:-2] + b"\xff\xd0" + PLAIN + b"\xff\xd9"),
]


@pytest.mark.parametrize(("name", "plant"), UNACCOUNTED, ids=[case[0] for case in UNACCOUNTED])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_with_unaccounted_bytes_is_encoded_anew(name, plant, progressive):
    data = save(clean(photo()), "JPEG", progressive=progressive)
    planted = plant(data)
    opened = open_image(planted)
    np.testing.assert_array_equal(opened.pixels, open_image(data).pixels)
    assert opened.kept is None


def test_jpeg_with_junk_in_tables_is_not_stripped():
    data = save(clean(photo()), "JPEG")
    assert metadata.strip(data, None) is not None
    assert metadata.strip(planted_tables(data), None) is None


WEBP_PLANTS = [
    ("exif", riff_chunk(b"EXIF", full_exif()), FULL_EXIF_KINDS),
    ("exif with its jpeg name", riff_chunk(b"EXIF", b"Exif\0\0" + full_exif()), FULL_EXIF_KINDS),
    ("xmp", riff_chunk(b"XMP ", PLAIN), {"xmp"}),
    ("unknown", riff_chunk(b"prvt", PLAIN), {"unknown_block"}),
]
WEBP_ENCODERS = [
    ("lossy", "RGB", {"quality": 80}),
    ("lossless", "RGB", {"lossless": True}),
    ("lossless alpha", "RGBA", {"lossless": True}),
    ("lossy alpha", "RGBA", {"quality": 80}),
]


@pytest.mark.parametrize(("name", "chunk", "kinds"), WEBP_PLANTS, ids=[case[0] for case in WEBP_PLANTS])
@pytest.mark.parametrize(
    ("encoder", "mode", "options"), WEBP_ENCODERS, ids=[case[0] for case in WEBP_ENCODERS]
)
def test_webp(name, chunk, kinds, encoder, mode, options):
    image = photo().convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: max(value, 1)))
    check(into_webp(save(image, "WEBP", **options), chunk) + PLAIN, kinds | {"trailing_bytes"})


def test_webp_profile_is_rebuilt():
    opened = check(save(photo(), "WEBP", icc_profile=profile(), exif=full_exif()), FULL_EXIF_KINDS | {"icc"})
    assert opened.icc is not None


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}])
def test_webp_with_bytes_behind_its_pixels_is_encoded_anew(options):
    data = save(photo(), "WEBP", **options)
    pixels = data[20:] + PLAIN * 3
    planted = b"RIFF" + struct.pack("<I", len(pixels) + 12) + b"WEBP" + riff_chunk(data[12:16], pixels)
    opened = open_image(planted)
    np.testing.assert_array_equal(opened.pixels, open_image(data).pixels)
    assert opened.kept is None


def test_formats_that_are_encoded_anew_name_their_kinds():
    gif = save(photo(), "GIF", comment=PLAIN)
    info = {315: "Jane", 271: "Acme", 270: "text", 306: "2020", 700: PLAIN, 33723: PLAIN}
    tiff = save(photo(), "TIFF", tiffinfo=info, icc_profile=profile())
    bmp = save(photo(), "BMP")
    cases = [
        (gif, {"comment"}),
        (gif + PLAIN, {"comment", "trailing_bytes"}),
        (tiff, {"owner", "device", "comment", "datetime", "xmp", "iptc", "icc"}),
        (bmp, set()),
        (bmp + PLAIN, {"trailing_bytes"}),
    ]
    for data, kinds in cases:
        opened = open_image(data)
        assert set(opened.metadata_kinds) == kinds
        assert opened.kept is None
        assert metadata.strip(data, None) is None
        assert not leaks(opened.icc or b"")


def test_decoded_images_name_their_kinds():
    data = into_jpeg(save(photo(), "JPEG", comment=PLAIN), app(0xE1, b"Exif\0\0" + full_exif()))
    assert set(open_pil(Image.open(io.BytesIO(data))).metadata_kinds) == FULL_EXIF_KINDS
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", PLAIN.decode())
    assert open_pil(Image.open(io.BytesIO(save(photo(), "PNG", pnginfo=text)))).metadata_kinds == (
        "text_chunk",
    )


def test_a_bug_in_strip_never_changes_pixels(monkeypatch):
    other = save(photo("neg_coffee.jpg"), "JPEG")
    monkeypatch.setitem(metadata._STRIPPERS, "JPEG", lambda data, icc: other)
    assert open_image(save(photo(), "JPEG")).kept is None


@pytest.mark.slow
def test_real_photos_across_all_encoders():
    for path in sorted(PHOTOS.iterdir()):
        with Image.open(path) as image:
            picture = clean(image)
        for _, options in ENCODERS:
            for _, segment, kinds in JPEG_PLANTS:
                check(into_jpeg(save(picture, "JPEG", **options), segment), kinds)
