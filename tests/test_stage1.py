"""Stage 1 with models through the whole path: scripted ones that answer well, and real tiny ones."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, Image

from hf_unsafe2safe import Policy, Sanitizer, selftest, testing
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.inspection.union import UnionInspector
from hf_unsafe2safe.inspection.vlm import VlmInspector
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.policy import POLICIES
from hf_unsafe2safe.taxonomy import GROUP_KINDS
from hf_unsafe2safe.texts.llm_instructions import LlmInstructor
from hf_unsafe2safe.texts.vlm_captions import VlmCaptioner
from tests import tiny_models
from tests.photos import FOLDER, card, png

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

SECRET = testing.SECRET
# All kinds, those of a model only where it is sure: a random one is never.
SURE = Policy("sure", {**POLICIES["strict"].edit, **dict.fromkeys(GROUP_KINDS.values(), 0.999)})


def _eyes(prompt):
    """Answer as a model that sees a wedding, and tells too much about it."""
    if "items" in (prompt.schema or {}).get("properties", {}):
        item = {
            "kind": "symbol",
            "what": "a golden zorblax ring",
            "why": "it may tell a belief",
            "box": [1, 1, 500, 500],
        }
        return json.dumps({"items": [item]})
    again = "Leave out" in prompt.text
    public = "Two people stand close to each other in a bright room."
    leaky = f"{SECRET} and a friend stand in a bright room with a golden zorblax ring."
    private = f"{SECRET} marries in the Zorblax hall."
    return json.dumps({"private_caption": private, "public_caption": public if again else leaky})


def _words(prompt):
    return "Replace the ring with a plain one and give both people other faces; keep the layout."


def _scripted(**changes):
    stages = {
        "inspector": VlmInspector(testing.ScriptedChat(_eyes, _yes)),
        "captioner": VlmCaptioner(testing.ScriptedChat(_eyes)),
        "instructor": LlmInstructor(testing.ScriptedChat(_words)),
    }
    return testing.fakes(**{**stages, **changes})


def _yes(prompt):
    return 0.9


def _policy():
    return {"edit": ["symbol"], "label": ["person", "private_text"]}


def test_scripted_models_through_the_path(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    sanitize = Sanitizer(policy=_policy(), private_columns=True, **_scripted())
    (record,) = sanitize.records([testing.blank((64, 48))])
    assert record.status == "edited"
    assert record.public_caption == "Two people stand close to each other in a bright room."
    assert record.edit_instruction.startswith("Replace the ring")
    assert set(record.labels) == {"people", "text_or_symbols", "cultural_political_religious"}
    ring = next(region for region in record.regions if region.kind == "symbol")
    assert ring.action == "edited"
    assert ring.box != (0, 0, 64, 48)  # it has a place; the other two are whole-image risks, labelled only
    assert SECRET in record.private.private_caption
    assert sanitize.effort["calls"]["regenerated"] == 1
    public = repr(record) + caplog.text + str(sanitize.effort)
    for word in (SECRET, "zorblax", "Zorblax"):
        assert word not in public


def test_a_model_that_two_stages_share_is_counted_once() -> None:
    chat = testing.ScriptedChat(_eyes, _yes)
    chat.counts["requests"] = 5
    shared = _scripted(inspector=VlmInspector(chat), captioner=VlmCaptioner(chat))
    assert Sanitizer(policy=_policy(), **shared).effort["calls"]["requests"] == 5


def test_a_careless_model_is_redacted() -> None:
    def careless(prompt):
        return _eyes(prompt).replace("Two people stand close to each other", f"{SECRET} stands")

    scripted = _scripted(captioner=VlmCaptioner(testing.ScriptedChat(careless)))
    (record,) = Sanitizer(policy=_policy(), **scripted).records([testing.blank((64, 48))])
    assert record.public_caption == "An image."
    assert record.private.guarded


def test_a_model_that_cannot_be_read_publishes_nothing() -> None:
    scripted = _scripted(
        captioner=VlmCaptioner(testing.ScriptedChat(lambda prompt: "I cannot help with that."))
    )
    (record,) = Sanitizer(policy=_policy(), **scripted).records([testing.blank()])
    assert (record.status, record.provenance.reason, record.image) == ("failed", "unreadable_reply", None)


def test_the_context_reaches_the_captioner_and_nobody_else() -> None:
    chat, other = testing.ScriptedChat(_eyes), testing.ScriptedChat(_words)
    scripted = _scripted(captioner=VlmCaptioner(chat), instructor=LlmInstructor(other))
    features = Features({"image": Image(), "label": ClassLabel(names=["church", "dentist"])})
    rows = {"image": [{"bytes": testing.blank((64, 48)), "path": None}], "label": [1]}
    sanitize = Sanitizer(policy=_policy(), context_columns="label", **scripted)
    sanitize.map(Dataset.from_dict(rows, features=features))
    assert any("dentist" in prompt.text for prompt in chat.prompts)
    assert not any("dentist" in prompt.text for prompt in other.prompts)


def _only_the_self_test(prompt):
    return float(np.array_equal(prompt.image, selftest.photo()))


@pytest.mark.parametrize("inspector", [VlmInspector, UnionInspector])
def test_what_the_verifier_reads_is_edited_though_the_model_saw_nothing(inspector) -> None:
    """`groups` names no phone number; `private_text` stands for it."""
    pixels = card("Jane Example", "Phone: 555-234-0142", "jane@example.com")
    chat = testing.ScriptedChat(lambda prompt: '{"items": []}', _only_the_self_test)
    (record,) = Sanitizer(policy="groups", inspector=inspector(chat)).records([png(pixels)])
    assert record.status == "edited"
    assert record.flag
    assert {"phone", "email"} <= {region.kind for region in record.regions if region.action == "edited"}


def test_a_policy_of_which_the_model_is_asked_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="names nothing that the vision-language model would be asked for"):
        Sanitizer(policy="faces", inspector=UnionInspector(testing.ScriptedChat()))


def test_a_model_alone_does_not_cover_the_default_policy() -> None:
    with pytest.raises(ConfigError, match="Use the policy 'groups', or the inspector union"):
        Sanitizer(inspector=VlmInspector(testing.ScriptedChat()))


@pytest.mark.parametrize("reply", ["I'm sorry, I can't help with that.", '{"items": []}', '{"items": ['])
def test_whole_image_label_is_for_what_is_named(reply) -> None:
    policy = {"edit": ["health"], "whole_image": "label"}
    unread = testing.fakes(inspector=VlmInspector(testing.ScriptedChat(lambda prompt: reply, _yes)))
    (record,) = Sanitizer(policy=policy, store=None, **unread).records([testing.blank()])
    assert record.status == "edited"
    named = json.dumps({"items": [{"kind": "health", "what": "a sickroom", "why": "illness", "box": None}]})
    told = testing.fakes(inspector=VlmInspector(testing.ScriptedChat(lambda prompt: named, _yes)))
    (record,) = Sanitizer(policy=policy, store=None, **told).records([testing.blank()])
    assert (record.status, record.labels) == ("safe", ("health",))
    assert record.private.items == (("health", "a sickroom", "illness"),)
    assert "sickroom" not in repr(record)


def test_a_policy_that_edits_what_the_inspector_would_drop_is_refused() -> None:
    inspector = VlmInspector(testing.ScriptedChat(), threshold=0.5)
    with pytest.raises(ConfigError, match=r"edits from 0\.3; .* finds from 0\.5\. Add ,threshold=0\.3"):
        Sanitizer(policy="groups", inspector=inspector)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A folder sanitized with a real, tiny, random model beside the detectors, and its manifest."""
    home = tmp_path_factory.mktemp("stage1")
    photos = home / "photos"
    photos.mkdir()
    for name in ("neg_cat.png", "people_astronaut.jpg"):
        (photos / name).write_bytes((FOLDER / name).read_bytes())
    spec = f"union:{tiny_models.tiny_vlm()},threshold=0.999,size=56"
    sanitize = Sanitizer(policy=SURE, inspector=spec, store=home / "store")
    return home, sanitize, materialize(str(photos), home / "safe", sanitize)


