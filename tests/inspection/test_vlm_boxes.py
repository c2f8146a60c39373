"""Boxes as models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.detectors.geometry import area
from hf_unsafe2safe.inspection.items import EVERYTHING, place, usable

SIZE = (400, 200)


# A box in thousandths and where it is in an image of 400 x 200; each side moves out by a twentieth.
@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([100, 100, 300, 500], (36, 16, 124, 104)),  # anywhere
        ([0, 0, 500, 500], (0, 0, 210, 105)),  # in a corner: clipped
        ([900, 900, 1000, 1000], (358, 179, 400, 200)),  # in the other one
        ([2.5, 2.5, 12.5, 22.5], (0.8, 0.3, 5.2, 4.7)),  # parts of thousandths
        ([0, 0, 12, 24], (0, 0, 5.04, 5.04)),  # tiny
    ],
)
def test_a_box_becomes_pixels(box, expected):
    assert place(box, SIZE) == pytest.approx(expected)


@pytest.mark.parametrize(
    "box",
    [
        None,  # no place
        [],  # nothing
        [100, 100, 300],  # a number is missing
        [100, 100, 300, 500, 600],  # one too many
        [300, 100, 100, 500],  # left and right exchanged
        [100, 500, 300, 100],  # top and bottom exchanged
        [100, 100, 100, 500],  # no width
        [100, 100, 300, 100],  # no height
        [100, 100, 1300, 500],  # beyond 1000: pixels, perhaps
        [-100, 100, 300, 500],  # before 0
        [float("nan"), 100, 300, 500],  # no number
        [100, 100, float("inf"), 500],  # no end
        [0.1, 0.1, 0.3, 0.5],  # shares, perhaps
        [0, 0, 1, 1],  # the whole image as shares, or a pixel
        [0, 0, 1000, 1000],  # everything
        [10, 10, 990, 990],  # nearly everything, once grown
    ],
)
def test_a_box_that_tells_no_place(box):
    assert place(box, SIZE) is None


numbers = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-5, 1100).map(float)


@given(st.lists(numbers, min_size=4, max_size=4), st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
def test_whatever_is_used_lies_in_the_image_and_is_not_all_of_it(box, size_wh):
    found = place(box, size_wh)
    if found is not None:
        x1, y1, x2, y2 = found
        assert 0 <= x1 < x2 <= size_wh[0]
        assert 0 <= y1 < y2 <= size_wh[1]
        assert area(found) < EVERYTHING * size_wh[0] * size_wh[1]


@given(st.lists(st.integers(0, 1000), min_size=4, max_size=4))
def test_a_used_box_holds_what_the_model_meant(box):
    found = place(box, (1000, 1000))
    if found is not None:
        assert found[0] <= box[0] < box[2] <= found[2]
        assert found[1] <= box[1] < box[3] <= found[3]


@pytest.mark.parametrize("box", [(500, 10, 600, 20), (-9, -9, -1, -1), (float("nan"), 0, 1, 1)])
def test_a_box_outside_the_image_is_of_no_use(box):
    assert usable(box, SIZE) is None
