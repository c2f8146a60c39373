"""Clients of the loopback Hub: in this process, and in one of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError

from tests.loopback_hub import LoopbackHub

ROOT = Path(__file__).parents[2]
TOKEN = "hf_loopback"
_OWN = ("HF_", "HUGGING_FACE_", "HUGGINGFACE_", "UNSAFE2SAFE_")


def environment(hub: LoopbackHub, tmp: Path, token: str | None = TOKEN) -> dict[str, str]:
    """Return the environment of a process that knows no other Hub, with caches and settings of its own.

    Args:
        tmp: Where these are; the same folder gives the same ones.
        token: None for a user who is not logged in.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    given = {"HF_TOKEN": token} if token else {}
    return {
        **kept,
        **given,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "UNSAFE2SAFE_CACHE": str(tmp / "cache"),
        "UNSAFE2SAFE_SETTINGS": str(tmp / "settings"),
    }


def run(
    hub: LoopbackHub,
    tmp: Path,
    *arguments: str,
    token: str | None = TOKEN,
    timeout_s: float = 300,
    **changes: str,
) -> subprocess.CompletedProcess[str]:
    """Run Python in a new process.

    Args:
        arguments: Of the interpreter: `"-c", TEXT, ...` or `"-m", "hf_unsafe2safe.cli", ...`.
        changes: More of its environment.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        env={**environment(hub, tmp, token), **changes},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def api(hub: LoopbackHub, token: str | bool = TOKEN) -> HfApi:
    """Return a client in this process; `token=False` for nobody."""
    return HfApi(endpoint=hub.url, token=token)


def commit(api: HfApi, repo: str, files: dict[str, bytes | None], **more: Any) -> CommitInfo:
    """Add files, and delete those that are None."""
    changes = [
        CommitOperationDelete(path) if data is None else CommitOperationAdd(path, data)
        for path, data in files.items()
    ]
    return api.create_commit(repo, changes, commit_message="Change", repo_type="dataset", **more)


def status_of(call: Callable[[], object]) -> int:
    """Return the status of the error that a call raises."""
    with pytest.raises(HfHubHTTPError) as caught:
        call()
    return caught.value.response.status_code