@pytest.mark.slow
def test_real_wiring_into_a_result(result) -> None:
    home, _, manifest = result
    assert manifest.statuses["failed"] == 0
    # One question a kind and image; the self-test asks once more.
    assert manifest.model_calls["requests"] >= 3 * 9
    assert manifest.model_calls["busy_s"] > 0
    names = [model["name"] for model in manifest.models]
    assert "local:qwen2_5_vl" in names
    assert any(name.startswith("prompt-") for name in names)
    assert not manifest.not_inspected
    assert {"torch", "transformers"} <= set(manifest.versions)
    text = (home / "safe" / "manifest.json").read_text()
    assert "union:LOCAL_FOLDER,threshold=0.999,size=56" in text
    assert str(tiny_models.tiny_vlm()) not in text


@pytest.mark.slow
def test_a_rerun_asks_no_model(result, tmp_path: Path) -> None:
    home, sanitize, first = result
    # Where and how fast: no other rows.
    spec = f"union:{tiny_models.tiny_vlm()},threshold=0.999,size=56,batch_size=2"
    again = Sanitizer(policy=SURE, inspector=spec, store=home / "store")
    assert again.digest == sanitize.digest
    second = materialize(str(home / "photos"), tmp_path / "safe", again)
    assert second.model_calls == {}
    assert second.files == first.files
    # And no other run: the same folder takes them.
    assert materialize(str(home / "photos"), home / "safe", again).files == first.files
