import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import BackendError, ParseError, StageError, UnknownNameError
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.utility.caption_similarity import CaptionSimilarity, shared_words
from hf_unsafe2safe.records import Captions
from tests.evaluation.pairs import figure, look_objects, pair
from tests.photos import rgb

WORDS = st.lists(st.sampled_from(["a", "red", "car", "dog"]), max_size=6)


class Scripted:
    """A captioner that says something of the grey of the first pixel, or fails."""

    models = ()

    def __init__(self, error=None, said="shade {}"):
        self.error, self.said, self.scenes = error, said, []

    def caption(self, images, inspections):
        self.scenes += inspections
        if self.error:
            raise self.error
        return [Captions("private", self.said.format(image[0, 0, 0])) for image in images]

    def fingerprint(self):
        return "scripted"


def row(**looks):
    look = {"objects": look_objects(**looks)}
    return pair(looks=look, safe_rgb=np.full((8, 8, 3), 200, np.uint8))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("A red car.", "a red car", 1.0),
        ("a red car", "a car", 0.8),  # a word that is lost
        ("a car", "a red car", 0.8),  # a word that is new
        ("car car", "car", 2 / 3),  # each as often as it is in both
        ("a car", "one dog", 0.0),
        ("", "a car", 0.0),
        ("", "", 0.0),
    ],
)
def test_shared_words(a, b, expected):
    assert shared_words(a, b) == pytest.approx(expected)


@given(WORDS, WORDS)
def test_it_is_precision_and_recall_in_one(a, b):
    left, shared = list(b), 0
    for word in a:
        if word in left:
            left.remove(word)
            shared += 1
    expected = 0.0
    if shared:
        precision, recall = shared / len(b), shared / len(a)
        expected = 2 * precision * recall / (precision + recall)
    assert shared_words(" ".join(a), " ".join(b)) == pytest.approx(expected)
    assert shared_words(" ".join(a), " ".join(b)) == shared_words(" ".join(b[::-1]), " ".join(a))


def test_both_images_are_captioned():
    assert figure(CaptionSimilarity(Scripted()), [row()]) == 0.5  # "shade 128", "shade 200"


def test_the_captioner_is_told_of_objects_and_of_no_risks():
    captioner = Scripted()
    CaptionSimilarity(captioner).observe(row(labels=["dog"], boxes=[(1, 2, 3, 4)], scores=[0.5]))
    for scene in captioner.scenes:
        assert [(o.label, o.score, o.box) for o in scene.objects] == [("dog", 0.5, (1, 2, 3, 4))]
        assert not scene.findings


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ParseError("unreadable_reply"), ExcludedRowError),  # it said nothing that can be read
        (BackendError("backend_unavailable"), BackendError),  # its server is down: no row's fault
        (StageError("out_of_memory"), StageError),
    ],
)
def test_a_captioner_that_fails(error, raised):
    with pytest.raises(raised):
        CaptionSimilarity(Scripted(error)).observe(row())


def test_the_template_captioner_works_without_a_model():
    metric = CaptionSimilarity("template")
    photo = rgb("neg_coffee.jpg")
    cup = {"objects": look_objects(["cup"], [(100, 50, 400, 350)])}
    grey = np.full_like(photo, 128)
    assert figure(metric, [pair(photo, looks=cup)]) == 1  # a copy
    lost = figure(metric, [pair(photo, grey, looks=cup, safe_looks={"objects": look_objects()})])
    assert 0 < lost < figure(metric, [pair(photo, grey, looks=cup)]) < 1


def test_it_is_known_by_its_captioner():
    assert CaptionSimilarity(Scripted()).fingerprint() != CaptionSimilarity("template").fingerprint()
    with pytest.raises(UnknownNameError):
        CaptionSimilarity("nobody")
