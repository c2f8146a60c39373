"""Safe Attention from the Hub, over real HTTP on the loopback interface: model and adapter apart."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_editors
from tests.backends import test_hub_models
from tests.editing.diffusion.test_safe_attention import trained
from tests.loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow  # processes that import torch

MODEL, ADAPTER, OTHER = "me/editor", "me/adapter", "me/other"
PAINT = """
import sys, tests.tiny_models  # for its torchvision
from tests.editing.diffusion.test_safe_attention import SafeAttentionPainter, canvas
from hf_unsafe2safe.errors import ConfigError
try:
    one = SafeAttentionPainter(sys.argv[1])
    pictures = one.paint([canvas(1)])
    print(*(f"{info.name}@{info.revision}" for info in one.models), int(pictures[0].sum()))
except ConfigError as error:
    print("ConfigError", error)
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture(scope="module")
def hub():
    adapter = files(trained())
    config = {**json.loads(adapter["config.json"]), "base_model": MODEL}
    named = {**adapter, "config.json": json.dumps(config).encode(), "notes.txt": b"not asked for"}
    other = {**named, "config.json": json.dumps({**config, "base_model": "else/where"}).encode()}
    with LoopbackHub() as hub:
        model = files(tiny_editors.tiny_instruct_pix2pix())
        for repo, held in ((MODEL, model), (ADAPTER, named), (OTHER, other)):
            hub.make(repo, private=False, files=held, kind="models")
        yield hub


def ask(spec: str, url: str, home: Path) -> str:
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PAINT, f"{spec},num_inference_steps=1"],
        capture_output=True,
        text=True,
        cwd=test_hub_models.ROOT,
        env={**os.environ, **settings},
        timeout=120,
        check=True,
    )
    return done.stdout.strip()


def test_model_and_adapter_are_found_by_their_commits(hub, tmp_path):
    said = ask(f"{MODEL},adapter={ADAPTER}", hub.url, tmp_path)
    assert said.startswith(f"{MODEL}@{hub.revision(MODEL)} {ADAPTER}@{hub.revision(ADAPTER)} ")
    assert not list(tmp_path.rglob("notes.txt"))
    # Without a Hub, from the cache.
    assert ask(f"{MODEL},adapter={ADAPTER}", test_hub_models.nowhere(), tmp_path) == said


def test_an_adapter_for_another_model_is_refused(hub, tmp_path):
    said = ask(f"{MODEL},adapter={OTHER}", hub.url, tmp_path)
    assert said == "ConfigError The saved Safe Attention is for else/where, not for me/editor."
