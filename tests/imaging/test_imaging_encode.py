"""Encoding: what comes back, in which container, with nothing beside it."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageCms

from hf_unsafe2safe.errors import ConfigError, StageError
from hf_unsafe2safe.imaging import metadata
from hf_unsafe2safe.imaging.encode import encode, parse_encoding
from hf_unsafe2safe.imaging.open import open_image
from tests.imaging.imaging_samples import photo, profile, save

COLOUR = np.asarray(photo())
GRAY = COLOUR[..., 0]
ALPHA = np.dstack([COLOUR, GRAY | 1])
LOSSLESS = [
    # (pixels, encoding, container, what a reader sees)
    (COLOUR, "auto", "WEBP", COLOUR),
    (ALPHA, "auto", "WEBP", ALPHA),
    (GRAY, "auto", "PNG", GRAY),
    (COLOUR, "png", "PNG", COLOUR),
    (ALPHA, "png", "PNG", ALPHA),
    (GRAY, "png", "PNG", GRAY),
    (GRAY, "webp", "WEBP", np.dstack([GRAY] * 3)),
    # WebP ends at 16383 pixels
    (np.zeros((1, 16_384, 3), np.uint8), "auto", "PNG", np.zeros((1, 16_384, 3), np.uint8)),
]


@pytest.mark.parametrize(("pixels", "encoding", "container", "expected"), LOSSLESS)
def test_lossless(pixels, encoding, container, expected):
    before = pixels.copy()
    data = encode(pixels, encoding=encoding)
    assert metadata.sniff(data) == container
    opened = open_image(data)
    np.testing.assert_array_equal(opened.pixels, expected)
    assert opened.metadata_kinds == ()
    assert opened.kept is not None
    np.testing.assert_array_equal(pixels, before)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from([(), (3,), (4,)]).flatmap(
        lambda tail: st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
            lambda size: arrays(np.uint8, (*size, *tail), elements=st.integers(0, 255))
        )
    ),
    st.sampled_from(["auto", "png"]),
)
def test_round_trip_property(pixels, encoding):
    data = encode(pixels, encoding=encoding)
    with Image.open(io.BytesIO(data)) as image:  # colour under alpha 0 too: `exact`
        seen = np.asarray(image.convert("RGBA" if pixels.shape[-1] == 4 and pixels.ndim == 3 else image.mode))
        np.testing.assert_array_equal(seen, pixels)


def test_jpeg():
    data = encode(COLOUR, encoding="jpeg:95")
    with Image.open(io.BytesIO(data)) as image:
        assert image.layer[0][1:3] == (1, 1)  # no chroma subsampling
        assert np.abs(np.asarray(image).astype(int) - COLOUR).mean() < 3
    assert len(encode(COLOUR, encoding="jpeg:20")) < len(data)
    with Image.open(io.BytesIO(encode(GRAY, encoding="jpeg:90"))) as image:
        assert image.mode == "L"
    clear = np.zeros((16, 16, 4), np.uint8)
    assert open_image(encode(clear, encoding="jpeg:90")).pixels.min() > 250  # over white


@pytest.mark.parametrize("encoding", ["auto", "png", "webp", "jpeg:90"])
@pytest.mark.parametrize(("pixels", "space"), [(COLOUR, b"RGB "), (GRAY, b"GRAY")])
def test_profiles_go_along(pixels, space, encoding):
    source = Image.fromarray(pixels)
    icc = open_image(save(source, "PNG", icc_profile=profile(space=space))).icc
    written = encode(pixels, encoding=encoding, icc=icc)
    opened = open_image(written)
    assert opened.icc == icc or (encoding, space) == ("webp", b"GRAY")
    assert opened.metadata_kinds == ("icc",)
    with Image.open(io.BytesIO(written)) as image:
        image.load()
        target = ImageCms.createProfile("sRGB")
        seen = [
            np.asarray(ImageCms.profileToProfile(one, io.BytesIO(two), target, outputMode="RGB")).astype(int)
            for one, two in ((source, icc), (image, image.info["icc_profile"]))
        ]
    assert np.abs(seen[0] - seen[1]).mean() < (5 if "jpeg" in encoding else 0.6)


@pytest.mark.parametrize(
    "text", ["", "jpg", "jpeg", "jpeg:", "jpeg:0", "jpeg:101", "jpeg:9.5", "JPEG:90", "webp:90", " png"]
)
def test_unknown_encodings(text):
    with pytest.raises(ConfigError, match=r"is not known. Expected auto, png, webp, or jpeg:1 to jpeg:100"):
        parse_encoding(text)


def test_known_encodings():
    assert parse_encoding("auto").lossless
    assert not parse_encoding("jpeg:1").lossless
    assert parse_encoding("jpeg:100").quality == 100


def test_bad_calls():
    for pixels in (
        np.zeros((2, 2, 2), np.uint8),
        np.zeros((2, 2)),
        np.zeros((0, 2), np.uint8),
        np.zeros(3, np.uint8),
    ):
        with pytest.raises(ValueError, match="uint8"):
            encode(pixels)
    with pytest.raises(StageError, match="encode: too_large"):
        encode(np.zeros((1, 16_384, 3), np.uint8), encoding="webp")
