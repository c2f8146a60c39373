import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.evaluation.looks.look import Looker
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.utility import probe
from hf_unsafe2safe.evaluation.utility.probe_accuracy import ModelProbeAccuracy, ProbeAccuracy
from tests.evaluation.pairs import figure, look_vector, pair


def clusters(rows=40, classes=4, size=30, noise=0.3, seed=0):
    """Return features (rows, size) around one centre a class, and the labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    centres = rng.normal(size=(classes, size))
    return centres[labels] + noise * rng.normal(size=(rows, size)), labels


def pairs(original, safe, labels, look="object_bank"):
    """Return a row for each line."""
    return [
        pair(label=label, looks={look: look_vector(a)}, safe_looks={look: look_vector(b)}, row=f"train/{k}")
        for k, (a, b, label) in enumerate(zip(original, safe, labels, strict=True))
    ]


@settings(max_examples=50, deadline=None)
@given(labels=st.lists(st.integers(0, 5), min_size=1, max_size=60), seed=st.integers(0, 9))
def test_splits_are_even_and_leave_each_class_something_to_learn_from(labels, seed):
    labels = np.array(labels)
    fold = probe.splits(labels, seed)
    counts = np.bincount(fold, minlength=probe.FOLDS)
    assert counts.max() - counts.min() <= 1
    for label in np.unique(labels):
        own = np.bincount(fold[labels == label], minlength=probe.FOLDS)
        assert own.max() - own.min() <= 1


# Labels and how many rows take part.
@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ([], 0),  # no rows
        ([0], 0),  # one row
        ([0, 1] * 4, 0),  # too few rows
        ([0] * 20, 0),  # one class
        ([0] * 9 + [1], 0),  # one class, once the class of one row is gone
        ([0] * 9 + [1, 2], 0),  # the same with two of them
        ([0] * 8 + [1] * 2, 10),  # just enough
        ([0] * 10 + [1] * 5 + [2], 15),  # the class of one row is left out
        ([7, -3] * 5, 10),  # labels are any numbers
    ],
)
def test_small_classes_and_sets_are_left_out(labels, rows):
    labels = np.array(labels, int)
    assert np.count_nonzero(probe.enough(labels)) == rows
    table = probe.probe(np.zeros((len(labels), 3)), np.zeros((len(labels), 3)), labels)
    assert len(table) == (len(labels) if rows else 0)
    assert table[:, 1].sum() == rows * len(probe.SEEDS)


def test_the_probe_is_the_plain_one_of_scikit_learn_where_features_outnumber_rows():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, labels = clusters(rows=30, size=200, noise=2)
    asked = clusters(rows=300, size=200, noise=2, seed=0)[0][30:]
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=probe.STRENGTH, max_iter=5_000))
    expected = plain.fit(features, labels).predict(asked)
    assert np.array_equal(probe.predict(features, labels, asked), expected)


def test_clear_classes_are_told_apart_and_swapped_ones_never():
    features, labels = clusters()
    assert figure(ProbeAccuracy(), pairs(features, features, labels)) == 1
    # each safe image shows the class of its neighbour: what is learnt is wrong for every original
    assert figure(ProbeAccuracy(), pairs(features, np.roll(features, 1, axis=0), labels)) == 0


def test_growing_noise_in_the_safe_images_costs_accuracy():
    features, labels = clusters(rows=80, noise=0.8)
    noise = np.random.default_rng(1).normal(size=features.shape)
    values = [
        figure(ProbeAccuracy(), pairs(features, features + scale * noise, labels)) for scale in (0, 4, 40)
    ]
    assert values[0] > values[1] > values[2]
    assert values[2] < 0.5  # chance is a quarter


def test_the_same_rows_are_tested_whatever_the_features():
    features, labels = clusters()
    raw = probe.probe(features, features, labels)
    noisy = probe.probe(np.random.default_rng(0).normal(size=features.shape), features, labels)
    assert np.array_equal(raw[:, 1], noisy[:, 1])
    assert np.array_equal(raw, probe.probe(features, features, labels))  # nothing is drawn


# Rows of which nothing can be said.
@pytest.mark.parametrize(
    ("label", "vector", "reason"),
    [
        (None, [1.0], "no label"),  # the dataset has none
        (0, [np.nan], "no finite features"),  # a network that failed is no classifier
        (0, [np.inf], "no finite features"),  # the same
    ],
)
def test_rows_are_excluded(label, vector, reason):
    one = pair(label=label, looks={"object_bank": look_vector(vector)})
    with pytest.raises(ExcludedRowError, match=reason):
        ProbeAccuracy().observe(one)


def test_a_set_that_is_too_small_has_no_figure():
    features, labels = clusters(rows=8)
    assert np.isnan(figure(ProbeAccuracy(), pairs(features, features, labels)))
    assert np.isnan(figure(ProbeAccuracy(), []))


def test_the_probe_of_a_model_reads_its_own_look():
    class Named:
        name, version, batch_size = "features", "tiny@1", 1

        def look(self, images):
            return []

    assert isinstance(Named(), Looker)
    features, labels = clusters()
    metric = ModelProbeAccuracy(Named())
    assert figure(metric, pairs(features, features, labels, look="features")) == 1
    assert metric.fingerprint() == "probe-accuracy-model tiny@1"
    assert metric.needs == ("features",)
