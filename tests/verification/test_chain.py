import numpy as np
import pytest

from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.policy import Policy
from hf_unsafe2safe.records import Finding, PublicCaption, Verdict
from hf_unsafe2safe.testing import FakeEditor
from hf_unsafe2safe.verification.chain import MAX_ATTEMPTS, Chain, Draft
from hf_unsafe2safe.views import Views

FACE = Finding("face", 0.9, (4, 4, 12, 12), "fake")
LATE = Finding("face", 0.9, (24, 4, 32, 12), "verify:fake")
WEAK = Finding("face", 0.2, (24, 4, 32, 12), "verify:fake")
POLICY = Policy("test", {"face": 0.35, "name": 0.3})


class Scripted:
    """A verifier that returns the given verdicts one after the other, then passes."""

    models = ()

    def __init__(self, *verdicts):
        self.verdicts = list(verdicts)
        self.checks = []

    def verify(self, checks, kinds):
        self.checks += checks
        return [self.verdicts.pop(0) if self.verdicts else Verdict() for _ in checks]


class Named(FakeEditor):
    """Remembers that it was called, in a list shared by all."""

    def __init__(self, name, calls, **kwargs):
        super().__init__(**kwargs)
        self.name, self.calls = name, calls

    def edit(self, requests):
        self.calls += [(self.name, r.seed) for r in requests]
        return super().edit(requests)


def remains(*failed):
    return Verdict(("face_remains",), frozenset(failed))


def draft(*findings):
    rgb = np.full((20, 40, 3), 100, np.uint8)
    return Draft(Views(rgb), list(findings), PublicCaption("A photo."), "Neutralise.", seed=5)


def run(verifier, *findings, chain=()):
    row = draft(*findings)
    Chain({"face": chain, "name": (FillEditor(),)}, POLICY, verifier).run([row])
    return row


def test_nothing_to_edit_is_still_verified():
    verifier = Scripted()
    row = run(verifier)
    assert len(verifier.checks) == 1
    assert not row.steps
    assert not row.rejected
    assert row.pixels is row.views.rgb


def test_what_the_second_look_finds_is_edited():
    row = run(Scripted(Verdict(("face_missed",), missed=(LATE,))))
    assert row.steps == {0: 0}
    assert not row.rejected
    assert (row.pixels[5:11, 25:31] == row.pixels[5, 25]).all()
    assert row.attempts == 2


def test_what_the_policy_does_not_edit_is_let_pass():
    row = run(Scripted(Verdict(("face_missed",), missed=(WEAK,))))
    assert not row.rejected
    assert not row.steps


def test_the_chain_is_walked_one_seed_more_then_the_next_then_fill():
    calls = []
    chain = (Named("first", calls, stochastic=True), Named("second", calls))
    row = run(Scripted(remains(0), remains(0), remains(0)), FACE, chain=chain)
    names = [name for name, _ in calls]
    assert names == ["first", "first", "second"]  # then fill
    assert calls[0][1] == 5
    assert calls[1][1] != 5
    assert not row.rejected
    assert row.attempts == 4


def test_a_row_that_fill_cannot_make_safe_is_rejected():
    row = run(Scripted(*[remains(0)] * 9), FACE, chain=(FillEditor(),))
    assert row.rejected == "face_remains"
    assert row.attempts == 1


def test_only_the_region_that_failed_moves_on():
    calls = []
    chain = (Named("first", calls),)
    row = run(Scripted(remains(1)), FACE, LATE, chain=chain)
    assert row.steps == {0: 0, 1: 1}
    assert not row.rejected


def test_a_change_outside_moves_the_whole_row_on():
    calls = []
    row = run(Scripted(Verdict(("outside_changed",))), FACE, LATE, chain=(Named("first", calls),))
    assert row.steps == {0: 1, 1: 1}
    assert not row.rejected


def test_a_row_with_nothing_to_move_is_rejected():
    row = run(Scripted(Verdict(("outside_changed",))))
    assert row.rejected == "outside_changed"


def test_a_verifier_that_always_finds_something_new_ends():
    row = run(Scripted(*[Verdict(("face_missed",), missed=(LATE,))] * 50), FACE, chain=(FillEditor(),))
    assert row.rejected == "face_missed"
    assert row.attempts == MAX_ATTEMPTS


def test_rows_of_a_batch_go_their_own_ways():
    rows = [draft(), draft(FACE), draft(FACE)]
    verifier = Scripted(Verdict(), remains(0), Verdict(), remains(0))
    Chain({"face": (FakeEditor(),), "name": (FillEditor(),)}, POLICY, verifier).run(rows)
    assert [bool(r.rejected) for r in rows] == [False, True, False]
    assert [r.attempts for r in rows] == [1, 2, 1]


def test_an_editor_named_fill_in_mid_chain_is_still_the_last():
    calls = []
    chain = (FillEditor(), Named("after", calls))
    run(Scripted(remains(0)), FACE, chain=chain)
    assert [name for name, _ in calls] == ["after"]


@pytest.mark.parametrize("verdict", [Verdict(("wrong_shape",)), Verdict(("text_remains",), frozenset({0}))])
def test_every_reason_counts_against_a_row(verdict):
    row = run(Scripted(*[verdict] * 9), FACE, chain=(FillEditor(),))
    assert row.rejected == verdict.reasons[0]


def test_a_find_without_a_place_counts_against_the_row():
    assert run(Scripted(*[Verdict(("face_missed",))] * 9)).rejected == "face_missed"


def test_a_score_that_is_no_number_is_edited():
    assert run(Scripted(), Finding("face", float("nan"), (4, 4, 12, 12), "fake")).steps == {0: 0}


def test_where_regions_touch_the_order_of_editors_does_not_depend_on_the_batch():
    a, b = Named("a", []), Named("b", [])
    name = Finding("name", 0.9, (8, 4, 30, 12), "fake")
    chain = Chain({"face": (a,), "name": (b,)}, POLICY, Scripted())
    alone, first, second = draft(FACE, name), draft(name), draft(FACE, name)
    chain.run([alone])
    chain.run([first, second])
    assert np.array_equal(alone.pixels, second.pixels)
