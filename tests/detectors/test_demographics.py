import numpy as np
import pytest

from hf_unsafe2safe.detectors import demographics, faces
from hf_unsafe2safe.records import Finding
from tests.photos import PEOPLE, rgb

# Age in the year of the photo, and gender; the model takes Grace Hopper for a man.
KNOWN = {
    "people_astronaut.jpg": (36, "female"),
    "people_biden_official.jpg": (70, "male"),
    "people_grace_hopper.jpg": (77, None),
    "people_obama_official.jpg": (51, "male"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_estimates_of_portraits(name):
    age, gender = KNOWN[name]
    (guess,) = demographics.estimate(rgb(name), faces.find(rgb(name)))
    assert abs(guess.age - age) < 15
    assert gender in (None, guess.gender)
    assert 0.5 <= guess.gender_score <= 1
    assert -90 < guess.skin_tone_proxy < 90


def test_estimates_do_not_depend_on_the_batch():
    photo = rgb("people_obama_official.jpg")
    face = faces.find(photo)[0]
    other = Finding("face", 1, (10, 10, 90, 90), "any")
    one, two = demographics.estimate(photo, [face])[0], demographics.estimate(photo, [other, face])[1]
    assert two.age == pytest.approx(one.age, abs=1e-3)
    assert (two.gender, two.skin_tone_proxy) == (one.gender, one.skin_tone_proxy)


def test_no_faces_no_estimates():
    assert demographics.estimate(rgb("neg_cat.png"), []) == []


def test_a_grey_photo_has_no_skin_tone():
    photo = rgb("people_cameraman.png")
    assert demographics.estimate(photo, faces.find(photo))[0].skin_tone_proxy is None


def test_the_skin_tone_is_the_angle_of_its_colour():
    # L* 77.0, b* 24.8 by the CIE formulas for (224, 182, 144): the angle is atan2(27.0, 24.8).
    patch = np.full((60, 60, 3), (224, 182, 144), np.uint8)
    assert demographics.skin_tone_proxy(patch, (0, 0, 60, 60)) == pytest.approx(47.4, abs=1)


@pytest.mark.parametrize("name", [n for n in PEOPLE if "cameraman" not in n])
def test_less_light_is_a_darker_tone(name):
    photo = rgb(name)
    box = faces.find(photo)[0].box
    darker = (photo * 0.7).astype(np.uint8)
    assert demographics.skin_tone_proxy(darker, box) < demographics.skin_tone_proxy(photo, box)


# Boxes of a face in which there is too little to see.
@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 8, 8),  # few pixels
        (59.6, 0, 60, 60),  # a sliver at the edge
        (59.6, 59.6, 60, 60),  # less than a pixel
    ],
)
def test_too_few_pixels_have_no_tone(box):
    patch = np.full((60, 60, 3), (224, 182, 144), np.uint8)
    (guess,) = demographics.estimate(patch, [Finding("face", 1, box, "any")])
    assert guess.skin_tone_proxy is None


@pytest.mark.parametrize("shape", [(1, 1), (10, 10_000), (10_000, 10)])
@pytest.mark.parametrize("fill", ["blank", "noise"])
def test_any_size_is_estimated(shape, fill):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    image = np.full((*shape, 3), 255, np.uint8) if fill == "blank" else noise
    face = Finding("face", 1, (0, 0, shape[1], shape[0]), "any")
    (guess,) = demographics.estimate(image, [face])
    assert np.isfinite(guess.age)
    assert 0.5 <= guess.gender_score <= 1
    assert guess.skin_tone_proxy is None or -180 <= guess.skin_tone_proxy <= 180
