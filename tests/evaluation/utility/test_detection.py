import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from hf_unsafe2safe.detectors.geometry import iou
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.utility import detection
from hf_unsafe2safe.evaluation.utility.detection import DetectionAgreement, DetectionAgreementOutside
from tests.evaluation.pairs import figure, look_objects, pair

A, B, FAR = (0, 0, 10, 10), (0, 0, 10, 8), (40, 40, 60, 60)  # B overlaps A by 0.8
CAT, DOG = ("cat", A), ("dog", A)


def agreement(before, after, metric=DetectionAgreement, **rest):
    """Return the figure of one row of things (label, box)."""
    looks = [
        {"objects": look_objects([t[0] for t in things], [t[1] for t in things])}
        for things in (before, after)
    ]
    return figure(metric(), [pair(looks=looks[0], safe_looks=looks[1], **rest)])


# Things before, things after, F1.
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([CAT], [CAT], 1),  # a copy
        ([CAT], [("cat", B)], 1),  # nearly its box
        ([CAT], [("cat", (0, 0, 10, 4.9))], 0),  # less than half of it
        ([CAT], [DOG], 0),  # another label
        ([CAT], [("cat", FAR)], 0),  # another place
        ([CAT], [], 0),  # gone
        ([], [CAT], 0),  # made up
        ([CAT, DOG], [CAT], 2 / 3),  # one of two
        ([CAT], [CAT, ("cat", B)], 2 / 3),  # one thing is not found twice
        ([CAT, ("cat", FAR)], [("cat", FAR), CAT], 1),  # the order is nothing
        ([("cat", A), ("cat", B)], [("cat", B), ("cat", A)], 1),  # each with itself, though they overlap
    ],
)
def test_agreement(before, after, expected):
    assert agreement(before, after) == pytest.approx(expected)
    assert agreement(after, before) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [DetectionAgreement, DetectionAgreementOutside])
def test_nothing_in_either_image_says_nothing(metric):
    with pytest.raises(ExcludedRowError, match="nothing found"):
        metric().observe(pair(looks={"objects": look_objects()}))


def test_rows_count_by_their_things():
    full = pair(looks={"objects": look_objects(["cat", "dog", "bird"])})
    lost = pair(looks={"objects": look_objects(["cat"])}, safe_looks={"objects": look_objects()})
    assert figure(DetectionAgreement(), [full, lost]) == pytest.approx(6 / 7)
    assert figure(DetectionAgreement(), [lost, full]) == pytest.approx(6 / 7)


def test_boxes_of_a_smaller_safe_image_are_compared_at_the_size_of_the_original():
    small = np.zeros((16, 8, 3), np.uint8)  # of 32 x 32: half as high, a quarter as wide
    assert agreement([("cat", (0, 0, 16, 16))], [("cat", (0, 0, 4, 8))], safe_rgb=small) == 1


# The risky region, and the figure when the cat is gone and the dog is still there.
@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ((0, 0, 10, 10), 1),  # all of the cat is risky: it was meant to go
        ((0, 0, 10, 6), 1),  # most of it
        ((0, 0, 10, 4), 2 / 3),  # little of it: it is missed
        ((0, 0, 32, 32), np.nan),  # the whole image: nothing is left to compare
    ],
)
def test_only_things_outside_the_regions_count(region, expected):
    dog = ("dog", (16, 16, 28, 28))
    value = agreement([CAT, dog], [dog], DetectionAgreementOutside, boxes=[region])
    assert value == pytest.approx(expected, nan_ok=True)


def test_what_lies_beyond_the_mask_is_outside():
    assert detection.inside((40, 40, 50, 50), np.full((4, 4), 255, np.uint8)) == 0
    no_regions = np.zeros((1, 1), np.uint8)  # the mask of a row without any
    assert detection.inside((0, 0, 10, 10), no_regions) == 0


def box_lists():
    side = st.tuples(*(st.integers(0, 8), st.integers(0, 8), st.integers(4, 12), st.integers(4, 12)))
    box = side.map(lambda v: (float(v[0]), float(v[1]), float(v[0] + v[2]), float(v[1] + v[3])))
    return st.lists(st.tuples(st.sampled_from(["cat", "dog"]), box), max_size=5)


@settings(max_examples=80, deadline=None)
@given(before=box_lists(), after=box_lists())
def test_matching_is_near_the_best_there_is(before, after):
    fits = np.array([[a[0] == b[0] and iou(a[1], b[1]) >= 0.5 for b in after] for a in before], bool)
    rows, columns = linear_sum_assignment(~fits.reshape(len(before), len(after)))
    best = int(fits.reshape(len(before), len(after))[rows, columns].sum())
    found = detection.matches(before, after)
    assert best / 2 <= found <= best  # greedy: at least half, and all where each thing has one partner
    if fits.size and fits.sum(axis=0).max() <= 1 and fits.sum(axis=1).max() <= 1:
        assert found == best
    assert found == detection.matches(after, before)
    assert detection.matches(before, before) == len(before)
