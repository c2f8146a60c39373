"""Presets, specs as plain values, and settings that cannot work."""

import json
from typing import Any

import pytest

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.config import PRESETS, STAGES, fingerprint, freeze, from_preset, objects_in, thaw
from hf_unsafe2safe.errors import ConfigError, UnknownNameError


def test_presets_are_complete() -> None:
    for preset in PRESETS.values():
        assert set(preset) == {"policy", *STAGES}


def test_what_is_given_replaces_a_part_of_the_preset() -> None:
    specs = from_preset("local", editor="fill", verifier=None)
    assert specs == {**PRESETS["local"], "editor": "fill"}
    with pytest.raises(
        UnknownNameError, match=r"Unknown preset 'Local'\. Known: local, paper, quality, api\."
    ):
        from_preset("Local")


class NoFingerprint:
    models = ()


class OddFingerprint:
    def fingerprint(self) -> int:
        return 5


# settings -> the message
ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "negative seed": ({"seed": -1}, r"seed must be a whole number from 0 to 2\*\*63 - 1, got -1"),
    "large seed": ({"seed": 2**63}, "seed must be"),
    "fraction": ({"seed": 1.0}, "got 1.0"),
    "seed in words": ({"seed": "1"}, "got '1'"),
    "true is no seed": ({"seed": True}, "got True"),
    "no column name": ({"image_column": 3}, "image_column must be a column name, got 3"),
    "demographics": ({"demographics": "yes"}, "demographics must be true or false, got 'yes'"),
    "private_columns": ({"private_columns": 1}, "private_columns must be true or false, got 1"),
    "encoding": ({"encoding": "bmp"}, "Encoding 'bmp' is not known. Expected auto, png, webp"),
    "quality": ({"encoding": "jpeg:101"}, "Encoding 'jpeg:101' is not known"),
    "allow_uncovered": ({"allow_uncovered": "no"}, "allow_uncovered must be true or false, got 'no'"),
    "demographics of an object": (
        {"demographics": True},
        "demographics=True: the inspector knows no demographics",
    ),
    "demographics of another object": (
        {"demographics": True, "inspector": "local"},
        "demographics=True: the instructor knows no demographics",
    ),
    "keep of nobody": ({"keep": []}, "keep: no reference images"),
    # A cached result could be that of another object.
    "no fingerprint": (
        {"inspector": NoFingerprint()},
        r"NoFingerprint has no fingerprint\(\) that returns a string",
    ),
    "odd fingerprint": ({"verifier": OddFingerprint()}, "OddFingerprint has no fingerprint"),
    "a number": ({"editor": 5}, "int has no fingerprint"),
    "a class": (
        {"inspector": testing.FakeInspector},
        r"FakeInspector is a class\. Pass an object: FakeInspector\(",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_settings_that_cannot_work(case: str) -> None:
    change, message = ERRORS[case]
    with pytest.raises(ConfigError, match=message) as caught:
        Sanitizer(**testing.fakes(**change))
    assert isinstance(caught.value, ValueError)


def test_the_largest_seed_works() -> None:
    records = Sanitizer(**testing.fakes(seed=2**63 - 1)).records([testing.with_face()])
    assert 0 <= records[0].provenance.seed < 2**63


def test_freeze_and_thaw_keep_everything() -> None:
    one, other = testing.FakeEditor(), testing.FakeEditor(stochastic=True)
    editor = {"face": [one, "fill"], "text": other, "*": "inpaint"}
    config = Sanitizer(**testing.fakes(editor=editor, policy="text", seed=7, encoding="png")).config
    state = freeze(config)
    assert json.loads(state["config"])["seed"] == 7
    again = thaw(state)
    assert again.plain() == config.plain()
    assert again.policy == config.policy
    assert again.editor["face"][0] is one
    assert again.editor["text"] is other
    assert again.editor["face"][1:] == ["fill"]


def test_objects_are_named_by_class_and_fingerprint() -> None:
    editor = testing.FakeEditor(lazy=True)
    config = Sanitizer(**testing.fakes(editor=["inpaint", editor])).config
    assert config.plain()["editor"] == [
        "inpaint",
        {"object": "hf_unsafe2safe.testing.fakes.FakeEditor", "fingerprint": fingerprint(editor)},
    ]
    json.dumps(config.plain())
    assert objects_in(config.editor) == [editor]
