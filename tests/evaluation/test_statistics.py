"""Intervals that hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.evaluation.metric import Metric
from hf_unsafe2safe.evaluation.statistics import LEAST_ROWS, difference, interval


class Mean(Metric):
    pass


class SlowMean(Metric):
    """The same figure by a `summarise` of its own, so that tables are copied instead of counted."""

    resamples = 1_000

    def summarise(self, table):
        return float(table[:, 0].sum() / table[:, 1].sum())


def table(values):
    return np.stack([np.asarray(values, float), np.ones(len(values))], axis=1)


def test_it_is_the_interval_of_scipy():
    from scipy.stats import bootstrap

    values = np.random.default_rng(3).normal(2.0, 1.0, 60)
    reference = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", random_state=1)
    low, high = interval(Mean(), table(values))
    assert low == pytest.approx(reference.confidence_interval.low, abs=0.03)
    assert high == pytest.approx(reference.confidence_interval.high, abs=0.03)


def test_it_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        low, high = interval(Mean(), table(rng.random(40) < 0.3))
        covered += low <= 0.3 <= high
    assert covered >= 180  # 95 % are 190; a percentile interval of 40 rows is a little too narrow


def test_counting_rows_gives_the_same_as_copying_them():
    values = table(np.random.default_rng(0).random(30))
    assert interval(Mean(), values) == pytest.approx(interval(SlowMean(), values))


@given(st.lists(st.floats(-5, 5), min_size=LEAST_ROWS, max_size=40), st.integers(0, 2**32))
def test_the_ends_are_in_order_and_within_the_values(values, seed):
    ends = interval(Mean(), table(values), seed)
    assert ends or np.ptp(values) < 1e-6
    low, high = ends or (min(values), max(values))
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9


def test_the_seed_alone_decides():
    values = table(np.random.default_rng(1).random(30))
    assert interval(Mean(), values, 7) == interval(Mean(), values, 7)
    assert interval(Mean(), values, 7) != interval(Mean(), values, 8)


@pytest.mark.parametrize("rows", range(LEAST_ROWS))
def test_few_rows_have_no_interval(rows):
    assert interval(Mean(), table([0.5] * rows).reshape(-1, 2)) is None


def test_rows_without_weight_do_not_break_it():
    # a row without faces adds nothing to a mean over faces; a draw of such rows alone has no figure
    values = np.array([[0.5, 1.0], [0.25, 1.0], *[[0.0, 0.0]] * 6])
    low, high = interval(Mean(), values)
    assert (low, high) == (0.25, 0.5)


def test_rows_that_are_all_alike_have_no_interval():
    # 0 of 20 is not "surely 0": up to 3 / 20 may have been missed
    assert interval(Mean(), table([0.0] * 20)) is None


def test_a_difference_is_paired():
    # both vary much, their difference hardly
    one = np.random.default_rng(2).random(50) * 10
    low, high = difference(Mean(), table(one + 0.1), table(one))
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(0.1)


def test_more_rows_narrow_it():
    rng = np.random.default_rng(4)
    widths = [np.diff(interval(Mean(), table(rng.random(n))))[0] for n in (10, 100, 1_000)]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


class Spread(Metric):
    """Drawn rows are closer together than the rows themselves: plain intervals lie below the figure."""

    centred = True

    def summarise(self, table):
        gaps = np.abs(table[:, None, 0] - table[None, :, 0]) + np.diag(np.full(len(table), np.inf))
        return float(gaps.min(axis=1).mean())


def test_a_figure_of_distances_within_a_set_is_in_the_middle_of_its_interval():
    values = table(np.random.default_rng(0).random(30))
    low, high = interval(Spread(), values)
    assert low < Spread().summarise(values) < high
