"""What was painted gets the colours around it: no seam, nothing outside the mask, nothing that was there."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.editing.blending import MOST_FEATHER, blend
from tests import photos

RNG = np.random.default_rng(5)
TINTS = {  # what generators do to the colours of a crop
    "warm": (40, 0, -30),
    "dark": (-50, -50, -50),
    "light": (45, 45, 45),
    "as it is": (0, 0, 0),
}


def oval(shape, box):
    mask = np.zeros(shape[:2], np.uint8)
    x1, y1, x2, y2 = box
    cv2.ellipse(mask, ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2), 0, 0, 360, 255, -1)
    return mask


def steps_across(image, mask):
    """Return the mean step of brightness from just inside the border of a mask to just outside of it."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float)
    inside = (mask > 0) & (cv2.erode(mask, np.ones((3, 3), np.uint8)) == 0)
    steps = []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        outside = np.roll(mask, (-dy, -dx), (0, 1)) == 0
        pairs = inside & outside
        steps.append(np.abs(grey - np.roll(grey, (-dy, -dx), (0, 1)))[pairs])
    return float(np.concatenate(steps).mean())


@pytest.mark.parametrize("tint", TINTS)
@pytest.mark.parametrize(
    ("name", "box"),
    [("people_astronaut.jpg", (160, 40, 290, 200)), ("neg_coffee.jpg", (200, 90, 330, 220))],
)
def test_no_seam(name, box, tint):
    """Along the border the steps are those of the photo, though the crop came back in other colours."""
    photo = photos.rgb(name)
    mask = oval(photo.shape, box)
    painted = np.clip(photo.astype(int) + TINTS[tint], 0, 255).astype(np.uint8)
    blended = blend(photo, painted, mask)
    assert np.array_equal(blended[mask == 0], photo[mask == 0])
    assert steps_across(blended, mask) <= 1.15 * steps_across(photo, mask) + 0.5
    if tint == "light":
        pasted = np.where(mask[..., None] > 0, painted, photo)
        assert steps_across(pasted, mask) > 2 * steps_across(blended, mask)  # what it would be without


def test_smooth_where_the_photo_is_smooth():
    """On a wall even a small step would be seen."""
    wall = np.full((120, 160, 3), 150, np.uint8)
    wall += np.linspace(0, 30, 160).astype(np.uint8)[None, :, None]
    mask = oval(wall.shape, (50, 30, 110, 90))
    painted = np.clip(wall.astype(int) - [60, 20, -40], 0, 255).astype(np.uint8)
    blended = blend(wall, painted, mask)
    assert np.abs(blended.astype(int) - wall).max() <= 4


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=40)
def test_nothing_of_what_was_there(seed, width, height):
    """Deep inside, the result does not depend on the original's masked pixels."""
    random = np.random.default_rng(seed)
    before, painted = random.integers(0, 256, (2, 70, 80, 3), np.uint8)
    other = before.copy()
    mask = np.zeros((70, 80), np.uint8)
    y, x = random.integers(0, 70 - height + 1), random.integers(0, 80 - width + 1)
    mask[y : y + height, x : x + width] = 255
    other[mask > 0] = random.integers(0, 256, 3)
    deep = cv2.distanceTransform(mask, cv2.DIST_L2, 3) > MOST_FEATHER + 1
    assert np.array_equal(blend(before, painted, mask)[deep], blend(other, painted, mask)[deep])


def thin(slanted):
    """Return a mask of two small lines far apart, or of one slanted line: thin, in a large rectangle."""
    mask = np.zeros((400, 400), np.uint8)
    if slanted:
        cv2.line(mask, (40, 40), (360, 320), 255, 14)
    else:
        mask[40:54, 20:120] = mask[350:364, 250:390] = 255
    return mask


@pytest.mark.parametrize("slanted", [False, True])
def test_small_regions_fade_as_little_as_they_are_thin(slanted):
    """Text masks are grown by two pixels: from the third on nothing of the ink may be left."""
    mask = thin(slanted)
    random = np.random.default_rng(3)
    before, painted = random.integers(0, 256, (2, 400, 400, 3), np.uint8)
    other = before.copy()
    other[mask > 0] = 255 - other[mask > 0]
    third = cv2.distanceTransform(mask, cv2.DIST_L2, 3) > 2
    assert np.array_equal(blend(before, painted, mask)[third], blend(other, painted, mask)[third])


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 5)])
def test_small_and_whole(shape):
    before, painted = RNG.integers(0, 256, (2, *shape, 3), np.uint8)
    whole = np.full(shape, 255, np.uint8)
    assert np.array_equal(blend(before, painted, whole), painted)  # no border: what was painted
    assert np.array_equal(blend(before, painted, whole * 0), before)
    corner = whole * 0
    corner[0, 0] = 255
    blended = blend(before, painted, corner)
    assert np.array_equal(blended[corner == 0], before[corner == 0])
