"""The card draft: a header that the Hub accepts, and nothing that was not counted."""

import pytest
import yaml
from datasets import ClassLabel, Features, Image, Value
from huggingface_hub import DatasetCard

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.hub.card import card
from hf_unsafe2safe.manifest import Manifest, publishable
from hf_unsafe2safe.schema import PUBLIC_FEATURES

FEATURES = Features({"image": Image(), **PUBLIC_FEATURES})


def manifest(config=None, **changes):
    values = {
        "source": "LOCAL_FOLDER",
        "image_column": "image",
        "config": publishable((config or Sanitizer()).config),
        "config_digest": "0123456789abcdef",
        "models": (),
        "rows": 3,
        "limit": None,
        "statuses": {"safe": 1, "edited": 2, "rejected": 0, "failed": 0},
        "splits": {"train": {"safe": 1, "edited": 2}, "test": {"safe": 0, "edited": 0}},
        "risk_labels": {"people": 2},
        "reasons": {},
        "removed_metadata": {},
        "skipped_files": {},
        "passed_through": {},
        "files": {"train-00000-of-00001.parquet": "ab"},
        "created": "2026-01-01T00:00:00+00:00",
    }
    return Manifest(**{**values, **changes})


def header(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_the_header():
    text = card(manifest(), FEATURES)
    assert DatasetCard(text).data.to_dict() == header(text)
    assert header(text)["license"] == "unknown"
    assert "unsafe2safe" in header(text)["tags"]
    assert header(text)["configs"][0]["data_files"] == [{"split": "train", "path": "data/train-*.parquet"}]


def test_other_rows_are_another_description():
    first, second = (header(card(manifest(files={"a": sha}), FEATURES))["configs"][0] for sha in "ab")
    assert first["description"] != second["description"]


def test_the_numbers_and_the_limits():
    text = card(manifest(), FEATURES)
    assert "| `edited` | 2 |" in text
    assert "| `people` | 2 |" in text
    assert "arxiv.org/abs/2603.28605" in text
    assert "It reduces risk and proves nothing" in text
    assert "No risk was found." in card(manifest(risk_labels={}), FEATURES)


def test_how_to_make_it_again():
    text = card(manifest(limit=5, source="me/photos@abc"), FEATURES)
    assert "sanitize me/photos --output DIR --preset local --revision abc --policy default --seed 0" in text
    assert "--limit 5" in text
    assert "CONFIG.yaml" not in text


def test_what_no_option_can_say_is_in_a_config_file():
    chosen = Sanitizer(**testing.fakes(policy={"name": "mine", "edit": ["face"]}))
    text = card(manifest(chosen), FEATURES)
    block = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    assert block["policy"] == {
        "name": "mine",
        "edit": {"face": 0.35},
        "label": [],
        "criteria": {},
        "whole_image": "edit",
    }
    assert block["inspector"] == {"object": "hf_unsafe2safe.testing.fakes.FakeInspector"}
    assert "--policy" not in text


def test_no_kind_is_edited_and_not_inspected():
    strict = Sanitizer(policy="strict", allow_uncovered=True)
    text = card(manifest(strict, not_inspected=strict.not_inspected), FEATURES)
    edited = text.split("Edited: ")[1].split(".")[0]
    assert "**Not inspected**" in text
    assert "nudity" in edited
    assert not any(kind in edited.split(", ") for kind in strict.not_inspected)


@pytest.mark.parametrize(
    ("editor", "warned"), [("pixelate", True), ({"face": ["blur:0.1"]}, True), ("mosaic", False)]
)
def test_editors_that_keep_something_are_warned_of(editor, warned):
    assert ("can link them to this dataset" in card(manifest(Sanitizer(editor=editor)), FEATURES)) is warned


def test_class_names_are_said():
    text = card(
        manifest(passed_through={"label": "ClassLabel"}),
        Features({"label": ClassLabel(names=["a"]), **FEATURES}),
    )
    assert "**Passed through and not inspected**: `label` (ClassLabel)." in text
    assert "read them before you publish" in text


def test_no_folder_of_this_machine_is_published(tmp_path):
    config = Sanitizer().config
    object.__setattr__(config, "editor", {"face": [f"inpaint:{tmp_path}", "fill"], "text": "fill:~/x"})
    assert publishable(config)["editor"] == {
        "face": ["inpaint:LOCAL_FOLDER", "fill"],
        "text": "fill:LOCAL_FOLDER",
    }


def test_no_place_of_this_machine_is_named():
    chosen = Sanitizer(keep=["examples/photos/people_astronaut.jpg"])
    text = card(manifest(chosen, source="DATASET_IN_PYTHON"), FEATURES)
    assert "dataset.save_to_disk('LOCAL_FOLDER')" in text
    assert "sanitize LOCAL_FOLDER --output DIR" in text
    assert "--keep LOCAL_FOLDER" in text


def test_names_of_users_are_no_markup():
    named = {"a|b": "string", "<b>": "string"}
    text = card(
        manifest(passed_through=named), Features({**dict.fromkeys(named, Value("string")), **FEATURES})
    )
    assert "**Passed through and not inspected**: a\\|b (string), &lt;b&gt; (string)." in text
