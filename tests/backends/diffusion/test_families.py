"""What a pipeline is, known before it is loaded, and which editor runs it."""

import json
import shutil
from pathlib import Path

import diffusers
import pytest

from hf_unsafe2safe.backends.local.diffusion.families import FAMILIES, class_name, family
from hf_unsafe2safe.backends.local.finding import find
from hf_unsafe2safe.backends.specs import ModelSpec
from hf_unsafe2safe.editing.diffusion.klein import KleinPainter
from hf_unsafe2safe.errors import ConfigError
from tests import tiny_editors
from tests.tiny_models import tiny_llm


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of a pipeline, at a place with a telling name."""
    return Path(shutil.copytree(tiny_editors.tiny_kontext(), tmp_path / "jane-doe" / "pipeline"))


def edit_index(folder: Path, **more: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def found(folder):
    return find(ModelSpec(str(folder)))


@pytest.mark.parametrize("name", FAMILIES)
def test_each_is_a_pipeline_of_diffusers(name):
    assert issubclass(getattr(diffusers, name), diffusers.DiffusionPipeline)
    assert FAMILIES[name].side % 16 == 0


def test_a_folder_is_named_by_its_class(folder):
    assert found(folder).info.name == "local:fluxkontextpipeline"
    assert class_name(found(folder)) == "FluxKontextPipeline"
    assert family(found(folder)).editors == ("kontext",)


def test_another_editor_is_named(folder):
    with pytest.raises(ConfigError, match=r"is a FluxKontextPipeline.*runs Flux2KleinPipeline") as raised:
        KleinPainter(str(folder))
    assert "The editor for it is kontext." in raised.value.hint
    assert "jane" not in f"{raised.value} {raised.value.hint}"


def test_a_class_that_nobody_runs(folder):
    edit_index(folder, _class_name="AudioLDMPipeline")
    with pytest.raises(ConfigError, match="No editor runs such a pipeline") as raised:
        family(found(folder))
    assert "Flux2KleinPipeline, FluxFillPipeline" in raised.value.hint


# An index that is no index of a pipeline.
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model_index.json").unlink(), "no pipeline of diffusers"),
        (lambda f: (f / "model_index.json").write_text("{"), "no pipeline of diffusers"),
        (lambda f: (f / "model_index.json").write_text("[1]"), "no pipeline of diffusers"),
        (lambda f: edit_index(f, _class_name="no class"), "no pipeline of diffusers"),
        (lambda f: edit_index(f, _class_name=["own", "Own"]), "runs code that comes with it"),
    ],
)
def test_broken_indices(folder, damage, message):
    damage(folder)
    with pytest.raises(ConfigError, match=message) as raised:
        class_name(found(folder))
    assert "jane" not in str(raised.value)


def test_a_model_of_another_library():
    with pytest.raises(ConfigError, match="local:qwen3 is no pipeline of diffusers"):
        KleinPainter(str(tiny_llm()))
