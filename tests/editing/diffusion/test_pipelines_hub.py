"""Pipelines of the Hub, over real HTTP on the loopback interface."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_editors
from tests.backends import test_hub_models
from tests.loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow  # processes that import torch

KLEIN, PICKLED, OTHER = "me/klein", "me/pickled-part", "me/no-pipeline"
PAINT = """
import sys
from hf_unsafe2safe.editing.diffusion.any_pipeline import diffusion
from hf_unsafe2safe.errors import ConfigError
try:
    editor = diffusion(sys.argv[1])
    print(editor.painter.name, editor.painter.side, editor.models[0].revision, "torch" in sys.modules)
    import tests.tiny_models  # for its torchvision
    from tests.backends.diffusion.painted import canvas
    print(int(editor.painter.paint([canvas(1)])[0].sum()))
except ConfigError as error:
    print("ConfigError", error)
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.fixture(scope="module")
def hub():
    klein = files(tiny_editors.tiny_klein())
    pickled = {
        name.replace("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"): data
        for name, data in klein.items()
    }
    with LoopbackHub() as hub:
        hub.make(KLEIN, private=False, files=klein, kind="models")
        hub.make(PICKLED, private=False, files=pickled, kind="models")
        other = {"model.safetensors": b"", "config.json": b"{}"}
        hub.make(OTHER, private=False, files=other, kind="models")
        yield hub


def ask(spec: str, url: str, home: Path, **environment: str) -> str:
    """Return what a process says that paints with a pipeline of the Hub."""
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PAINT, spec],
        capture_output=True,
        text=True,
        cwd=test_hub_models.ROOT,
        env={**os.environ, **settings, **environment},
        timeout=180,
        check=True,
    )
    return done.stdout.strip()


def test_found_by_its_commit_and_again_without_a_hub(hub, tmp_path):
    said = ask(KLEIN, hub.url, tmp_path)
    first, picture = said.splitlines()
    assert first == f"klein 1024 {hub.revision(KLEIN)} False"
    assert int(picture) > 0
    assert ask(KLEIN, test_hub_models.nowhere(), tmp_path) == said
    assert ask(f"{KLEIN}@{hub.revision(KLEIN)}", hub.url, tmp_path, HF_HUB_OFFLINE="1") == said


def test_a_part_in_a_pickle_is_not_opened(hub, tmp_path):
    """Also not where other parts are safetensors."""
    said = ask(PICKLED, hub.url, tmp_path).splitlines()
    assert said[-1].startswith(f"ConfigError The model {PICKLED} cannot be loaded")
    assert not list(tmp_path.rglob("*.bin"))


def test_what_is_no_pipeline(hub, tmp_path):
    said = ask(OTHER, hub.url, tmp_path)
    assert said == f"ConfigError The model {OTHER} has no model_index.json: no pipeline of diffusers."


def test_a_commit_that_cannot_be_asked_for(tmp_path):
    said = ask(f"{KLEIN}@{'0123456789' * 4}", test_hub_models.nowhere(), tmp_path)
    assert said.startswith(f"ConfigError The model_index.json of {KLEIN} cannot be downloaded.")
