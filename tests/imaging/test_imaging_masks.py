"""Masks: values, shapes, and that an edit changes nothing outside."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hf_unsafe2safe.imaging.masks import (
    box_mask,
    composite,
    edited_fraction,
    ellipse_mask,
    grow_box,
    polygon_mask,
)

SIDES = st.integers(1, 24)
COORDINATES = st.floats(-50, 50, allow_nan=False)
BOXES = st.tuples(COORDINATES, COORDINATES, COORDINATES, COORDINATES).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)
quick = settings(max_examples=80, deadline=None, derandomize=True)


@quick
@given(st.sampled_from([(), (3,), (4,)]), SIDES, SIDES, st.integers(0, 2**32 - 1))
def test_composite_changes_the_inside_only(tail, height, width, seed):
    rng = np.random.default_rng(seed)
    original = rng.integers(0, 256, (height, width, *tail), np.uint8)
    edited = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.choice(np.array([0, 255], np.uint8), (height, width))
    before = original.copy(), edited.copy(), mask.copy()
    out = composite(original, edited, mask)
    assert out.shape == original.shape
    np.testing.assert_array_equal(out[mask == 0], original[mask == 0])
    inside = out[mask == 255]
    if tail == ():
        np.testing.assert_array_equal(inside, np.asarray(Image.fromarray(edited).convert("L"))[mask == 255])
    else:
        np.testing.assert_array_equal(inside[:, :3], edited[mask == 255])
        assert (inside[:, 3:] == 255).all()
    for now, then in zip((original, edited, mask), before, strict=True):
        np.testing.assert_array_equal(now, then)


@quick
@given(BOXES, st.floats(0, 2), SIDES, SIDES)
def test_grown_boxes_lie_in_the_image_and_hold_the_box(box, share, width, height):
    x0, y0, x1, y1 = grow_box(box, share, (width, height))
    assert 0 <= x0 <= x1 <= width
    assert 0 <= y0 <= y1 <= height
    free = grow_box(box, share)
    assert free[0] <= box[0]
    assert free[3] >= box[3]
    assert (x0, y0) == (min(max(free[0], 0), width), min(max(free[1], 0), height))


@quick
@given(BOXES, SIDES, SIDES)
def test_ellipses_lie_in_their_box_and_touch_its_middle(box, width, height):
    mask = ellipse_mask((width, height), box)
    assert mask.shape == (height, width)
    assert set(np.unique(mask)) <= {0, 255}
    assert not (mask & ~box_mask((width, height), box)).any()


def test_an_ellipse_covers_its_share_and_is_symmetric():
    mask = ellipse_mask((200, 100), (0, 0, 200, 100))
    assert abs(edited_fraction(mask) - math.pi / 4) < 0.003
    np.testing.assert_array_equal(mask, mask[::-1, ::-1])
    assert edited_fraction(ellipse_mask((9, 9), (4.2, 4.2, 4.6, 4.6))) == 1 / 81  # below a pixel: the pixel
    assert not ellipse_mask((9, 9), (3, 3, 3, 9)).any()


def test_polygons():
    mask = polygon_mask((10, 10), [(2, 2), (7, 2), (7, 5), (2, 5)])
    np.testing.assert_array_equal(mask, box_mask((10, 10), (2, 2, 8, 6)))
    assert polygon_mask((4, 4), [(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]).all()
    assert not polygon_mask((4, 4), [(10, 10), (20, 10), (20, 20)]).any()
    for points in ([(0, 0), (1, 1)], [(0, 0), (1, 1), (math.nan, 2)], [1, 2, 3]):
        with pytest.raises(ValueError, match="three finite"):
            polygon_mask((4, 4), points)


BAD_MASKS = [
    np.zeros((2, 2), bool),
    np.zeros((2, 2), np.int64),
    np.full((2, 2), 1, np.uint8),  # a mask of ones would mean nothing is edited
    np.full((2, 2), 254, np.uint8),
    np.zeros((2, 2, 1), np.uint8),
]


@pytest.mark.parametrize("mask", BAD_MASKS)
def test_what_is_no_mask_raises(mask):
    picture = np.zeros((2, 2, 3), np.uint8)
    for call in (
        lambda: edited_fraction(mask),
        lambda: composite(picture, picture, mask),
    ):
        with pytest.raises(ValueError, match="mask"):
            call()


def test_bad_calls():
    mask, picture = np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.uint8)
    for original, edited in (
        (picture, picture[:1]),
        (picture.astype(float), picture),
        (picture[:, :1], picture),
    ):
        with pytest.raises(ValueError, match="one size"):
            composite(original, edited, mask)
    for box in ((0, 0, math.nan, 1), (2, 0, 1, 1), (0, 2, 1, 1), (0, 0, 1), (0, 0, math.inf, 1)):
        with pytest.raises(ValueError, match="box"):
            grow_box(box, 0.1, (9, 9))
    with pytest.raises(ValueError, match="share"):
        grow_box((0, 0, 1, 1), -0.1, (9, 9))
