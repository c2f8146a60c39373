import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.evaluation.privacy import membership
from hf_unsafe2safe.evaluation.privacy.membership import Membership, link_shares
from tests.evaluation.pairs import figure, look_phash, pair


def bits(count, seed):
    return np.random.default_rng(seed).integers(0, 2, (count, 64)).astype(bool)


def pairs(originals, safe):
    return [
        pair(looks={"phash": look_phash(a)}, safe_looks={"phash": look_phash(b)})
        for a, b in zip(originals, safe, strict=True)
    ]


def naive(originals, safe):
    shares = []
    for k, query in enumerate(safe):
        distances = [int((query != one).sum()) for one in originals]
        ties = distances.count(min(distances))
        shares.append(1 / ties if distances[k] == min(distances) else 0.0)
    return shares


@given(st.integers(1, 12), st.integers(0, 1000), st.integers(2, 64))
def test_as_a_plain_loop_counts(count, seed, used):
    originals, safe = bits(count, seed), bits(count, seed + 1)
    originals[:, used:] = safe[:, used:] = False  # few bits make ties
    assert link_shares(originals, safe) == pytest.approx(naive(originals, safe))


def test_chunks_change_nothing(monkeypatch):
    originals, safe = bits(50, 1)[:, :8], bits(50, 2)[:, :8]
    whole = link_shares(originals, safe)
    monkeypatch.setattr(membership, "CHUNK", 7)
    assert (link_shares(originals, safe) == whole).all()


CASES = [
    (bits(9, 3), bits(9, 3), 1.0),  # a raw copy
    (bits(9, 3), np.roll(bits(9, 3), 1, axis=0), 0.0),  # all swapped
    (np.zeros((4, 64), bool), np.zeros((4, 64), bool), 0.25),  # all the same: chance
]


@pytest.mark.parametrize(("originals", "safe", "share"), CASES)
def test_figures(originals, safe, share):
    assert figure(Membership(), pairs(originals, safe)) == share


def test_one_image_says_nothing():
    assert np.isnan(figure(Membership(), pairs(bits(1, 0), bits(1, 0))))


def test_the_order_of_rows_is_nothing():
    originals, safe = bits(30, 1)[:, :64], bits(30, 2)
    turned = np.random.default_rng(0).permutation(30)
    assert figure(Membership(), pairs(originals, safe)) == pytest.approx(
        figure(Membership(), pairs(originals[turned], safe[turned]))
    )
