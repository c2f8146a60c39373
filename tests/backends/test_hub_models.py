"""A model of the Hub: its commit is known before it is loaded, over real HTTP on the loopback interface."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback_hub import LoopbackHub
from tests.tiny_models import tiny_llm

pytestmark = pytest.mark.slow  # processes that import torch

ROOT = Path(__file__).parents[2]
GATED = "others/gated"
CHECK = """
import sys
from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.errors import ConfigError
try:
    chat = TransformersChat(sys.argv[1] + ",device_map=cpu", images=False)
    print(chat.models[0].name, chat.models[0].revision, "torch" in sys.modules)
    if "load" in sys.argv:
        import tests.tiny_models  # for its torchvision
        print(chat.generate([Prompt("", "Hello.", max_new_tokens=3)])[0].finished in (True, False))
except ConfigError as error:
    print("ConfigError", error)
"""


@pytest.fixture(scope="module")
def hub():
    files = {path.name: path.read_bytes() for path in tiny_llm().iterdir()}
    with LoopbackHub() as hub:
        hub.make("me/tiny", files=files, kind="models")
        hub.make(GATED, gated="auto", private=False, files=files, kind="models")
        hub.make("me/pickled", files={"config.json": b"{}", "model.bin": b""}, kind="models")
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("hf")


def ask(spec: str, url: str, home: Path, *more: str, **environment: str) -> str:
    """Return what a process says that makes a chat of a model of the Hub."""
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": "hf_test"}
    done = subprocess.run(
        [sys.executable, "-c", CHECK, spec, *more],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **settings, **environment},
        timeout=120,
        check=True,
    )
    return done.stdout.strip()


def nowhere() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_the_commit_is_known_loaded_and_found_again(hub, home):
    """Online by its commit; then from the cache, with no network, and where the Hub is switched off."""
    known = f"me/tiny {hub.revision('me/tiny')} False"
    assert ask("me/tiny", hub.url, home, "load") == f"{known}\nTrue"
    assert ask("me/tiny@main", nowhere(), home, "load") == f"{known}\nTrue"
    asked = len(hub.received)
    assert ask("me/tiny", hub.url, home, "load", HF_HUB_OFFLINE="1") == f"{known}\nTrue"
    assert len(hub.received) == asked


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("me/unknown", "The Hub has no model 'me/unknown', or it is private"),
        ("me/tiny@v9", "The model 'me/tiny' has no revision 'v9'"),
        ("me/pickled", "The model me/pickled has no weights in safetensors files"),
    ],
)
def test_refused_before_anything_is_downloaded(hub, home, spec, message):
    said = ask(spec, hub.url, home)
    assert said.startswith(f"ConfigError {message}")
    assert not any(b"GET /me/" in request for request in hub.received if b"pickled" in request)


def test_conditions_that_were_not_accepted(hub, home):
    assert "ConfigError The model 'others/gated' is gated. Accept" in ask(GATED, hub.url, home, "load")


@pytest.mark.parametrize("offline", ["0", "1"])
def test_neither_here_nor_to_be_reached(tmp_path, offline):
    said = ask("me/tiny", nowhere(), tmp_path, HF_HUB_OFFLINE=offline)
    assert said.startswith("ConfigError The model 'me/tiny' is not on this machine")
