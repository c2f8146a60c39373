"""Processes that know the loopback Hub only."""

import json

import pytest

from tests.hub import clients
from tests.loopback_hub import LoopbackHub

ROWS = """
import json, sys
from datasets import Dataset, load_dataset
if sys.argv[1] == "push":
    Dataset.from_dict({"n": [1, 2, 3]}).push_to_hub("me/rows", private=True)
rows = load_dataset("me/rows", split="train", streaming=sys.argv[2] == "stream", revision=sys.argv[3])
print(json.dumps([row["n"] for row in rows]))
"""


def test_nothing_of_this_process_is_handed_on(tmp_path, monkeypatch):
    leaky = ("HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "HF_HUB_CACHE", "UNSAFE2SAFE_KEY", "HF_TOKEN")
    for name in leaky:
        monkeypatch.setenv(name, "1")
    with LoopbackHub() as hub:
        made = clients.environment(hub, tmp_path, token=None)
    assert not {"HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "HF_HUB_CACHE", "UNSAFE2SAFE_KEY", "HF_TOKEN"} & set(
        made
    )
    assert made["HF_ENDPOINT"] == hub.url
    assert made["UNSAFE2SAFE_SETTINGS"].startswith(str(tmp_path))
    assert made["PATH"]


@pytest.mark.slow
def test_datasets_pushes_and_loads(tmp_path):
    with LoopbackHub() as hub:
        pushed = clients.run(hub, tmp_path / "one", "-c", ROWS, "push", "copy", "main")
        assert json.loads(pushed.stdout) == [1, 2, 3], pushed.stderr[-3000:]
        clients.api(hub).create_branch("me/rows", branch="other", repo_type="dataset")
        for how in ("stream", "copy"):
            again = clients.run(hub, tmp_path / how, "-c", ROWS, "load", how, "other")
            assert json.loads(again.stdout) == [1, 2, 3], again.stderr[-3000:]
        refused = clients.run(hub, tmp_path / "nobody", "-c", ROWS, "load", "copy", "main", token=None)
        assert refused.returncode == 1
        assert "DatasetNotFoundError" in refused.stderr
