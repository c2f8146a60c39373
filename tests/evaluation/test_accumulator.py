"""One pass, any order, any batches, any parts: the same figure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.accumulator import Accumulator
from hf_unsafe2safe.evaluation.metric import ExcludedRowError, Metric, Observation
from hf_unsafe2safe.evaluation.pair import Pair
from hf_unsafe2safe.testing.evaluation import Brightness, grey_pair


class NotBlack(Brightness):
    def observe(self, pair: Pair) -> Observation:
        if not pair.safe.rgb.any():
            raise ExcludedRowError("all black")
        return super().observe(pair)


class NearestOther(Metric):
    """A metric over the whole set: how far each row is from the nearest other one."""

    name, title, dimension, higher_is_better = "nearest-other", "Nearest other", "quality", None

    def observe(self, pair: Pair) -> Observation:
        return {"mean": np.array(pair.safe.rgb.mean())}

    def contributions(self, rows):
        means = np.array([float(row["mean"]) for row in rows])
        gaps = np.abs(means[:, None] - means) + np.diag(np.full(len(means), 1e9))
        return np.stack([gaps.min(axis=1), np.ones(len(means))], axis=1)


VALUES = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=30)


def rows_of(values):
    return [grey_pair(f"train/{i}", a, b) for i, (a, b) in enumerate(values)]


@given(values=VALUES, order=st.randoms(use_true_random=False), cuts=st.integers(1, 5))
@pytest.mark.parametrize("metric", [NotBlack(), NearestOther()], ids=lambda m: m.name)
def test_parts_merged_in_any_order_give_the_figure_of_one_pass(metric, values, order, cuts):
    rows = rows_of(values)
    whole = Accumulator(metric)
    whole.update(rows)
    shuffled = order.sample(rows, len(rows))
    parts = [Accumulator(metric) for _ in range(cuts)]
    for i, row in enumerate(shuffled):
        parts[i % cuts].update([row])
    merged = Accumulator(metric)
    for one in order.sample(parts, cuts):
        merged.merge(one)
    assert merged.compute() == whole.compute()
    assert merged.values() == whole.values()
    assert merged.rows == whole.rows


def test_rows_come_in_the_order_of_the_dataset():
    seen = Accumulator(Brightness())
    seen.update([grey_pair(row, 0, 1) for row in ("train/10", "test/3", "train/9")])
    assert seen.rows == ["test/3", "train/9", "train/10"]


def test_excluded_rows_are_counted_by_their_reason_and_are_in_no_figure():
    seen = Accumulator(NotBlack())
    seen.update([grey_pair("a/0", 0, 0), grey_pair("a/1", 0, 0), grey_pair("a/2", 0, 255)])
    figure = seen.compute()
    assert (figure.value, figure.rows, figure.excluded) == (1.0, 1, {"all black": 2})


def test_nothing_to_measure_is_no_figure():
    seen = Accumulator(NotBlack())
    assert seen.compute() is None
    seen.update([grey_pair("a/0", 0, 0)])
    assert seen.compute() is None
    assert seen.excluded == {"all black": 1}
    assert seen.values() == {}


def test_reset_forgets():
    seen = Accumulator(NotBlack())
    seen.update([grey_pair("a/0", 0, 0), grey_pair("a/1", 0, 9)])
    seen.reset()
    assert seen.compute() is None
    assert seen.excluded == {}
    seen.update([grey_pair("a/1", 0, 51)])
    assert seen.compute().value == pytest.approx(0.2)


@pytest.mark.parametrize("safe", [0, 9], ids=["one that was excluded", "one that was measured"])
def test_no_row_counts_twice(safe):
    one, other = Accumulator(NotBlack()), Accumulator(NotBlack())
    for seen in (one, other):
        seen.update([grey_pair("a/0", 0, safe)])
    with pytest.raises(ConfigError, match="seen twice"):
        one.update([grey_pair("a/0", 0, 1)])
    with pytest.raises(ConfigError, match="seen twice"):
        one.merge(other)


def test_only_the_same_metric_is_merged():
    with pytest.raises(ConfigError, match="merged"):
        Accumulator(Brightness()).merge(Accumulator(NearestOther()))


def test_a_baseline_is_compared_on_the_rows_that_both_have():
    safe, baseline = Accumulator(Brightness()), Accumulator(Brightness())
    safe.update([grey_pair(f"a/{i}", 0, value) for i, value in enumerate((51, 102, 255))])
    baseline.update([grey_pair(f"a/{i}", 0, value) for i, value in ((0, 0), (1, 51))])
    mine, theirs, difference = safe.beside(baseline)
    assert [round(f.value, 6) for f in (mine, theirs, difference)] == [0.3, 0.1, 0.2]
    assert {f.rows for f in (mine, theirs, difference)} == {2}


def test_without_common_rows_nothing_is_compared():
    safe, baseline = Accumulator(Brightness()), Accumulator(Brightness())
    safe.update([grey_pair("a/0", 0, 1)])
    baseline.update([grey_pair("a/1", 0, 1)])
    assert safe.beside(baseline) is None


def test_a_figure_is_a_plain_number():
    seen = Accumulator(Brightness())
    seen.update([grey_pair(f"a/{i}", 0, 10 * i) for i in range(8)])
    figure = seen.compute()
    assert {type(figure.value), type(figure.low), type(figure.high)} == {float}
