"""A dataset of the Hub by its name, over real HTTP on the loopback interface."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback_hub import LoopbackHub

ROOT = Path(__file__).parent.parent
PUSH = """
from datasets import Dataset, DatasetDict, Features, Image
from hf_unsafe2safe import testing
rows = {"image": [{"bytes": testing.with_face(), "path": None}, {"bytes": testing.blank(), "path": None}]}
part = Dataset.from_dict(rows, features=Features({"image": Image()}))
DatasetDict({"train": part, "test": part.select([0])}).push_to_hub("me/photos")
"""
SANITIZE = """
import sys
from hf_unsafe2safe import testing
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import load_source
source = load_source("me/photos", split="train", revision="main")
materialize(source, sys.argv[1], testing.fakes())
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with LoopbackHub() as hub:
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": "hf_test",
            "HF_HOME": str(tmp_path_factory.mktemp("hf")),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        for name in ("HF_DATASETS_CACHE", "HF_HUB_CACHE", "HF_HUB_OFFLINE"):
            environment.pop(name, None)

        def run(*command):
            run = [sys.executable, *command]
            return subprocess.run(run, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

        pushed = run("-c", PUSH)
        assert pushed.returncode == 0, pushed.stderr[-3000:]
        yield run


def test_a_split_of_a_revision_is_sanitized(hub, tmp_path):
    done = hub("-c", SANITIZE, str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["statuses"] == {"safe": 1, "edited": 1, "rejected": 0, "failed": 0}
    assert list(manifest["splits"]) == ["train"]
    assert manifest["source"].startswith("me/photos@")
    assert "--split train" in (tmp_path / "out" / "README.md").read_text()


def test_the_command_line_opens_all_splits(hub, tmp_path):
    done = hub(
        "-m", "hf_unsafe2safe.cli", "sanitize", "me/photos", "-o", str(tmp_path / "out"), "--limit", "1"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert sorted(manifest["splits"]) == ["test", "train"]
    assert manifest["rows"] == 2
