"""What every test of takedowns gets: settings of its own, a Hub with one published repo."""

import pytest

from tests.hub.retracting.repos import KEY, REPO, repo_files, two_splits
from tests.loopback_hub import LoopbackHub


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    folder = tmp_path / "settings"
    monkeypatch.setenv("UNSAFE2SAFE_SETTINGS", str(folder))
    monkeypatch.setenv("UNSAFE2SAFE_KEY", KEY.hex())
    monkeypatch.setattr("hf_unsafe2safe.hub.asking.WAIT_S", 0.0)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    return folder


@pytest.fixture
def hub():
    with LoopbackHub() as hub:
        hub.make(REPO, private=True, files=repo_files(two_splits()))
        yield hub
