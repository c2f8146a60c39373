"""pixelate, blur and mosaic: what they keep of a region, and what they must not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.editing.blocks import LEAST_BLOCK
from hf_unsafe2safe.editing.blur import BlurEditor
from hf_unsafe2safe.editing.masked import region_mask
from hf_unsafe2safe.editing.mosaic import MosaicEditor
from hf_unsafe2safe.editing.pixelate import PixelateEditor
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import EditRequest, PublicCaption
from hf_unsafe2safe.registry import create
from tests.photos import PEOPLE, rgb

SPECS = ["pixelate", "pixelate:1", "pixelate:32", "blur", "blur:0.01", "blur:1", "mosaic", "mosaic:3"]
OWN = [s for s in SPECS if not s.startswith("mosaic")]  # made of the region's own pixels


def edit(spec, pixels, mask, seed=0):
    request = EditRequest(pixels, mask, PublicCaption("A photo."), "Neutralise what is marked.", seed)
    return create("editor", spec).edit([request])[0]


def marked(shape, *windows):
    mask = np.zeros(shape[:2], np.uint8)
    for window in windows:
        mask[window] = 255
    return mask


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def with_other(image, where, seed=9):
    """Return the image with other pixels wherever `where` is true."""
    return np.where(where[..., None], noise(*image.shape[:2], seed), image)


@pytest.mark.parametrize("spec", SPECS)
def test_they_conform(spec):
    testing.check_editor(create("editor", spec))


def test_they_are_created_by_name():
    assert isinstance(create("editor", "pixelate"), PixelateEditor)
    assert isinstance(create("editor", "blur"), BlurEditor)
    assert isinstance(create("editor", "mosaic"), MosaicEditor)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("pixelate:0", "whole number of blocks from 1 to 32, got '0'"),  # nothing to divide by
        ("pixelate:33", "whole number of blocks from 1 to 32, got '33'"),  # hides nothing
        ("pixelate:-8", "got '-8'"),
        ("pixelate:8.5", "got '8.5'"),
        ("pixelate:eight", r"got 'eight'\. Use 'pixelate:8'\."),
        ("pixelate: 8", "got ' 8'"),
        ("pixelate:٨", "got '٨'"),  # a digit, but not one that a reader of the config expects
        ("pixelate:" + "9" * 5000, "whole number"),  # int() itself would raise
        ("mosaic:x", r"Editor 'mosaic' takes .* got 'x'\. Use 'mosaic:8'\."),
        ("blur:0", "sigma from 0.01 to 1 of a region's shorter side, got '0'"),  # would change nothing
        ("blur:1.5", "got '1.5'"),
        ("blur:-0.2", "got '-0.2'"),
        ("blur:nan", "got 'nan'"),  # compares with nothing
        ("blur:inf", "got 'inf'"),
        ("blur:strong", r"got 'strong'\. Use 'blur:0\.2'\."),
    ],
)
def test_bad_arguments_say_what_was_expected(spec, expected):
    with pytest.raises(ConfigError, match=expected):
        create("editor", spec)


def test_fingerprints_hold_the_settings():
    specs = ["pixelate:4", "pixelate:5", "blur:0.1", "blur:0.3", "mosaic:4", "mosaic:5"]
    assert len({create("editor", spec).fingerprint() for spec in specs}) == len(specs)
    for spec, same in [("pixelate", "pixelate:8"), ("blur", "blur:0.20"), ("mosaic", "mosaic:8")]:
        assert create("editor", spec).fingerprint() == create("editor", same).fingerprint()


@pytest.mark.parametrize("spec", SPECS)
@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**63 - 1))
def test_any_mask_of_any_image_can_be_edited(spec, height, width, share, seed):
    # Many ragged regions at once, at every border; with a share of 1 the whole image.
    image = noise(height, width)
    mask = np.where(np.random.default_rng(1).random((height, width)) < share, 255, 0).astype(np.uint8)
    before = image.copy(), mask.copy()
    out = edit(spec, image, mask, seed)
    assert out.shape == image.shape
    assert np.array_equal(out[mask == 0], image[mask == 0])
    assert np.array_equal(image, before[0])
    assert np.array_equal(mask, before[1])


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    "window",
    [
        np.s_[:, :],  # the whole image
        np.s_[0:30, 0:20],  # a corner
        np.s_[30:, :],  # the lower border
        np.s_[10:20, :],  # a band through the whole width
        np.s_[:, 25:45],  # a column
    ],
)
def test_regions_at_the_border_are_changed(spec, window):
    image = noise(50, 70)
    out = edit(spec, image, marked(image.shape, window))
    assert (out != image).any(axis=-1)[window].mean() > 0.9  # by chance a pixel may stay


@pytest.mark.parametrize("spec", SPECS)
def test_grey_stays_grey(spec):
    grey = np.repeat(noise(40, 60)[..., :1], 3, axis=2)
    out = edit(spec, grey, marked(grey.shape, np.s_[10:30, 10:40]))
    assert (out == out[..., :1]).all()


@pytest.mark.parametrize("spec", SPECS)
def test_each_region_is_edited_by_itself(spec):
    image = noise(60, 90)
    one, two = (marked(image.shape, w) for w in (np.s_[5:25, 5:25], np.s_[30:55, 40:80]))
    together = edit(spec, image, one | two)
    for mask in (one, two):
        alone = edit(spec, image, mask)
        assert np.array_equal(together[mask > 0], alone[mask > 0])


@pytest.mark.parametrize("spec", OWN)
def test_own_colours_only(spec):
    # What lies around, in the window of a ragged region too, has no say.
    image = noise(50, 50)
    mask = (np.hypot(*(np.indices((50, 50)) - 25)) < 18).astype(np.uint8) * 255
    a, b = (edit(spec, im, mask) for im in (image, with_other(image, mask == 0)))
    assert np.array_equal(a[mask > 0], b[mask > 0])
    flat = np.where(mask[..., None] > 0, np.uint8([200, 30, 90]), image)
    assert (edit(spec, flat, mask)[mask > 0] == (200, 30, 90)).all()


def test_pixelate_takes_the_mean_of_each_block():
    image = noise(20, 50)
    out = edit("pixelate:2", image, marked(image.shape, np.s_[4:12, 10:26]))
    for y, x in [(4, 10), (8, 10), (4, 22), (8, 18)]:  # 2 x 4 blocks of 4 pixels
        block = np.s_[y : y + 4, x : x + 4]
        assert (out[block] == np.rint(image[block].mean(axis=(0, 1)))).all()


def test_a_small_region_is_not_left_as_it_is():
    # Eight blocks across eight pixels would be the pixels themselves.
    image = noise(30, 30)
    out = edit("pixelate:32", image, marked(image.shape, np.s_[10:18, 10:18]))
    assert len(np.unique(out[10:18, 10:18].reshape(-1, 3), axis=0)) == (8 // LEAST_BLOCK) ** 2


def test_a_small_region_is_blurred_all_the_same():
    image = noise(30, 30)
    out = edit("blur:0.01", image, marked(image.shape, np.s_[10:18, 10:18]))
    assert out[10:18, 10:18].std() < 0.4 * image[10:18, 10:18].std()


def test_more_blur_keeps_less():
    photo = rgb("people_astronaut.jpg")
    mask = marked(photo.shape, np.s_[60:180, 170:280])
    spread = [edit(f"blur:{share}", photo, mask)[mask > 0].std() for share in (0.01, 0.05, 0.2, 1)]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < 0.4 * spread[0]  # a slope from one side to the other remains


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("spec", ["blur", "mosaic"])
def test_the_defaults_hide_a_face_from_the_recogniser(spec, name):
    photo = rgb(name)
    face = faces.find(photo)[:1]
    out = edit(spec, photo, region_mask(face[0], (photo.shape[1], photo.shape[0])))
    gap = identity.distance(identity.embed(photo, face), identity.embed(out, face)).item()
    assert gap >= identity.SAME_PERSON


@pytest.mark.parametrize("name", PEOPLE)
def test_a_mosaic_knows_nothing_of_the_face(name):
    photo = rgb(name)
    mask = region_mask(faces.find(photo)[0], (photo.shape[1], photo.shape[0]))
    a, b = (edit("mosaic", im, mask, seed=3) for im in (photo, with_other(photo, mask > 0)))
    assert np.array_equal(a[mask > 0], b[mask > 0])


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**63 - 1))
def test_a_mosaic_is_decided_by_what_is_outside(height, width, share, seed):
    image = noise(height, width)
    mask = np.where(np.random.default_rng(2).random((height, width)) < share, 255, 0).astype(np.uint8)
    a, b = (edit("mosaic", im, mask, seed) for im in (image, with_other(image, mask > 0)))
    assert np.array_equal(a[mask > 0], b[mask > 0])


def test_a_mosaic_is_drawn_by_the_seed_from_near_the_region():
    image = np.full((100, 100, 3), 255, np.uint8)
    image[20:80, 20:80] = noise(60, 60) // 4  # 0 to 63 near the region, white beyond
    mask = marked(image.shape, np.s_[35:65, 35:65])
    a, again, b = (edit("mosaic", image, mask, seed)[mask > 0] for seed in (1, 1, 2))
    assert np.array_equal(a, again)
    assert not np.array_equal(a, b)
    assert a.max() < 64
    assert MosaicEditor.stochastic


def test_a_mosaic_of_the_whole_image_is_grey():
    image = noise(40, 40)
    out = edit("mosaic", image, marked(image.shape, np.s_[:, :]))
    assert (out == out[..., :1]).all()
    assert len(np.unique(out)) > 10
