"""Strings planted in PNG files: gone from the kept bytes, and not a pixel changed."""

import struct
import zlib

import numpy as np
import pytest

from hf_unsafe2safe.imaging import metadata, png
from hf_unsafe2safe.imaging.open import open_image
from tests.imaging.imaging_checks import check
from tests.imaging.imaging_samples import (
    FULL_EXIF_KINDS,
    PLAIN,
    full_exif,
    into_png,
    leaks,
    photo,
    png_chunk,
    profile,
    save,
)


def png_text(kind, key=b"Author"):
    body = {b"tEXt": PLAIN, b"zTXt": b"\0" + zlib.compress(PLAIN), b"iTXt": b"\0\0\0\0" + PLAIN}[kind]
    return png_chunk(kind, key + b"\0" + body)


RAW_EXIF = b"\nexif\n 8\n" + (b"Exif\0\0" + full_exif()).hex().encode()
PNG_PLANTS = [
    ("tEXt", png_text(b"tEXt"), {"text_chunk"}),
    ("zTXt", png_text(b"zTXt"), {"text_chunk"}),
    ("iTXt", png_text(b"iTXt"), {"text_chunk"}),
    ("xmp", png_text(b"iTXt", b"XML:com.adobe.xmp"), {"xmp"}),
    ("exif", png_chunk(b"eXIf", full_exif()), FULL_EXIF_KINDS),
    ("imagemagick's exif", png_chunk(b"tEXt", b"Raw profile type exif\0" + RAW_EXIF), FULL_EXIF_KINDS),
    ("time", png_chunk(b"tIME", bytes(7)), {"datetime"}),
    ("private", png_chunk(b"prVt", PLAIN), {"unknown_block"}),
    ("suggested palette", png_chunk(b"sPLT", PLAIN + b"\0\x08"), {"unknown_block"}),
    # numbers that are letters: not a gamma, not primaries
    ("gamma", png_chunk(b"gAMA", PLAIN[:4]), set()),
    ("primaries", png_chunk(b"cHRM", PLAIN.ljust(32)), set()),
    ("resolution", png_chunk(b"pHYs", PLAIN[:9]), set()),
    ("icc", png_chunk(b"iCCP", PLAIN + b"\0\0" + zlib.compress(profile())), {"icc"}),
]
PICTURES = {
    "RGB": photo(),
    "L": photo().convert("L"),
    "RGBA": photo().convert("RGBA"),
}


# After the pixels too, but for the chunks that stand before them by definition.
PLACES = [
    pytest.param(chunk, kinds, late, id=f"{name}-{'late' if late else 'early'}")
    for name, chunk, kinds in PNG_PLANTS
    for late in (False, True)
    if not (late and name in ("icc", "gamma", "primaries", "resolution"))
]


@pytest.mark.parametrize(("chunk", "kinds", "late"), PLACES)
@pytest.mark.parametrize("mode", PICTURES)
def test_png(chunk, kinds, mode, late):
    check(into_png(save(PICTURES[mode], "PNG"), chunk, late=late), kinds)


@pytest.mark.parametrize("mode", ["P", "1", "LA"])
def test_png_of_other_modes_is_kept(mode):
    opened = open_image(into_png(save(photo().convert(mode), "PNG"), png_text(b"tEXt")) + PLAIN)
    assert opened.kept is not None
    assert not leaks(opened.kept)
    assert set(opened.metadata_kinds) == {"text_chunk", "trailing_bytes"}
    np.testing.assert_array_equal(open_image(opened.kept).pixels, opened.pixels)


def test_png_keeps_plausible_gamma():
    gamma = png_chunk(b"gAMA", struct.pack(">I", 45455))
    assert gamma in metadata.strip(into_png(save(photo(), "PNG"), gamma), None)


def repack(data, change):
    """Return a PNG whose compressed rows were changed."""
    start = data.index(b"IDAT") - 4
    end = data.index(b"IEND") - 4
    stream, at = b"", start
    while at < end:
        size = struct.unpack(">I", data[at : at + 4])[0]
        stream, at = stream + data[at + 8 : at + 8 + size], at + 12 + size
    return data[:start] + png_chunk(b"IDAT", change(stream)) + data[end:]


PNG_UNACCOUNTED = [
    ("behind the zlib stream", lambda stream: stream + PLAIN),
    ("rows that nobody asked for", lambda stream: zlib.compress(zlib.decompress(stream) + PLAIN)),
]


@pytest.mark.parametrize(("name", "change"), PNG_UNACCOUNTED, ids=[case[0] for case in PNG_UNACCOUNTED])
def test_png_with_unaccounted_bytes_is_encoded_anew(name, change):
    data = save(photo(), "PNG")
    opened = open_image(repack(data, change))
    np.testing.assert_array_equal(opened.pixels, photo())
    assert opened.kept is None
    assert open_image(repack(data, lambda stream: stream)).kept is not None


def test_interlaced_png_sizes():
    passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]
    for width, height, bits, colour, channels in [
        (1, 1, 1, 0, 1),
        (7, 5, 8, 2, 3),
        (9, 17, 4, 3, 1),
        (33, 2, 16, 6, 4),
    ]:
        header = struct.pack(">2I5B", width, height, bits, colour, 0, 0, 1)
        parts = [
            np.zeros((height, width))[top::down, left::across].shape for left, top, across, down in passes
        ]
        expected = sum(rows * (1 + -(-columns * bits * channels // 8)) for rows, columns in parts if columns)
        assert png._pixel_bytes(header) == expected
