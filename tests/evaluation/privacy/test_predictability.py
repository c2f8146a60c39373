import numpy as np
import pytest

from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy import predictability
from hf_unsafe2safe.evaluation.privacy.predictability import (
    AgePredictability,
    GenderPredictability,
    TonePredictability,
)
from tests.evaluation.pairs import look_estimates, look_faces, pair

LARGE = [(0, 0, 40, 40), (10, 10, 60, 60)]
METRICS = [GenderPredictability, AgePredictability, TonePredictability]


def observed(rows=24, faces=1, gap=8.0, left=1.0, noise=0.0, seed=0):
    """Return observations of faces whose embeddings say the group, `left` of it after the edit."""
    rng = np.random.default_rng(seed)
    groups = np.arange(rows * faces) % 2
    signal = np.zeros((len(groups), 16))
    signal[:, 0] = gap * groups
    original = signal + rng.normal(size=signal.shape)
    edited = left * original + noise * rng.normal(size=signal.shape)
    parts = ((original, "original"), (edited, "edited"), (groups.astype(float), "values"))
    split = {name: np.split(part, rows) for part, name in parts}
    return [{name: split[name][k] for name in split} for k in range(rows)]


def value(metric, rows):
    return metric.summarise(metric.contributions(rows))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("faces", [1, 2])
def test_a_copy_tells_all_and_a_plain_fill_nothing(metric, faces):
    copy = value(metric(), observed(faces=faces))
    fill = value(metric(), observed(faces=faces, left=0))
    assert copy > 0.95
    assert fill <= 0.6  # the groups are equally large


def test_growing_noise_hides_it():
    values = [value(GenderPredictability(), observed(rows=60, noise=noise)) for noise in (0, 4, 40)]
    assert values[0] > values[1] > values[2]


def test_an_edit_that_only_moves_embeddings_hides_nothing():
    rows = [{**row, "edited": row["original"] @ np.eye(16)[::-1] + 20} for row in observed(rows=60)]
    # the sign of the group is elsewhere now: only who has seen edited faces knows where
    assert value(GenderPredictability(), rows) > 0.9


# Rows and faces a row, too few for a figure.
@pytest.mark.parametrize(
    ("rows", "faces"),
    [
        (1, 1),  # one face
        (9, 1),  # under ten
        (1, 30),  # one row: its faces cannot be learnt from and asked about
    ],
)
def test_too_few_faces_have_no_figure(rows, faces):
    assert np.isnan(value(GenderPredictability(), observed(rows=rows, faces=faces)))


def test_one_group_has_no_figure():
    rows = [{**row, "values": np.ones(1)} for row in observed()]
    for metric in METRICS:
        assert np.isnan(value(metric(), rows))


def test_the_groups_of_age_are_those_above_the_median_and_the_others():
    rows = [{**row, "values": 100 + 30 * row["values"]} for row in observed()]
    assert value(AgePredictability(), rows) > 0.95


def test_faces_of_a_row_are_never_learnt_from_and_asked_about():
    seen = []
    plain = predictability.predict

    def listening(train, labels, test, strength):
        seen.append((set(train[:, 0].tolist()), set(test[:, 0].tolist())))
        return plain(train, labels, test, strength)

    row_of = np.repeat(np.arange(10), 3)
    marks = np.repeat(row_of[:, None], 4, axis=1).astype(float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictability, "predict", listening)
        right = predictability.guesses(marks, marks, row_of % 2, row_of)
    assert len(right) == 30
    assert len(seen) >= 2
    assert all(not learnt & asked for learnt, asked in seen)


# Faces of the original and their estimates.
@pytest.mark.parametrize(
    ("count", "female", "reason"),
    [
        (0, [], "no face in the original"),
        (2, [np.nan, np.nan], "no estimate of a face"),
    ],
)
def test_rows_are_excluded(count, female, reason):
    looks = {
        "faces": look_faces([[0.1]] * count, LARGE[:count]),
        "estimates": look_estimates([30] * count, female),
    }
    with pytest.raises(ExcludedRowError, match=reason):
        GenderPredictability().observe(pair(looks=looks))


def test_a_copy_is_observed_as_it_was_and_unknown_faces_are_left_out():
    looks = {"faces": look_faces([[0.1], [0.2]], LARGE), "estimates": look_estimates([30, 40], [np.nan, 0.9])}
    row = GenderPredictability().observe(pair(np.zeros((64, 64, 3), np.uint8), looks=looks))
    assert row["values"] == pytest.approx([0.9])
    assert np.array_equal(row["original"], row["edited"])
    assert row["original"].shape == (1, 128)


def test_the_edited_face_is_what_is_at_the_place_found_or_not():
    looks = {"faces": look_faces([[0.1]], [(10, 10, 50, 50)]), "estimates": look_estimates([30], [0.9])}
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    gone = {"faces": look_faces(), "estimates": look_estimates()}
    safe = image.copy()
    safe[10:50, 10:50] = 0
    row = GenderPredictability().observe(pair(image, safe, looks=looks, safe_looks=gone))
    assert row["edited"].shape == (1, 128)
    assert not np.array_equal(row["original"], row["edited"])


def test_a_face_too_small_for_the_embedder_is_left_out():
    boxes = [(0, 0, 40, 40), (0, 0, 8, 8)]
    looks = {"faces": look_faces([[0.1], [0.2]], boxes), "estimates": look_estimates([30, 40], [0.1, 0.9])}
    row = GenderPredictability().observe(pair(np.zeros((64, 64, 3), np.uint8), looks=looks))
    assert row["values"] == pytest.approx([0.1])
