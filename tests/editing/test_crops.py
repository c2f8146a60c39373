"""Crops hold every masked pixel, undistorted, at sizes that a model takes, and few of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.editing.crops import LEAST_SHARE, MOST_CROPS, crops_of, cut, uncut

spans = st.integers(1, 400)


@st.composite
def masks(draw):
    """Return a mask with up to six boxes in it, also at its borders."""
    height, width = draw(spans), draw(spans)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(1, 6))):
        y, x = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[y : y + draw(st.integers(1, 90)), x : x + draw(st.integers(1, 90))] = 255
    return mask


@given(masks(), st.sampled_from([(64, 8), (512, 8), (1024, 16)]))
@settings(max_examples=80)
def test_every_masked_pixel_is_in_a_crop_and_on_its_canvas(mask, model):
    side, grid = model
    painted = np.zeros_like(mask)
    crops = crops_of(mask, side, grid)
    for crop in crops:
        x1, y1, x2, y2 = crop.inside
        assert crop.box[0] <= x1 < x2 <= crop.box[2]
        assert crop.box[1] <= y1 < y2 <= crop.box[3]
        assert not any(span % grid for span in crop.size_wh)
        canvas = cut(mask, crop)
        assert canvas.shape[::-1] == crop.size_wh
        assert set(np.unique(canvas)) <= {0, 255}
        place, back = uncut(np.dstack([canvas] * 3), crop, mask.shape[::-1])
        assert back.shape[:2] == painted[place].shape
        # What a canvas masks holds what the image masks: nothing is thinned out on the way.
        assert (back[..., 0] > 0)[mask[place] > 0].all()
        painted[y1:y2, x1:x2] = 255
    assert (painted[mask > 0] == 255).all()
    assert 1 <= len(crops) <= MOST_CROPS


@given(masks())
@settings(max_examples=40)
def test_as_wide_to_high_as_the_canvas(mask):
    """Nothing is squeezed: both sides are scaled alike, to a pixel."""
    for crop in crops_of(mask, 512, 8):
        x1, y1, x2, y2 = crop.box
        across, along = (x2 - x1) / crop.size_wh[0], (y2 - y1) / crop.size_wh[1]
        assert abs(across - along) * max(crop.size_wh) <= 1.5


SIZES = [
    # region xyxy, image, canvas of 512: what is painted, and how large it gets there
    ((100, 100, 140, 150), (1000, 800), 1, 2.0),  # a small face fills its canvas, with context
    ((100, 100, 104, 104), (1000, 800), 1, LEAST_SHARE),  # a dot is not blown up without end
    ((0, 0, 1000, 800), (1000, 800), 1, 0.5),  # the whole image is made smaller
]


@pytest.mark.parametrize(("box", "size", "count", "scale"), SIZES)
def test_scale(box, size, count, scale):
    mask = np.zeros(size[::-1], np.uint8)
    mask[box[1] : box[3], box[0] : box[2]] = 255
    crops = crops_of(mask, 512, 8)
    assert len(crops) == count
    crop = crops[0]
    enlarged = crop.size_wh[0] / (crop.box[2] - crop.box[0])
    assert enlarged <= LEAST_SHARE * 1.01
    assert enlarged >= scale or size == (1000, 800)
    if box == (0, 0, 1000, 800):
        assert crop.box[0] <= 0 < 1000 <= crop.box[2]
        assert 0.4 < enlarged < 1


def test_near_regions_share_a_crop_and_far_ones_do_not():
    near, far = np.zeros((600, 900), np.uint8), np.zeros((600, 900), np.uint8)
    near[100:140, 100:140] = near[100:140, 160:200] = 255
    far[100:140, 100:140] = far[400:440, 800:840] = 255
    assert [len(crops_of(mask, 512, 8)) for mask in (near, far)] == [1, 2]


def test_hundreds_of_words_are_few_crops():
    page = np.zeros((2000, 1500), np.uint8)
    for y in range(20, 1980, 60):
        for x in range(20, 1480, 120):
            page[y : y + 20, x : x + 90] = 255
    crops = crops_of(page, 512, 8)
    assert len(crops) <= MOST_CROPS
    for x1, y1, x2, y2 in (crop.inside for crop in crops):
        page[y1:y2, x1:x2] = 0
    assert not page.any()  # none is lost on the way


def test_a_dot_in_a_huge_image_is_on_its_canvas():
    mask = np.zeros((3000, 3000), np.uint8)
    mask[::900, ::900] = 255
    mask[-1, -1] = mask[0, 0] = 255
    for crop in crops_of(mask, 64, 8):
        assert cut(mask, crop).any()


@given(masks())
@settings(max_examples=40)
def test_beyond_the_image_the_mask_is_mirrored_with_it(mask):
    """What is to go does not come back in the mirror: where the image is secret, the canvas is masked."""
    secret = np.where(mask[..., None] > 0, np.uint8([255, 0, 0]), np.uint8([0, 0, 255]))
    for crop in crops_of(mask, 64, 8):
        canvas, masked = cut(secret, crop), cut(mask, crop)
        assert not (canvas[masked == 0][:, 0] > 128).any()


def test_a_crop_may_reach_beyond_the_image():
    strip = np.zeros((40, 300), np.uint8)
    strip[:, 100:140] = 255
    (crop,) = crops_of(strip, 64, 8)
    assert crop.box[1] < 0


def test_nothing_masked_is_no_crop():
    assert crops_of(np.zeros((5, 7), np.uint8), 512, 8) == []
