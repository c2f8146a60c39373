"""What is edited, what is labelled, and every way of saying it wrongly."""

from typing import Any

import pytest

from hf_unsafe2safe import Policy, Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.policy import POLICIES, resolve_policy
from hf_unsafe2safe.records import Finding
from hf_unsafe2safe.taxonomy import GROUP_KINDS, KIND_GROUP, KINDS, PAPER_GROUPS, PERSONAL_TEXT, TEXT_KINDS


def finding(kind: str, score: float) -> Finding:
    return Finding(kind, score, (0, 0, 9, 9), "test")


# policy, kind, score -> action, and whether it raises privacy_flag
ACTIONS = [
    ("default", "face", 0.35, "edited", True),
    ("default", "face", 0.34, "labelled", True),  # under the score: known, but not edited
    ("default", "name", 0.3, "edited", True),
    ("default", "text", 1.0, "labelled", True),  # plain words are only labelled
    ("default", "plate", 0.3, "edited", True),
    ("default", "code", 1.0, "edited", True),
    ("default", "nudity", 0.2, "edited", True),  # unsure is risky
    ("default", "nudity", 0.19, "labelled", True),
    ("default", "person", 1.0, "labelled", True),
    ("default", "vehicle", 1.0, "labelled", True),
    ("default", "screen", 1.0, "labelled", True),
    ("people", "person", 0.3, "edited", True),
    ("people", "vehicle", 1.0, "labelled", True),
    ("strict", "health", 0.5, "edited", True),
    ("strict", "text", 0.5, "edited", True),
    ("faces", "name", 1.0, "labelled", False),  # not named: recorded as a region, no flag
    ("faces", "face", 0.9, "edited", True),
    ("text", "text", 0.5, "edited", True),
    ("text", "text", 0.49, "labelled", True),
    ("text", "face", 1.0, "labelled", False),
]


@pytest.mark.parametrize(("name", "kind", "score", "action", "flag"), ACTIONS)
def test_actions(name: str, kind: str, score: float, action: str, flag: bool) -> None:
    policy = POLICIES[name]
    assert policy.action(finding(kind, score)) == action
    assert policy.flags([finding(kind, score)]) is flag


def test_presets() -> None:
    assert set(POLICIES["default"].edit) == {"face", *PERSONAL_TEXT, "code", "nudity"}
    assert set(POLICIES["people"].edit) == {*POLICIES["default"].edit, "person"}
    assert set(POLICIES["strict"].edit) == set(KINDS)
    assert {KIND_GROUP[kind] for kind in POLICIES["strict"].edit} == set(PAPER_GROUPS)
    assert [KIND_GROUP[kind] for kind in GROUP_KINDS.values()] == list(PAPER_GROUPS)  # one each
    assert set(POLICIES["groups"].edit) == set(GROUP_KINDS.values())
    assert set(POLICIES["default"].kinds) == set(LocalInspector.covers)  # the rest is labelled
    assert set(POLICIES["text"].edit) == set(TEXT_KINDS)
    for name, policy in POLICIES.items():
        assert resolve_policy(name) is resolve_policy(policy) is policy
        assert policy.name == name
        assert resolve_policy(policy.as_dict()) == policy  # what a manifest or YAML holds
        assert not policy.flags([])


# a mapping as in YAML -> scores, labels
MAPPINGS: list[tuple[Any, dict[str, float], tuple[str, ...]]] = [
    ({"edit": ["face"]}, {"face": 0.35}, ()),
    ({"edit": ("face",), "label": ("text",)}, {"face": 0.35}, ("text",)),
    ({"edit": {"face": 0.9}}, {"face": 0.9}, ()),
    ({"edit": {"face": None}}, {"face": 0.35}, ()),  # `face:` in YAML: the usual score
    ({"edit": {"face": 0}}, {"face": 0.0}, ()),
    ({"edit": ["personal_text"]}, dict.fromkeys(PERSONAL_TEXT, 0.3), ()),
    ({"edit": {"all_text": 0.7}}, dict.fromkeys(TEXT_KINDS, 0.7), ()),
    # A kind by its own name goes before its family, in any order.
    ({"edit": {"name": 0.9, "personal_text": 0.2}}, {**dict.fromkeys(PERSONAL_TEXT, 0.2), "name": 0.9}, ()),
    ({"edit": {"personal_text": 0.2, "name": 0.9}}, {**dict.fromkeys(PERSONAL_TEXT, 0.2), "name": 0.9}, ()),
    ({"label": ["all_text"]}, {}, tuple(sorted(TEXT_KINDS))),
    ({"label": ["face"], "edit": None}, {}, ("face",)),
]


