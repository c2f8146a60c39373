"""The header of a published card: what the Hub and `load_dataset` read of it."""

import json
from urllib.request import Request, urlopen

import pytest
from datasets import ClassLabel, Features, List, Value
from huggingface_hub import DatasetCard

from hf_unsafe2safe.hub.published import Published
from tests.loopback_hub import LoopbackHub

from .examples import FEATURES, LABELLED, config, header, published, text

BOXES = Features({"objects": List({"bbox": List(Value("float32")), "name": ClassLabel(names=["a"])})})


def updated(yaml_text, **changes):
    return header(text(published(**changes), f"---\n{yaml_text}\n---\nMine\n"))


def test_the_hub_reads_it():
    card = text()
    assert DatasetCard(card).data.to_dict() == header(card)
    assert header(card) == {
        "license": "mit",
        "task_categories": ["other"],
        "tags": ["unsafe2safe", "privacy", "anonymization", "image"],
        "source_datasets": ["me/photos"],
        "size_categories": ["n<1K"],
        "configs": [
            {
                "config_name": "default",
                "description": header(card)["configs"][0]["description"],
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }


def test_the_validator_of_the_hub_takes_it():
    theirs = "---\nlanguage: en\ntask_categories: other\nconfigs: 3\ntags: mine\n---\n"
    several = Published({"b": config(source_licence="ask me"), "default": config()})
    with LoopbackHub() as hub:
        for card in (text(), text(several, theirs)):
            body = json.dumps({"repoType": "dataset", "content": card}).encode()
            asked = Request(f"{hub.url}/api/validate-yaml", body, {"Content-Type": "application/json"})
            with urlopen(asked) as answer:
                assert json.load(answer) == {"errors": [], "warnings": []}


@pytest.mark.parametrize(
    ("licence", "there", "said"),
    [
        ("mit", "license: unknown", "mit"),  # what was not known is known now
        ("", "", "unknown"),
        ("", "license: mit", "mit"),  # the user knows more
        ("mit", "license: cc-by-4.0", "cc-by-4.0"),
        ("mit", "license: [cc-by-4.0, mit]", ["cc-by-4.0", "mit"]),
        ("['mit', 'gpl-3.0']", "license: mit", ["mit", "gpl-3.0"]),  # one came: it must not be hidden
        ("Ask: me\ntags: [x]", "", "unknown"),
        ("CC BY-ND 4.0", "", "cc-by-nd-4.0"),
        ("mit", "license: other\nlicense_name: mine", "other"),
    ],
)
def test_the_licence(licence, there, said):
    assert updated(there, source_licence=licence)["license"] == said


def test_configurations_of_different_licences():
    both = Published({"a": config(source_licence="mit"), "b": config(source_licence="")})
    assert header(text(both))["license"] == ["mit", "unknown"]


@pytest.mark.parametrize(
    ("rows", "size"),
    [
        (1, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (82_783, "10K<n<100K"),
        (1_000_000, "1M<n<10M"),
        (10**12, "n>1T"),
        (10**14, "n>1T"),
    ],
)
def test_the_size(rows, size):
    assert header(text(published(published={"train": rows})))["size_categories"] == [size]


@pytest.mark.parametrize(
    ("features", "there", "tasks"),
    [
        (FEATURES, "", ["other"]),  # our own class labels and boxes say nothing of a task
        (LABELLED, "", ["image-classification"]),
        (BOXES, "", ["object-detection"]),
        (LABELLED, "task_categories: [other]", ["image-classification"]),
        (LABELLED, "task_categories: image-to-text", ["image-to-text"]),  # the user knows better
    ],
)
def test_the_tasks(features, there, tasks):
    existing = f"---\n{there}\n---\n"
    assert header(text(existing=existing, features={"default": features}))["task_categories"] == tasks


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("me/photos@3f1c2d", "me/photos"),
        ("cifar10@main", "cifar10"),
        ("LOCAL_FOLDER", "original"),
        ("DATASET_IN_PYTHON", "original"),
    ],
)
def test_the_source(source, said):
    assert updated("source_datasets: [them/other]", source=source)["source_datasets"] == ["them/other", said]


def test_the_keys_of_a_user_stay():
    there = "pretty_name: Mine\nversion: 1.0\ntags:\n- mine\n- image\nextra_gated_fields: {Name: text}"
    kept = updated(there)
    assert kept["pretty_name"] == "Mine"
    assert kept["version"] == 1.0
    assert kept["extra_gated_fields"] == {"Name": "text"}
    assert kept["tags"] == ["mine", "image", "unsafe2safe", "privacy", "anonymization"]


def test_entries_of_others_stay_and_ours_are_ours():
    there = """configs:
- config_name: theirs
  data_files: theirs.csv
- config_name: default
  data_files: originals/*.png
- config_name: gone
  description: rows 0123456789abcdef
  data_files: data/gone-*.parquet
- not an entry
"""
    entries = updated(there)["configs"]
    assert [entry["config_name"] for entry in entries] == ["theirs", "default"]
    assert entries[1]["data_files"] == [{"split": "train", "path": "data/train-*.parquet"}]


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        ("dataset_info: {features: []}", None),  # without a name it is that of `default`
        ("dataset_info:\n- config_name: default", None),
        ("dataset_info:\n- config_name: default\n- config_name: b", [{"config_name": "b"}]),
        ("dataset_info: {config_name: b}", {"config_name": "b"}),
    ],
)
def test_what_is_said_of_earlier_files_goes(there, kept):
    assert updated(there).get("dataset_info") == kept


def test_files_of_several_configurations_and_splits():
    files = {f"data/b/{split}-00000-of-00001.parquet": "a" * 64 for split in ("train", "train2")}
    b = config(files=files, published={"train": 1, "train2": 1, "empty": 0})
    entries = header(text(Published({"default": config(), "b": b})))["configs"]
    assert {entry["config_name"]: entry["data_files"] for entry in entries} == {
        "b": [
            {"split": "train", "path": "data/b/train-*.parquet"},
            {"split": "train2", "path": "data/b/train2-*.parquet"},
        ],
        "default": [{"split": "train", "path": "data/train-*.parquet"}],
    }
