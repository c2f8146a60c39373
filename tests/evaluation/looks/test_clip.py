"""Images and texts by a tiny CLIP, and the three metrics that ask it."""

import pickle

import numpy as np
import pytest

from hf_unsafe2safe.evaluation.cheating.clip_similarity import ClipSimilarity
from hf_unsafe2safe.evaluation.looks.clip import Clip
from hf_unsafe2safe.evaluation.looks.look import Looker
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.quality.clip_score import ClipScore
from hf_unsafe2safe.evaluation.quality.directional_clip import DirectionalClip
from tests import photos
from tests.evaluation.pairs import figure, look_vector, pair
from tests.evaluation.tiny_encoders import LENGTH, tiny_clip


@pytest.fixture(scope="module")
def clip():
    return Clip(str(tiny_clip()))


def test_vectors_have_length_one_and_do_not_depend_on_the_batch(clip):
    assert isinstance(clip, Looker)
    images = [photos.rgb("neg_cat.png"), photos.rgb("people_cameraman.png"), np.zeros((1, 500, 3), np.uint8)]
    together = [look["vector"] for look in clip.look(images)]
    alone = [clip.look([rgb])[0]["vector"] for rgb in images]
    assert [v.dtype for v in together] == [np.float32] * 3
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together, alone, atol=1e-5)
    assert not np.allclose(together[0], together[1], atol=1e-3)


def test_texts_are_cut_and_do_not_depend_on_their_neighbours(clip):
    texts = ["a dog", "a cat on a bench", "a dog " * LENGTH * 4]
    together = clip.texts(texts)
    assert together.shape == (3, 24)
    assert np.allclose(together, [clip.texts([text])[0] for text in texts], atol=1e-6)
    assert not np.allclose(together[0], together[1], atol=1e-3)
    # what comes after the longest length changes nothing
    assert np.allclose(clip.texts(["a dog " * LENGTH * 4 + "a cat"])[0], together[2])


def test_what_was_read_is_not_pickled(clip):
    clip.texts(["a very private caption"])
    again = pickle.dumps(clip)
    assert b"private caption" not in again
    assert pickle.loads(again).version == clip.version  # noqa: S301  (made here)
    assert str(tiny_clip()) not in clip.version


def test_scores_are_the_cosines_of_the_model(clip):
    rgb, safe = photos.rgb("neg_cat.png"), photos.rgb("neg_coffee.jpg")
    image, safe_image = clip.look([rgb, safe])
    captions = {"private_caption": "a dog", "public_caption": "a cat on a bench"}
    row = pair(rgb, safe, looks={"clip": image}, safe_looks={"clip": safe_image}, **captions)
    private, public = clip.texts([captions["private_caption"], captions["public_caption"]])
    a, b = image["vector"], safe_image["vector"]
    assert figure(ClipScore(clip), [row]) == pytest.approx(float(b @ public), abs=1e-5)
    assert figure(ClipSimilarity(clip), [row]) == pytest.approx(float(a @ b), abs=1e-5)
    change, text = b - a, public - private
    expected = float(change @ text / np.linalg.norm(change) / np.linalg.norm(text))
    assert figure(DirectionalClip(clip), [row]) == pytest.approx(expected, abs=1e-4)


VECTORS = {"clip": look_vector(np.eye(24)[0])}, {"clip": look_vector(np.eye(24)[1])}

ROUNDED = {"clip": look_vector(np.eye(24)[0] + 5e-6 * np.eye(24)[1])}


@pytest.mark.parametrize(
    ("metric", "row"),
    [
        (ClipScore, pair(looks=VECTORS[0])),  # no caption
        (ClipScore, pair(looks=VECTORS[0], public_caption="  ")),  # an empty one
        # a copy has no direction
        (DirectionalClip, pair(looks=VECTORS[0], public_caption="a", private_caption="b")),
        # nor has one that was looked at in another batch
        (
            DirectionalClip,
            pair(looks=VECTORS[0], safe_looks=ROUNDED, public_caption="a dog", private_caption="a cat"),
        ),
        # nor have two equal captions
        (
            DirectionalClip,
            pair(looks=VECTORS[0], safe_looks=VECTORS[1], public_caption="a", private_caption="a"),
        ),
        # nor is there one without the private caption
        (DirectionalClip, pair(looks=VECTORS[0], safe_looks=VECTORS[1], public_caption="a")),
        # what is no number is no similarity
        (ClipSimilarity, pair(looks={"clip": look_vector(np.full(24, np.nan))})),
    ],
)
def test_rows_that_say_nothing_are_left_out(clip, metric, row):
    with pytest.raises(ExcludedRowError):
        metric(clip).observe(row)


def test_a_copy_is_as_similar_as_can_be(clip):
    assert figure(ClipSimilarity(clip), [pair(looks=VECTORS[0])]) == 1