@pytest.mark.parametrize(("value", "edit", "label"), MAPPINGS)
def test_mappings(value: Any, edit: dict[str, float], label: tuple[str, ...]) -> None:
    policy = resolve_policy(value)
    assert (policy.edit, policy.label, policy.name) == (edit, label, "custom")


ERRORS: list[tuple[Any, type[Exception], str]] = [
    ("nothing", UnknownNameError, r"Unknown policy 'nothing'\. Known: default, .* strict, groups\."),
    ("Faces", UnknownNameError, "Unknown policy 'Faces'"),  # names match exactly
    (5, ConfigError, "policy must be a name, a Policy or a mapping, got int"),
    (["face"], ConfigError, "got list"),
    (
        {"edits": ["face"]},
        UnknownNameError,
        r"policy: edits\. Known: name, edit, label, criteria, whole_image\.",
    ),
    ({1: 2, "edits": 3}, UnknownNameError, "Unknown keys in policy: 1, edits"),
    ({"edit": ["fase"]}, UnknownNameError, r"names an unknown kind: fase\. Known kinds: face, person,"),
    ({"label": ["fase"], "edit": ["face"]}, UnknownNameError, "unknown kind: fase"),
    (
        {"edit": "face"},
        ConfigError,
        "edit must be a list of kinds or a mapping of kinds to scores, got 'face'",
    ),
    ({"edit": ["face"], "label": "text"}, ConfigError, "label must be a list of kinds"),
    ({"edit": 5}, ConfigError, "edit must be a list"),
    ({"edit": [["face"]]}, ConfigError, "edit must be a list"),
    ({"edit": {"face": 1.5}}, ConfigError, r"the score of face must be a number in \[0, 1\], got 1.5"),
    ({"edit": {"face": -0.1}}, ConfigError, r"got -0\.1"),
    ({"edit": {"face": "0.5"}}, ConfigError, "got '0.5'"),
    ({"edit": {"face": float("nan")}}, ConfigError, "got nan"),
    ({"edit": {"face": True}}, ConfigError, "got True"),  # as 1.0 it would let every face pass
    ({}, ConfigError, "names no kind: every image would be called safe"),
    ({"edit": [], "label": []}, ConfigError, "names no kind"),
]


@pytest.mark.parametrize(("value", "kind", "message"), ERRORS)
def test_errors(value: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        resolve_policy(value)


def test_equal_policies_are_equal() -> None:
    one = Policy("mine", {"name": 1, "face": 0.5}, ("text", "phone"))
    assert one == Policy("mine", {"face": 0.5, "name": 1.0}, ("phone", "text"))
    assert one.kinds == ("face", "name", "phone", "text")


class FacesOnly(testing.FakeInspector):
    covers = ("face", "text")


def test_a_policy_that_names_an_uncovered_kind_is_refused() -> None:
    message = (
        r"Policy 'custom' names kinds that the inspector does not cover: iban, phone\. Covered: face, text\."
    )
    policy = {"edit": ["face", "phone"], "label": ["iban", "text"]}
    with pytest.raises(ConfigError, match=message):
        Sanitizer(**testing.fakes(inspector=FacesOnly(), policy=policy))
    Sanitizer(**testing.fakes(inspector=FacesOnly(), policy="faces"))
    assert set(testing.FakeInspector().covers) == set(KINDS)


def test_strict_lists_what_nobody_covers_here() -> None:
    nobody = "appearance, belonging, health, interaction, place, symbol, workplace"
    with pytest.raises(ConfigError, match=f"'strict' names kinds .* does not cover: {nobody}\\."):
        Sanitizer(policy="strict")
    assert Sanitizer(policy="strict", allow_uncovered=True).not_inspected == tuple(nobody.split(", "))


def test_allowing_the_uncovered_is_not_allowing_nothing_at_all() -> None:
    with pytest.raises(ConfigError, match="does not cover: health"):
        Sanitizer(policy={"edit": ["health"]}, allow_uncovered=True)


def test_what_nobody_covers_is_not_asked_for() -> None:
    asked = []

    class Asked(FacesOnly):
        def inspect(self, images: Any, kinds: Any) -> Any:
            asked.append(tuple(kinds))
            return super().inspect(images, kinds)

    sanitize = Sanitizer(**testing.fakes(inspector=Asked(), policy="strict", allow_uncovered=True))
    sanitize.records([testing.with_face()])
    assert set(asked) == {("face", "text")}


def test_what_its_person_consented_to_is_not_edited() -> None:
    kept = Finding("face", 1.0, (0, 0, 9, 9), "any", consented=True)
    assert POLICIES["strict"].action(kept) == "kept"
    assert POLICIES["default"].flags([kept])
