import numpy as np
import pytest

from hf_unsafe2safe.detectors.identity import distance
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.face_gaps import embeddings_at_place
from hf_unsafe2safe.evaluation.privacy.faces_gone import FacesGone
from hf_unsafe2safe.evaluation.privacy.facesim import FaceDistance, FaceSim
from hf_unsafe2safe.evaluation.privacy.reidentification import Reidentification
from hf_unsafe2safe.evaluation.privacy.residual import ResidualFaces
from tests.evaluation.pairs import figure, look_faces, look_faces_second, pair
from tests.evaluation.privacy.face_pairs import SHARP, photo_pair

IMAGE = np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)
TWO = [(10, 10, 50, 50), (110, 10, 150, 50)]  # of 40 pixels


def looked(embeddings, boxes, second=()):
    return {"faces": look_faces(embeddings, boxes), "faces_second": look_faces_second(second)}


def made(own, safe, own_boxes=TWO, safe_boxes=TWO, second=(), safe_rgb=None):
    """Return a pair from embeddings of one number a face: their differences are the distances."""
    before = looked([[v] for v in own], own_boxes[: len(own)])
    after = looked([[v] for v in safe], safe_boxes[: len(safe)], second)
    return pair(IMAGE, safe_rgb, looks=before, safe_looks=after)


# Embeddings in the original and in the safe image -> similarity, distance (None: the row is left out).
@pytest.mark.parametrize(
    ("own", "safe", "similarity", "gap"),
    [
        ([0], [0], 1, 0),  # a copy
        ([0], [0.6], 0.5, 0.6),  # at the threshold
        ([0], [1.2], 0, 1.2),  # nobody alike
        ([0], [3], 0, 3),  # further than that
        ([0, 5], [0.3, 5], 0.875, 0.15),  # the nearest of two counts
        ([0, 5], [5], 0.5, 2.5),  # one of two left
        ([0], [], 0, None),  # gone
        ([0], [np.nan], 1, 0),  # what is no number is not safe
    ],
)
def test_the_nearest_face_counts(own, safe, similarity, gap):
    one = made(own, safe)
    assert figure(FaceSim(), [one]) == pytest.approx(similarity)
    if gap is None:
        with pytest.raises(ExcludedRowError, match="no face in the safe image"):
            FaceDistance().observe(one)
    else:
        assert figure(FaceDistance(), [one]) == pytest.approx(gap, abs=1e-6)


METRICS = [FaceSim, FaceDistance, FacesGone, ResidualFaces, Reidentification]


@pytest.mark.parametrize("metric", METRICS)
def test_a_row_without_faces_is_left_out(metric):
    for safe in ([], [0.1]):  # faces in neither, in the safe image only
        with pytest.raises(ExcludedRowError, match="no face in the original"):
            metric().observe(made([], safe))


@pytest.mark.parametrize("metric", [FaceSim, FaceDistance, Reidentification])
def test_a_recogniser_does_not_judge_small_faces(metric):
    small = [(10, 10, 41, 41), (110, 10, 141, 41)]
    with pytest.raises(ExcludedRowError, match="no face of 32 pixels"):
        metric().observe(made([0, 1], [0], small))
    mixed = [(10, 10, 41, 41), (110, 10, 142, 42)]  # the second is just large enough
    assert metric().observe(made([0, 1], [1], mixed))["part"].tolist()[1] == 1


def test_figures_weigh_faces_not_rows():
    pairs = [made([0, 5], [0, 5]), made([0], [])]
    assert figure(FaceSim(), pairs) == pytest.approx(2 / 3)
    assert figure(FaceSim(), pairs[::-1]) == figure(FaceSim(), pairs)


# Boxes that the first and the second detector find -> share gone, share that the second finds.
@pytest.mark.parametrize(
    ("first", "second", "gone", "residual"),
    [
        (TWO, TWO, 0, 1),  # all there
        ([], [], 1, 0),  # none
        (TWO[:1], TWO[1:], 0, 0.5),  # each sees another one
        ([(25, 25, 35, 35)], [], 0.5, 0),  # a small one in the middle of the place
        ([], [(30, 10, 70, 50)], 0.5, 0.5),  # half beside it: IoU 1/3
        ([], [(40, 10, 80, 50)], 1, 0),  # three quarters beside it
        ([(10, 10, 110, 50)], [], 0.5, 0),  # over the first by an IoU of 0.4, its middle outside
        ([(10, 10, 150, 50)], [], 1, 0),  # over both by 0.29, its middle in neither
        ([(60, 60, 90, 90)], [], 1, 0),  # somewhere else
    ],
)
def test_a_face_is_gone_when_neither_detector_sees_one_there(first, second, gone, residual):
    one = made([0, 5], [0] * len(first), safe_boxes=first, second=second)
    assert figure(FacesGone(), [one]) == gone
    assert figure(ResidualFaces(), [one]) == residual


def test_places_are_compared_at_the_size_of_the_original():
    half = IMAGE[::2, ::2].copy()
    boxes = (np.array(TWO) / 2).tolist()
    one = made([0, 5], [0, 5], safe_boxes=boxes, second=boxes, safe_rgb=half)
    assert figure(FacesGone(), [one]) == 0
    assert figure(ResidualFaces(), [one]) == 1


def test_the_original_against_itself():
    raw = photo_pair(SHARP[0], "none")
    values = [figure(metric(), [raw]) for metric in METRICS]
    assert values == [1, 0, 0, 1, 1]


def test_a_place_that_did_not_change_keeps_its_embedding():
    raw, fill = (photo_pair(SHARP[0], editor) for editor in ("none", "fill"))
    own = raw.original.looks["faces"]["embeddings"]
    assert np.array_equal(embeddings_at_place(raw), own)
    assert distance(embeddings_at_place(fill), own).item() > 0.6
    assert np.array_equal(embeddings_at_place(raw), own)  # another pair was looked at in between


def test_filled_faces_are_gone_and_nobody_is_recognised():
    fill = photo_pair(SHARP[0], "fill")
    assert [figure(metric(), [fill]) for metric in (FaceSim, FacesGone, ResidualFaces, Reidentification)] == [
        0, 1, 0, 0,
    ]  # fmt: skip


def test_a_face_that_no_detector_sees_is_recognised_at_its_place():
    raw = photo_pair(SHARP[2], "none")
    blind = pair(
        raw.original.rgb,
        np.clip(raw.original.rgb.astype(int) + 3, 0, 255).astype(np.uint8),  # every pixel changed a little
        looks=raw.original.looks,
        safe_looks=looked([], []),
    )
    assert figure(FaceSim(), [blind]) == 0
    assert figure(FacesGone(), [blind]) == 1
    assert figure(Reidentification(), [blind]) == 1


def test_more_blur_is_less_alike():
    gaps = [
        distance(
            embeddings_at_place(photo_pair(SHARP[0], editor)),
            photo_pair(SHARP[0], editor).original.looks["faces"]["embeddings"],
        ).item()
        for editor in ("none", "blur:0.05", "fill")
    ]
    assert gaps == sorted(gaps)
    assert gaps[0] == 0
