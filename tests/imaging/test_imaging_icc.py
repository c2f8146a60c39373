"""Colour profiles: rebuilt without text, dropped when sRGB, left for sRGB otherwise."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from hf_unsafe2safe.imaging.open import open_image
from tests.imaging.imaging_samples import (
    photo,
    profile,
    save,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
PROFILES = [
    # (name, image, profile, is it rebuilt, do pixels stay)
    ("srgb is dropped", photo(), SRGB, False),
    ("matrix is rebuilt", photo(), profile(), True),
    ("matrix version 4", photo(), profile(version=4), True),
    ("gray is rebuilt", photo().convert("L"), profile(space=b"GRAY"), True),
    ("rgb on gray says nothing", photo().convert("L"), profile(), False),
    ("broken says nothing", photo(), profile()[:200], False),
    ("not a profile", photo(), b"x" * 500, False),
    ("lab says nothing on rgb", photo(), LAB, False),
]


FILES = [
    pytest.param(kind, image, icc, rebuilt, id=f"{kind}-{name}")
    for kind in ("JPEG", "PNG", "WEBP", "TIFF")
    for name, image, icc, rebuilt in PROFILES
    if (kind, image.mode) != ("WEBP", "L")  # WebP has no gray
]


@pytest.mark.parametrize(("kind", "image", "icc", "rebuilt"), FILES)
def test_profiles(kind, image, icc, rebuilt):
    data = save(image, kind, icc_profile=icc, **({"lossless": True} if kind == "WEBP" else {}))
    opened = open_image(data)
    with Image.open(io.BytesIO(data)) as plain:
        np.testing.assert_array_equal(opened.pixels, plain)
    assert (opened.icc is not None) == rebuilt
    assert "icc" in opened.metadata_kinds
    if kind != "TIFF":
        with Image.open(io.BytesIO(opened.kept)) as kept:
            assert kept.info.get("icc_profile") == opened.icc
    if rebuilt:  # the same colours, by littlecms
        target = ImageCms.createProfile("sRGB")
        seen = [
            ImageCms.profileToProfile(image, io.BytesIO(data), target, outputMode="RGB")
            for data in (icc, opened.icc)
        ]
        assert np.abs(np.asarray(seen[0]).astype(int) - np.asarray(seen[1])).max() <= 1


def test_profiles_with_other_contents_become_srgb():
    """A profile with a table (here an A2B tag beside the matrix) is left for sRGB, the file not kept."""
    icc = profile().replace(b"cprt", b"A2B9")  # littlecms reads the matrix; for us a table overrules it
    opened = open_image(save(photo(), "PNG", icc_profile=icc))
    assert opened.icc is None
    assert opened.kept is None
    expected = ImageCms.profileToProfile(
        photo(), io.BytesIO(icc), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    np.testing.assert_array_equal(opened.pixels, expected)


def test_converted_colours_keep_their_alpha():
    image = photo().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    icc = profile().replace(b"cprt", b"A2B9")
    opened = open_image(save(image, "PNG", icc_profile=icc))
    np.testing.assert_array_equal(opened.pixels[..., 3], image.getchannel("A"))
    assert opened.mode == "RGBA"


def test_srgb_is_known_by_numbers_not_by_name():
    named = profile(text=b"sRGB IEC61966-2.1")
    assert open_image(save(photo(), "PNG", icc_profile=named)).icc is not None
