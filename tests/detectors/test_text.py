import numpy as np
import pytest

from hf_unsafe2safe.detectors import text
from tests.photos import card, rgb


def letters(value: str) -> str:
    return "".join(c for c in value.casefold() if c.isalnum())


# A line is read in any rotation of the image.
@pytest.mark.parametrize("angle", [0, 8, 45, 90, 135, 180, 270, -30])
def test_text_is_read_at_every_angle(angle):
    found = text.read(card("Phone 555 0142 77", angle=angle))
    assert any("phone555014277" in letters(f.text) for f in found)


def test_the_surname_on_the_name_tag_is_read():
    assert any("HOPPER" in f.text for f in text.read(rgb("people_grace_hopper.jpg")))


def test_outlines_lie_where_the_text_is():
    (line,) = text.read(card("Phone 555 0142 77"))
    x1, y1, x2, y2 = line.box
    assert 10 < x1 < 40
    assert 30 < y1 < 60
    assert x2 > 200
    assert y2 < 90
    assert len(line.outline) == 4


def test_a_second_look_finds_the_same_place():
    image = card("Phone 555 0142 77")
    (line,), (outline,) = text.read(image), text.locate(image)
    xs, ys = zip(*outline, strict=True)
    assert abs(min(xs) - line.box[0]) < 15
    assert abs(min(ys) - line.box[1]) < 15


def test_crops_are_read_again_in_order():
    image = card("Alpha 1234", "Bravo 5678")
    first, second = text.read(image)
    again = text.read_crops(image, [second.outline, first.outline])
    assert [letters(f.text) for f in again] == ["bravo5678", "alpha1234"]


def test_an_empty_place_reads_as_nothing():
    blank = np.full((200, 300, 3), 230, np.uint8)
    (found,) = text.read_crops(blank, [((20, 20), (200, 20), (200, 50), (20, 50))])
    assert found.text == ""
    assert text.read_crops(blank, []) == []


# Sizes at which the reader must not raise.
@pytest.mark.parametrize("shape", [(1, 1), (7, 900), (900, 9), (10, 4000), (2, 2)])
@pytest.mark.slow
def test_any_size_is_read(shape):
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    assert isinstance(text.read(image), list)
    assert isinstance(text.locate(image), list)


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.slow
def test_a_long_strip_is_read_in_parts(upright):
    strip = np.full((60, 6000, 3), 235, np.uint8)
    strip[4:56, 3300:3660] = card("Phone 555 0142 77", size_wh=(360, 90))[34:86]
    image = np.ascontiguousarray(np.rot90(strip)) if upright else strip
    found = [f for f in text.read(image) if "5550142" in letters(f.text)]
    assert found
    along = 1 if upright else 0
    place = 6000 - found[0].box[along + 2] if upright else found[0].box[along]
    assert 3290 < place < 3400


def test_read_text_is_in_no_repr():
    (line,) = text.read(card("Phone 555 0142 77"))
    assert "0142" not in repr(line)
