"""FID and KID: against formulas written out, and what holds of any distance of sets."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from hf_unsafe2safe.evaluation.looks.inception import Inception
from hf_unsafe2safe.evaluation.quality import embedded, fid, kid
from hf_unsafe2safe.evaluation.quality.embedded import EmbeddedKid
from hf_unsafe2safe.evaluation.quality.fid import Fid
from hf_unsafe2safe.evaluation.quality.kid import Kid
from tests.evaluation.pairs import figure, look_vector, pair
from tests.evaluation.tiny_encoders import inception_file

SETS = [(40, 8), (12, 30), (5, 64)]  # more rows than features; fewer; far fewer


def _sets(rows, features, noise=0.3):
    rng = np.random.default_rng(rows)
    originals = rng.normal(size=(rows, features))
    return originals, originals + rng.normal(size=(rows, features)) * noise


@pytest.mark.parametrize(("rows", "features"), SETS)
def test_fid_is_the_formula(rows, features):
    a, b = _sets(rows, features)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    means = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    # a little on the diagonal, without which the root of a singular matrix is not exact
    root = np.trace(sqrtm((s + 1e-12 * np.eye(features)) @ (t + 1e-12 * np.eye(features)))).real
    expected = means + np.trace(s) + np.trace(t) - 2 * root
    assert fid.frechet_distance(a, b) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("distance", [kid.kernel_distance, embedded.kernel_distance])
@pytest.mark.parametrize(("rows", "features"), SETS)
def test_kid_is_the_formula(distance, rows, features):
    a, b = _sets(rows, features)

    def k(x, y):
        return (float(x @ y) / features + 1) ** 3

    def within(xs):
        return np.mean([k(xs[i], xs[j]) for i in range(rows) for j in range(rows) if i != j])

    expected = within(a) + within(b) - 2 * np.mean([k(x, y) for x in a for y in b])
    assert distance(a, b) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.slow
def test_the_stand_in_draws_the_subsets_of_torch_fidelity():
    a, b = _sets(1_050, 3)
    assert embedded.kernel_distance(a, b) == pytest.approx(kid.kernel_distance(a, b), rel=1e-6)


@pytest.mark.parametrize("distance", [fid.frechet_distance, kid.kernel_distance, embedded.kernel_distance])
def test_what_holds_of_every_distance(distance):
    a, b = _sets(30, 10)
    order = np.random.default_rng(1).permutation(30)
    assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-6)
    assert distance(a[order], b[order]) == pytest.approx(distance(a, b), rel=1e-6)
    assert distance(a, a) <= 1e-6  # a copy; KID has a little less than 0
    grows = [distance(a, a + shift) for shift in (0.0, 0.5, 1.0, 2.0)]
    assert grows == sorted(grows)
    assert np.isnan(distance(a[:1], b[:1]))


def _metrics():
    inception = Inception(str(inception_file()))
    return [(Fid(inception), "inception"), (Kid(inception), "inception"), (EmbeddedKid(), "object_bank")]


def test_metrics_put_both_images_side_by_side():
    a, b = _sets(9, 6)
    for metric, look in _metrics():
        rows = [
            pair(looks={look: look_vector(x)}, safe_looks={look: look_vector(y)})
            for x, y in zip(a, b, strict=True)
        ]
        expected = {
            "fid": fid.frechet_distance,
            "kid": kid.kernel_distance,
            "embedded-kid": embedded.kernel_distance,
        }
        wanted = expected[metric.name](a, b)
        assert figure(metric, rows) == pytest.approx(wanted, rel=1e-4)
        assert figure(metric, rows[::-1]) == pytest.approx(wanted, rel=1e-4)
        assert np.isnan(figure(metric, rows[:1]))  # one row is no set
        assert np.isnan(figure(metric, [pair(looks={look: look_vector(np.full(6, np.nan))})]))
