"""What a user wants found in plain language, and risks of which nobody knows the place."""

import pytest

from hf_unsafe2safe import Policy, Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.policy import resolve_policy
from hf_unsafe2safe.records import Finding, Inspection
from hf_unsafe2safe.taxonomy import KINDS

LOGOS = {"company_logos": "logos of companies"}


class Understanding(testing.FakeInspector):
    """Finds each criterion in the whole of every image but the self-test's, and what the fake finds."""

    def __init__(self, criteria=()) -> None:
        super().__init__()
        self.criteria = dict(criteria)

    @property
    def covers(self):
        return (*KINDS, *self.criteria)

    def with_criteria(self, criteria):
        return Understanding(criteria)

    def inspect(self, images, kinds):
        found = super().inspect(images, kinds)
        return [
            Inspection((*one.findings, *(self._whole(kind, rgb) for kind in self.criteria if kind in kinds)))
            for one, rgb in zip(found, images, strict=True)
        ]

    def _whole(self, kind, rgb):
        height, width = rgb.shape[:2]
        return Finding(kind, 0.9, (0, 0, width, height), "any", item="the logo of a shop", placed=False)


def _sanitizer(policy, **changes):
    return Sanitizer(policy=policy, **testing.fakes(**{"inspector": Understanding(), **changes}))


def test_a_criterion_is_a_risk_of_its_own() -> None:
    (record,) = _sanitizer({"edit": ["face"], "criteria": LOGOS}).records([testing.blank()])
    assert (record.status, record.flag, record.labels) == ("edited", True, ("custom",))
    (region,) = record.regions
    assert (region.kind, region.label, region.action) == ("company_logos", "custom", "edited")
    assert region.box == (0, 0, 48, 32)
    assert "shop" not in repr(record)


def test_a_criterion_may_be_labelled_only() -> None:
    policy = {"edit": ["face"], "label": ["company_logos"], "criteria": LOGOS}
    (record,) = _sanitizer(policy).records([testing.blank()])
    assert (record.status, record.flag, record.labels) == ("safe", True, ("custom",))


def test_an_editor_for_a_criterion() -> None:
    editor = {"company_logos": testing.FakeEditor(), "*": "fill"}
    (record,) = _sanitizer({"criteria": LOGOS}, editor=editor).records([testing.blank()])
    assert record.status == "edited"


def test_an_editor_that_leaves_a_risk_as_it_was_does_not_pass() -> None:
    noisy = testing.with_text((64, 64), (4, 4, 60, 60))  # not of one colour, so that something is to be seen
    lazy = _sanitizer({"criteria": LOGOS}, editor=testing.FakeEditor(lazy=True))
    (record,) = lazy.records([noisy])
    assert (record.status, record.provenance.attempts) == ("edited", 2)  # the fill after it


WHOLE = {
    "edit": ("edited", "edited_and_verified"),
    "reject": ("rejected", "whole_image"),
    "label": ("safe", "nothing_to_edit"),
}


@pytest.mark.parametrize("whole_image", WHOLE)
def test_what_becomes_of_a_risk_without_a_place(whole_image: str) -> None:
    sanitize = _sanitizer({"criteria": LOGOS, "edit": ["face"], "whole_image": whole_image})
    status, reason = WHOLE[whole_image]
    (record,) = sanitize.records([testing.blank()])
    assert (record.status, record.provenance.reason) == (status, reason)
    assert record.flag
    # A risk that has a place is edited in any case.
    (record,) = sanitize.records([testing.with_face()])
    assert record.status == {"label": "edited"}.get(whole_image, status)


def test_an_inspector_that_understands_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="criteria in plain language; the inspector understands none"):
        Sanitizer(policy={"edit": ["face"], "criteria": LOGOS})


# criteria -> message
BAD = {
    "a kind that exists": ({"face": "faces"}, "'face' cannot be the name"),
    "the name of a family": ({"all_text": "text"}, "'all_text' cannot be the name"),
    "the group itself": ({"custom": "anything"}, "'custom' cannot be the name"),
    "capital letters": ({"Logos": "logos"}, "'Logos' cannot be the name"),
    "a name that is a sentence": ({"logos of shops": "logos"}, "cannot be the name"),
    "a number": ({3: "logos"}, "3 cannot be the name"),
    "no text": ({"logos": " "}, "the criterion logos must be a text"),
    "no string": ({"logos": True}, "the criterion logos must be a text"),
    "a novel": ({"logos": "a" * 301}, "the criterion logos must be a text"),
    "a list": (["logos"], "criteria must be a mapping"),
}


@pytest.mark.parametrize("case", BAD)
def test_criteria_that_cannot_be_asked(case: str) -> None:
    criteria, message = BAD[case]
    with pytest.raises(ConfigError, match=message) as caught:
        resolve_policy({"edit": ["face"], "criteria": criteria})
    assert "aaaa" not in str(caught.value)


def test_other_mistakes_in_a_policy() -> None:
    with pytest.raises(ConfigError, match="whole_image cannot be 'blur'"):
        resolve_policy({"edit": ["face"], "whole_image": "blur"})
    with pytest.raises(UnknownNameError, match="unknown kind: company_logo"):
        resolve_policy({"edit": ["company_logo"], "criteria": LOGOS})


def test_criteria_change_the_digest_and_survive_pickling() -> None:
    import pickle

    one, other = (_sanitizer({"criteria": {"logos": text}}) for text in ("logos of shops", "logos of cars"))
    assert one.digest != other.digest
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert again.config.policy == one.config.policy
    assert again.digest == one.digest


def test_a_policy_object_takes_the_same() -> None:
    assert Policy("mine", {}, criteria=LOGOS).edit == {"company_logos": 0.5}
