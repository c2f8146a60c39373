"""Policies compared: a milder one never passes for what was asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe import Policy
from hf_unsafe2safe.policy import POLICIES, WHOLE_IMAGE
from hf_unsafe2safe.strictness import shortfalls
from hf_unsafe2safe.taxonomy import KINDS

LOGOS = {"company_logos": "logos of companies"}

# published, asked, kinds that were not looked for -> in what it is milder
CASES = [
    # the same
    (POLICIES["default"], POLICIES["default"], (), ()),
    # more kinds than asked
    (POLICIES["strict"], POLICIES["faces"], (), ()),
    (POLICIES["people"], POLICIES["default"], (), ()),
    # a kind is missing
    (POLICIES["text"], POLICIES["faces"], (), ("face is not edited",)),
    (
        Policy("a", {"face": 0.2, "nudity": 0.2}, label=("person",)),
        Policy("b", {"person": 0.3}),
        (),
        ("person is not edited",),
    ),
    # a higher score lets more pass; the same and a lower one are fine
    (
        Policy("a", {"face": 0.5}),
        POLICIES["faces"],
        (),
        ("face is edited from a score of 0.5 only, not from 0.35",),
    ),
    (Policy("a", {"face": 0.35}), POLICIES["faces"], (), ()),
    (Policy("a", {"face": 0.0}), POLICIES["faces"], (), ()),
    # named, and nobody looked for it
    (POLICIES["default"], POLICIES["faces"], ("face",), ("face was not looked for",)),
    (POLICIES["default"], POLICIES["faces"], ("nudity",), ()),
    # a general kind stands for finer ones, with its own score
    (Policy("a", {"person": 0.3}), POLICIES["faces"], (), ()),
    (Policy("a", {"person": 0.3}), POLICIES["faces"], ("person",), ("face was not looked for",)),
    (
        Policy("a", {"person": 0.4}),
        POLICIES["faces"],
        (),
        ("face is edited from a score of 0.4 only, not from 0.35",),
    ),
    (Policy("a", {"private_text": 0.3}), Policy("b", {"phone": 0.3, "code": 0.5}), (), ()),
    # but a finer one does not stand for a general one
    (
        Policy("a", {"face": 0.1}),
        Policy("b", {"person": 0.3}),
        (),
        ("nudity is not edited", "person is not edited"),
    ),
    # where text is named more exactly, a code is no text
    (
        Policy("a", {"private_text": 0.3, "phone": 0.3}),
        Policy("b", {"code": 0.5}),
        (),
        ("code is not edited",),
    ),
    # labels change no pixel
    (Policy("a", {"face": 0.3}), Policy("b", {"face": 0.3}, label=("vehicle",)), (), ()),
    (Policy("a", {}, label=("face",)), POLICIES["faces"], (), ("face is not edited",)),
    # risks without a place: reject is the strictest
    (Policy("a", {"face": 0.3}, whole_image="reject"), POLICIES["faces"], (), ()),
    (
        Policy("a", {"face": 0.3}, whole_image="label"),
        POLICIES["faces"],
        (),
        ("risks without a place: label, not edit",),
    ),
    # criteria: more than asked is fine; others cannot be compared, and their texts are never published
    (Policy("a", {"face": 0.3}, criteria=LOGOS), POLICIES["faces"], (), ()),
    (
        Policy("a", {"face": 0.3}, criteria={"company_logos": "NOT_PUBLISHED"}),
        Policy("b", {"face": 0.3}, criteria=LOGOS),
        (),
        ("criteria of your own cannot be compared: company_logos",),
    ),
]


@pytest.mark.parametrize(("published", "asked", "blind", "expected"), CASES)
def test_cases(published, asked, blind, expected):
    assert shortfalls(published, asked, blind) == expected


scores = st.dictionaries(st.sampled_from(KINDS), st.floats(0, 1), min_size=1)
policies = st.builds(
    Policy,
    st.just("any"),
    scores,
    st.lists(st.sampled_from(KINDS)).map(tuple),
    st.sampled_from([{}, LOGOS]),
    st.sampled_from(WHOLE_IMAGE),
)


@given(policies)
def test_every_policy_is_as_strict_as_itself(policy):
    assert shortfalls(policy, policy) == ()


@given(policies, policies, st.floats(0, 1))
def test_lower_scores_never_make_it_milder(published, asked, factor):
    lower = Policy(
        "lower",
        {kind: score * factor for kind, score in published.edit.items()},
        published.label,
        published.criteria,
        published.whole_image,
    )
    assert len(shortfalls(lower, asked)) <= len(shortfalls(published, asked))


@given(policies, policies, st.lists(st.sampled_from(KINDS)))
def test_what_nobody_looked_for_never_helps(published, asked, blind):
    assert len(shortfalls(published, asked, blind)) >= len(shortfalls(published, asked))


@given(policies, policies)
def test_what_passes_edits_whatever_was_asked_for(published, asked):
    if not shortfalls(published, asked):
        assert all(published.scores[kind] <= score for kind, score in asked.scores.items())
