"""A photo and published images: the same picture is found again, another one is not."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.hub.retracting.likeness import ALIKE, SURE, likeness, small
from tests.photos import FACES, rgb

NAMES = sorted(FACES)
EDITED, LABELLED = 0, 1


def jpeg(pixels, quality):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(buffer))


def resized(pixels, share):
    height, width = pixels.shape[:2]
    return np.asarray(PIL.Image.fromarray(pixels).resize((int(width * share), int(height * share))))


def cut(pixels, share):
    dy, dx = (int(n * share) for n in pixels.shape[:2])
    return pixels[dy : len(pixels) - dy, dx : pixels.shape[1] - dx]


def region(box, action=EDITED):
    return {"box": box, "action": action}


CHANGES = {
    "nothing": lambda p: p,
    "saved at quality 50": lambda p: jpeg(p, 50),
    "half the size": lambda p: resized(p, 0.5),
    "a thumbnail at quality 50": lambda p: jpeg(resized(p, 0.25), 50),
    "mirrored": lambda p: p[:, ::-1],
    "brighter": lambda p: np.clip(p.astype(int) + 40, 0, 255).astype(np.uint8),
    "grey": lambda p: np.repeat(p.mean(2, keepdims=True).astype(np.uint8), 3, 2),
    "10% cut from the left": lambda p: p[:, p.shape[1] // 10 :],
    "5% cut from each border": lambda p: cut(p, 0.05),
    "10% cut, half the size, quality 50": lambda p: jpeg(resized(cut(p, 0.1), 0.5), 50),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_finds_the_same_photo_again(change):
    for name in NAMES:
        image = safe(name)
        assert likeness(small(np.ascontiguousarray(change(rgb(name)))), image) >= ALIKE, name


def safe(name):
    """Return a published image: a tenth of it, in the middle, is black."""
    pixels = rgb(name).copy()
    height, width = pixels.shape[:2]
    box = [int(width * 0.35), int(height * 0.35), int(width * 0.65), int(height * 0.65)]
    pixels[box[1] : box[3], box[0] : box[2]] = 0
    return small(pixels, [region(box)])


def test_is_sure_of_a_photo_that_was_only_saved_anew():
    assert all(likeness(small(jpeg(rgb(name), 50)), safe(name)) >= SURE for name in NAMES)


def test_other_photos_are_not_alike():
    # among them two official portraits with the same flag behind them
    copies, images = {n: small(rgb(n)) for n in NAMES}, {n: safe(n) for n in NAMES}
    assert max(likeness(copies[a], images[b]) for a in NAMES for b in NAMES if a != b) < ALIKE


def test_finds_the_cut_photo_in_a_dataset_that_has_more_or_less_of_it():
    whole, part = rgb("neg_temple.jpg"), np.ascontiguousarray(cut(rgb("neg_temple.jpg"), 0.08))
    assert likeness(small(whole), small(part)) >= ALIKE
    assert likeness(small(part), small(whole)) >= ALIKE


def test_what_was_edited_does_not_count():
    pixels, other = rgb("neg_cat.png").copy(), rgb("neg_coffee.jpg")
    box = [100, 60, 350, 240]
    pixels[60:240, 100:350] = other[60:240, 100:350]
    photo = small(rgb("neg_cat.png"))
    assert likeness(photo, small(pixels, [region(box)])) > likeness(photo, small(pixels)) + 0.1
    # what was only labelled is the original's and counts
    assert np.array_equal(small(pixels, [region(box, LABELLED)]).grey, small(pixels).grey)


@pytest.mark.parametrize(
    "share",
    [1.0, 0.9],  # all of it edited; nearly all
)
def test_says_nothing_of_an_image_edited_all_over(share):
    pixels = rgb("neg_cat.png")
    box = [0, 0, pixels.shape[1], int(pixels.shape[0] * share)]
    assert likeness(small(pixels), small(pixels, [region(box)])) == 0


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_picture_is_like_nothing(value):
    flat = small(np.full((300, 400, 3), value, np.uint8))
    assert likeness(flat, flat) == 0
    assert likeness(flat, small(rgb("neg_rocket.jpg"))) < ALIKE


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_any_size_gives_a_number(height, width, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    found = likeness(small(noise), small(rgb("neg_cat.png"), [region([0, 0, 90, 900])]))
    assert -1 <= found <= 1
