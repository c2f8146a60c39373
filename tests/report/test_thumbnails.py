"""Small pictures: their size, their colours, and that both of a row have the same size."""

from base64 import b64decode

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.imaging.open import open_image, open_pil
from hf_unsafe2safe.report.rows import _pictures
from hf_unsafe2safe.report.thumbnails import same_pixels, small_size, thumbnail
from tests import photos
from tests.report.samples import pixels


@given(st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)), st.sampled_from([200, 320, 512]))
def test_sizes(size_wh, side):
    width, height = small_size(size_wh, side)
    assert 1 <= width <= min(side, size_wh[0])
    assert 1 <= height <= min(side, size_wh[1])
    assert max(width, height) == min(side, max(size_wh))
    assert abs(width * size_wh[1] - height * size_wh[0]) <= max(size_wh)  # the shape, to a pixel


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size_wh", [(600, 20), (3, 900), (1, 1)])
def test_modes_and_shapes(mode, size_wh):
    image = open_pil(PIL.Image.new(mode, size_wh, 1 if mode == "1" else "white"))
    rgb = pixels(thumbnail(image, small_size(size_wh, 200)))
    assert rgb.shape[1::-1] == small_size(size_wh, 200)
    assert rgb.min() > 250


def test_a_photo_keeps_its_colours():
    image = open_image((photos.FOLDER / "neg_coffee.jpg").read_bytes())
    small = pixels(thumbnail(image, small_size(image.size_wh, 200)))
    assert abs(small.mean(axis=(0, 1)) - image.rgb.mean(axis=(0, 1))).max() < 3


def test_no_metadata_goes_along():
    image = open_image((photos.FOLDER / "people_obama_official.jpg").read_bytes())
    assert "exif" in image.metadata_kinds
    data = b64decode(thumbnail(image, (100, 120)))
    assert not any(name in data for name in (b"EXIF", b"Exif", b"XMP "))


def test_a_row_shows_both_at_one_size():
    before, after = (open_pil(PIL.Image.new("RGB", (900, 601), colour)) for colour in ("red", "blue"))
    made = _pictures(before, after, 200)
    assert made["size"] == (900, 601)
    assert pixels(made["original"]).shape == pixels(made["safe"]).shape == (134, 200, 3)
    assert _pictures(before, None, 200)["safe"] is None
    assert _pictures(None, None, 200) == {"size": None, "safe": None, "original": None}
    assert same_pixels(before, before)
    assert _pictures(before, before, 200)["original"] is True
