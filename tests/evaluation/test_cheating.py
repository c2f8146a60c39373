import cv2
import imagehash
import numpy as np
import PIL.Image
import pytest
from skimage.metrics import structural_similarity

from hf_unsafe2safe.evaluation.cheating.edit_strength import EditedTooLittle, EditedTooMuch
from hf_unsafe2safe.evaluation.cheating.phash import PhashDistance, RegionPhash, hash_bits
from hf_unsafe2safe.evaluation.cheating.ssim import RegionSsim, Ssim, ssim_map
from hf_unsafe2safe.evaluation.quality.ssim_outside import OutsideSsim
from hf_unsafe2safe.evaluation.sizes import safe_like_original
from tests.evaluation.pairs import figure, look_phash, pair
from tests.photos import rgb

PHOTO = np.ascontiguousarray(rgb("people_astronaut.jpg")[:300, 60:360])
FACE = (95.0, 40.0, 225.0, 220.0)
OTHER = cv2.resize(rgb("neg_temple.jpg"), PHOTO.shape[1::-1], interpolation=cv2.INTER_AREA)
METRICS = [Ssim, RegionSsim, OutsideSsim, RegionPhash, EditedTooLittle, EditedTooMuch]


def blurred(sigma):
    return cv2.GaussianBlur(PHOTO, (0, 0), sigma)


def in_face(pixels):
    """Return the photo with other pixels where the face is."""
    x0, y0, x1, y1 = (int(v) for v in FACE)
    edited = PHOTO.copy()
    edited[y0:y1, x0:x1] = pixels[y0:y1, x0:x1]
    return edited


def value(metric, safe, boxes=(FACE,)):
    return figure(metric(), [pair(PHOTO, safe, boxes=boxes)])


def naive_ssim(a, b, row, column):
    """Return the formula of Wang et al. at one pixel, with a window of 11."""
    steps = np.arange(-5, 6)
    weights = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * 1.5**2))
    weights /= weights.sum()
    x, y = (p[row - 5 : row + 6, column - 5 : column + 6].astype(float) for p in (a, b))
    mx, my = (weights * x).sum(), (weights * y).sum()
    vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
    both = (weights * (x - mx) * (y - my)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return (2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))


@pytest.mark.parametrize("place", [(20, 30), (120, 160), (250, 200)])
def test_ssim_is_the_published_formula(place):
    safe = blurred(2)
    gray = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (PHOTO, safe)]
    assert ssim_map(PHOTO, safe)[place] == pytest.approx(naive_ssim(*gray, *place), abs=1e-6)


def test_the_mean_of_an_image_is_that_of_scikit_image():
    gray = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (PHOTO, blurred(2))]
    whole = structural_similarity(*gray, gaussian_weights=True, use_sample_covariance=False)
    assert value(Ssim, blurred(2)) == pytest.approx(whole)


@pytest.mark.parametrize(("metric", "copy"), list(zip(METRICS, [1, 1, 1, 0, 1, 0], strict=True)))
def test_a_raw_copy_is_the_floor(metric, copy):
    assert value(metric, PHOTO) == pytest.approx(copy)


@pytest.mark.parametrize("metric", [Ssim, RegionSsim, OutsideSsim])
def test_ssim_falls_as_a_blur_grows(metric):
    values = [value(metric, blurred(sigma)) for sigma in (0.5, 1, 2, 4, 8)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] - 0.2


def test_ssim_and_phash_are_symmetric():
    for metric in (Ssim, RegionSsim, RegionPhash):
        there = figure(metric(), [pair(PHOTO, OTHER, boxes=[FACE])])
        back = figure(metric(), [pair(OTHER, PHOTO, boxes=[FACE])])
        assert there == pytest.approx(back)


def test_an_edit_of_the_face_is_seen_inside_and_not_outside():
    edited = in_face(np.zeros_like(PHOTO))
    assert value(RegionSsim, edited) < 0.2
    assert value(OutsideSsim, edited) == pytest.approx(1)
    assert value(RegionSsim, edited) < value(Ssim, edited) < 1


