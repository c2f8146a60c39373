"""Detectors and a model together: the model adds, and takes nothing away."""

import json
import pickle

import numpy as np
import pytest

from hf_unsafe2safe.errors import BackendError, ConfigError, StageError
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.inspection.union import UnionInspector
from hf_unsafe2safe.inspection.vlm import VlmInspector
from hf_unsafe2safe.records import Finding, Inspection, SceneObject
from hf_unsafe2safe.taxonomy import GROUP_KINDS, KINDS, TEXT_KINDS
from hf_unsafe2safe.testing import ScriptedChat
from tests.photos import rgb

IMAGE = np.full((100, 100, 3), 90, np.uint8)
THINGS = (SceneObject("person", 0.9, (0, 0, 9, 9)),)


class Detectors:
    """Detectors that find what a test says, in every image."""

    covers = ("face", "person", "text")
    models = ()

    def __init__(self, *found, lost=0):
        self.found, self.lost = found, lost

    def fingerprint(self):
        return repr(self.found)

    def inspect(self, images, kinds):
        self.kinds = kinds
        return [Inspection(self.found, THINGS) for _ in images[self.lost :]]


def says(*listed, sure=0.9):
    """Return a model that is sure of everything and lists kinds with boxes."""
    items = [{"what": "a thing", "why": "", "kind": kind, "box": box} for kind, box in listed]
    return ScriptedChat(lambda prompt: json.dumps({"items": items}), lambda prompt: sure)


def person(score=0.9, box=(20.0, 20.0, 60.0, 60.0)):
    return Finding("person", score, box, "any")


def inspect(model, *found, kinds=("face", "person", "text"), image=IMAGE):
    (one,) = UnionInspector(model, detectors=Detectors(*found)).inspect([image], kinds)
    return one


def test_findings_of_detectors_come_first_and_are_the_same_objects():
    found = (person(), Finding("face", 0.8, (30, 20, 40, 30), "any"))
    one = inspect(says(("person", [700, 700, 900, 900])), *found)
    assert all(a is b for a, b in zip(one.findings, found, strict=False))
    assert [(f.kind, f.source) for f in one.findings[2:]] == [("person", "vlm")]
    assert one.objects is THINGS


# What detectors found, what the model lists, and whether the model's finding is left out.
@pytest.mark.parametrize(
    ("known", "listed", "dropped"),
    [
        (person(), ("person", [200, 200, 600, 600]), True),  # the same
        (person(), ("person", [200, 200, 600, 450]), True),  # half of it
        (person(), ("person", [200, 200, 400, 400]), False),  # too small a part of it
        (person(), ("person", [600, 600, 900, 900]), False),  # elsewhere
        (person(0.4), ("person", [200, 200, 600, 600]), False),  # the detector is unsure, the model is not
        (person(box=(0.0, 0.0, 95.0, 95.0)), ("person", None), False),  # nobody knows where
        (
            Finding("face", 0.9, (20, 20, 60, 60), "any"),
            ("person", [200, 200, 600, 600]),
            False,
        ),  # another kind
    ],
)
def test_what_adds_nothing_is_left_out(known, listed, dropped):
    one = inspect(says(listed), known)
    assert [f.source for f in one.findings] == ["any"] if dropped else ["any", "vlm"]


def test_an_unsure_detector_and_an_unsure_model_agree():
    assert len(inspect(says(("person", [200, 200, 600, 600]), sure=0.5), person(0.5)).findings) == 1


def test_a_model_that_sees_nothing_changes_nothing():
    one = inspect(says(sure=0.0), person())
    assert one == Inspection((person(),), THINGS)


def test_a_model_that_fails_fails_the_row():
    down = ScriptedChat(yes=lambda prompt: BackendError("backend_unavailable"))
    with pytest.raises(BackendError, match="backend_unavailable"):
        inspect(down, person())


def test_detectors_that_lose_an_image_fail_the_row():
    inspector = UnionInspector(says(), detectors=Detectors(lost=1))
    with pytest.raises(StageError, match="inspect_failed"):
        inspector.inspect([IMAGE, IMAGE], ("person",))


def test_both_are_asked_for_the_same_kinds():
    detectors, chat = Detectors(), says()
    UnionInspector(chat, detectors=detectors).inspect([IMAGE], ("person", "face"))
    assert detectors.kinds == ("person", "face")
    assert len(chat.prompts) == 2  # a question and a list


def test_it_covers_what_either_covers():
    covers = UnionInspector(ScriptedChat()).covers
    assert set(covers) == {*LocalInspector.covers, *GROUP_KINDS.values()} == set(KINDS)
    assert len(covers) == len(set(covers))


def test_criteria_go_to_the_model():
    union = UnionInspector(says(("logos", [0, 0, 500, 500])), detectors=Detectors())
    own = union.with_criteria({"logos": "logos of companies"})
    (one,) = own.inspect([IMAGE], ("logos",))
    assert [f.kind for f in one.findings] == ["logos"]
    assert "logos" not in union.covers
    assert union.fingerprint() != own.fingerprint()


def test_demographics_are_those_of_the_embedded_detectors():
    union = UnionInspector(says(sure=0.0))
    more = union.with_demographics()
    (found,) = more.inspect([rgb("people_astronaut.jpg")], ("face",))
    assert found.findings[0].estimates is not None
    assert union.fingerprint() != more.fingerprint()
    assert {m.name for m in more.models} > {m.name for m in union.models}
    with pytest.raises(ConfigError, match="demographics"):
        UnionInspector(says(), detectors=Detectors()).with_demographics()


def test_an_inspector_with_settings_can_be_given():
    union = UnionInspector(VlmInspector(says(sure=0.6), threshold=0.7), detectors=Detectors())
    assert union.inspect([IMAGE], ("person",))[0].findings == ()


def test_it_pickles():
    union = UnionInspector(_Still()).with_criteria({"logos": "logos"})
    again = pickle.loads(pickle.dumps(union))  # noqa: S301
    assert again.fingerprint() == union.fingerprint()
    assert again.covers == union.covers


class _Still(ScriptedChat):
    def __reduce__(self):
        return _Still, ()


def test_text_of_detectors_stays_what_it_is_beside_what_the_model_adds():
    photo = rgb("people_grace_hopper.jpg")
    (alone,) = LocalInspector().inspect([photo], KINDS)
    chat = says(("private_text", [100, 500, 700, 900]), ("private_text", None), ("place", None))
    (both,) = UnionInspector(chat).inspect([photo], KINDS)
    assert any(f.kind in TEXT_KINDS for f in alone.findings)
    assert both.findings[: len(alone.findings)] == alone.findings
