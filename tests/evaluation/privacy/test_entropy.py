import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as reference

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy import entropy
from hf_unsafe2safe.evaluation.privacy.entropy import AgeEntropy, GenderEntropy, RaceEntropy, ToneEntropy
from tests.evaluation.pairs import figure, look_estimates, look_faces, pair


def row(**values):
    """Return a row whose safe image has faces with these estimates; the original has none."""
    count = len(next(iter(values.values())))
    estimates = look_estimates(**{"ages": [30] * count, **values})
    return pair(looks={"estimates": look_estimates()}, safe_looks={"estimates": estimates})


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8).filter(any))
def test_it_is_the_entropy_of_scipy_over_its_maximum(counts):
    expected = reference(counts) / np.log(len(counts))
    assert entropy.normalised_entropy(counts) == pytest.approx(expected, abs=1e-12)
    assert 0 <= entropy.normalised_entropy(counts) <= 1
    assert entropy.normalised_entropy(counts[::-1]) == pytest.approx(expected, abs=1e-12)


# Angle in degrees and its band, darkest first.
@pytest.mark.parametrize(
    ("tone", "band"),
    [
        (-90, 0),  # dark
        (-30, 1),  # brown
        (9.9, 1),  # brown
        (10, 2),  # tan
        (28, 3),  # intermediate
        (41, 4),  # light
        (55, 5),  # very light
        (89, 5),  # very light
    ],
)
def test_bands_of_skin_tone(tone, band):
    assert np.flatnonzero(ToneEntropy().observe(row(tones=[tone]))["counts"]).tolist() == [band]


# A metric, estimates of all faces, and the figure.
@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        (ToneEntropy(), {"tones": [-60, 0, 20, 30, 45, 60]}, 1),  # one in each band
        (ToneEntropy(), {"tones": [20, 21, 22]}, 0),  # all alike
        (ToneEntropy(), {"tones": [20]}, 0),  # one face
        (ToneEntropy(), {"tones": [20, 45, np.nan]}, np.log(2) / np.log(6)),  # an unknown one is not counted
        (ToneEntropy(groups=[30]), {"tones": [20, 45]}, 1),  # two groups of one's own
        (GenderEntropy(), {"female": [0.1, 0.9]}, 1),  # one of each
        (GenderEntropy(), {"female": [0.5, 0.9]}, 0),  # a half is female
        (AgeEntropy(), {"ages": [5, 20, 30, 50, 80]}, 1),  # one in each band
        (AgeEntropy(), {"ages": [5, 6, 20, 20]}, np.log(2) / np.log(5)),  # two of five bands
    ],
)
def test_figures(metric, values, expected):
    assert figure(metric, [row(**values)]) == pytest.approx(expected)
    (name, numbers), *_ = values.items()
    known = [number for number in numbers if not np.isnan(number)]
    assert figure(metric, [row(**{name: [n]}) for n in known[::-1]]) == pytest.approx(expected)


# Rows of which nothing can be said.
@pytest.mark.parametrize(
    ("tones", "reason"),
    [
        ([], "no face"),  # also where faces are in the original only
        ([np.nan, np.nan], "no estimate"),  # grey photos
    ],
)
def test_rows_are_excluded(tones, reason):
    with pytest.raises(ExcludedRowError, match=reason):
        ToneEntropy().observe(row(tones=tones))


@pytest.mark.parametrize("groups", [(), (3, 2), (1, 1), (float("nan"), 1)])
def test_borders_grow(groups):
    with pytest.raises(ConfigError, match="borders"):
        ToneEntropy(groups=groups)


def test_rounding_leaves_no_more_than_1_and_a_row_alone_has_no_spread():
    assert entropy.normalised_entropy([1] * 5) == 1
    for metric in (ToneEntropy(), RaceEntropy(BySide())):
        assert np.isnan(metric.row_value(np.array([1.0, 1.0, 0.0])))


def test_other_groups_are_another_metric():
    assert ToneEntropy().fingerprint() != ToneEntropy(groups=[30]).fingerprint()


class BySide:
    """Call a face by how bright its crop is; it answers with one of three groups."""

    name, groups = "by-brightness", ("a", "b", "c")

    def __call__(self, crops):
        assert all(crop.shape == (224, 224, 3) for crop in crops)
        return [int(crop.mean() > 100) for crop in crops]


def faces_of(image, boxes):
    return pair(safe_rgb=image, looks={}, safe_looks={"faces": look_faces([[0.0]] * len(boxes), boxes)})


def test_a_classifier_sees_each_face_of_the_safe_image():
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, 40:] = 255
    one = faces_of(image, [(5, 5, 25, 25), (55, 5, 75, 25)])
    assert RaceEntropy(BySide()).observe(one)["counts"].tolist() == [1, 1, 0]
    assert figure(RaceEntropy(BySide()), [one]) == pytest.approx(np.log(2) / np.log(3))
    with pytest.raises(ExcludedRowError, match="no face"):
        RaceEntropy(BySide()).observe(faces_of(image, []))


@pytest.mark.parametrize("answer", [[3], [-1], [], [0, 0]])  # no such group; too few; too many
def test_a_classifier_that_answers_wrongly_stops_the_run(answer):
    class Wrong(BySide):
        def __call__(self, crops):
            return answer

    with pytest.raises(ConfigError, match="for each face"):
        RaceEntropy(Wrong()).observe(faces_of(np.zeros((40, 40, 3), np.uint8), [(5, 5, 25, 25)]))


def test_a_classifier_needs_two_groups():
    class One(BySide):
        groups = ("a",)

    with pytest.raises(ConfigError, match="two groups"):
        RaceEntropy(One())