STRENGTHS = [
    (cv2.add(PHOTO, np.full_like(PHOTO, 10)), 1, 0),  # brighter
    (blurred(0.5), 1, 0),
    (in_face(blurred(12)), 0, 0),  # as it should be
    (in_face(np.zeros_like(PHOTO)), 0, 0),
    (np.roll(PHOTO, 6, axis=1), 0, 0),  # moved, but the same scene
    (255 - PHOTO, 0, 0),  # the negative has the layout
    (OTHER, 0, 1),
    (np.full_like(PHOTO, 128), 0, 1),  # nothing left
]


@pytest.mark.parametrize(("safe", "little", "much"), STRENGTHS)
def test_too_little_and_too_much(safe, little, much):
    assert (value(EditedTooLittle, safe), value(EditedTooMuch, safe)) == (little, much)


def test_phash_of_a_region_is_that_of_the_cut():
    x0, y0, x1, y1 = (int(v) for v in FACE)
    first, second = (
        imagehash.phash(PIL.Image.fromarray(image[y0:y1, x0:x1])) for image in (PHOTO, blurred(20))
    )
    assert value(RegionPhash, blurred(20)) == (first - second) / 64


def test_phash_distance_is_that_of_the_looks():
    looks = [{"phash": look_phash(hash_bits(image))} for image in (PHOTO, OTHER)]
    one = pair(PHOTO, OTHER, looks=looks[0], safe_looks=looks[1])
    known = imagehash.phash(PIL.Image.fromarray(PHOTO)) - imagehash.phash(PIL.Image.fromarray(OTHER))
    assert figure(PhashDistance(), [one]) == known / 64


@pytest.mark.parametrize("metric", [RegionSsim, RegionPhash, EditedTooLittle])
def test_without_regions_there_is_no_figure(metric):
    assert np.isnan(value(metric, PHOTO, boxes=()))


EXCLUDED = [
    (Ssim, PHOTO[:10], ()),  # smaller than a window
    (OutsideSsim, PHOTO, [(0, 0, 300, 300)]),  # no outside
    (EditedTooMuch, np.full_like(PHOTO, 7), ()),  # nothing to see
    (RegionPhash, PHOTO, [(5, 5, 15, 60)]),  # too small a place
    (RegionPhash, PHOTO, [(-40, -40, -5, -5)]),  # outside of the image
]


@pytest.mark.parametrize(("metric", "image", "boxes"), EXCLUDED)
def test_rows_that_a_metric_cannot_judge_are_left_out(metric, image, boxes):
    assert np.isnan(figure(metric(), [pair(image, boxes=boxes)]))


def test_small_places_do_not_count_beside_large_ones():
    assert value(RegionPhash, OTHER, [FACE, (0, 0, 8, 8)]) == value(RegionPhash, OTHER)


@pytest.mark.parametrize("scale", [0.5, 2])
def test_another_size_is_compared_at_the_size_of_the_original(scale):
    safe = cv2.resize(PHOTO, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    one = pair(PHOTO, safe, boxes=[FACE])
    assert safe_like_original(one).shape == PHOTO.shape
    assert figure(Ssim(), [one]) > 0.85
    assert figure(EditedTooMuch(), [one]) == 0


def test_a_gray_photo_is_judged_too():
    gray = np.repeat(cv2.cvtColor(PHOTO, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    soft = cv2.GaussianBlur(gray, (0, 0), 4)
    for metric in (Ssim, RegionSsim):
        assert 0 < figure(metric(), [pair(gray, soft, boxes=[FACE])]) < 0.8
    assert figure(RegionPhash(), [pair(gray, soft, boxes=[FACE])]) < 0.2
    assert figure(EditedTooMuch(), [pair(gray, soft)]) == 0
    assert figure(EditedTooMuch(), [pair(gray, OTHER)]) == 1
