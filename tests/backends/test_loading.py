"""What may be loaded and how it is named, known before anything is loaded."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hf_unsafe2safe import extras
from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.local import finding, loading
from hf_unsafe2safe.backends.local.finding import find
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.backends.opening import open_chat
from hf_unsafe2safe.backends.specs import ModelSpec
from hf_unsafe2safe.errors import ConfigError, MissingExtraError
from hf_unsafe2safe.records import ModelInfo
from hf_unsafe2safe.testing import ScriptedChat
from tests.tiny_models import tiny_llm, tiny_vlm

ROOT = Path(__file__).parents[2]
LAZY = """
import pickle, sys
from hf_unsafe2safe.backends.opening import open_chat
chat = open_chat(sys.argv[1], images=True, feature="Inspector 'vlm'")
pickle.loads(pickle.dumps(chat)).fingerprint(), chat.models
print([name for name in ("torch", "transformers", "huggingface_hub", "llguidance") if name in sys.modules])
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of a saved model, at a place with a telling name."""
    return Path(shutil.copytree(tiny_llm(), tmp_path / "jane-doe" / "model"))


def edit_config(folder: Path, **more: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def test_nothing_is_imported_to_make_one():
    command = [sys.executable, "-c", LAZY, str(tiny_vlm())]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_is_named_by_its_type_and_content(folder):
    info = find(ModelSpec(str(folder))).info
    assert info == find(ModelSpec(str(tiny_llm()))).info == ModelInfo("local:qwen3", info.revision)
    assert len(info.revision) == 16
    assert "jane" not in repr(find(ModelSpec(str(folder))))
    (folder / "more.json").write_text("{}")
    more = find(ModelSpec(str(folder))).info.revision
    (folder / ".hidden").write_text("not a part of it")
    assert find(ModelSpec(str(folder))).info.revision == more != info.revision
    edit_config(folder, model_type="Jane Doe's own")
    assert find(ModelSpec(str(folder))).info.name == "local-model"


@pytest.mark.parametrize("place", [0, 2**18, 2**20 - 1])
def test_large_files_are_sampled(folder, monkeypatch, place):
    """With pieces that cover the file every byte counts; its size always does."""
    monkeypatch.setattr(finding, "WHOLE", 2**16)
    large = folder / "large.safetensors"
    large.write_bytes(bytes(2**20))
    zeros = find(ModelSpec(str(folder))).info.revision
    with large.open("r+b") as file:
        file.seek(place)
        file.write(b"1")
    os.utime(large, ns=(1, place))
    changed = find(ModelSpec(str(folder))).info.revision
    large.write_bytes(bytes(2**20 + 1))
    assert len({zeros, changed, find(ModelSpec(str(folder))).info.revision}) == 3


def test_pickled_weights_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="no weights in safetensors") as raised:
        TransformersChat(str(folder), images=False)
    assert "jane" not in str(raised.value)


def test_pickled_weights_are_not_opened_beside_others(folder):
    """A folder with safetensors of something else: the weights are still not taken from the pickle."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    (folder / "adapter.safetensors").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be loaded: OSError"):
        TransformersChat(str(folder), images=False).decide([Prompt("", "A?")])


def test_code_of_a_model_is_refused(folder):
    code = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.Own"}
    edit_config(folder, auto_map=code)  # known here too: the code beside it is not used
    TransformersChat(str(folder), images=False)
    edit_config(folder, model_type="own_model")
    (folder / "own.py").write_text("raise SystemExit('was run')")
    with pytest.raises(ConfigError, match="trust_remote_code=true"):
        TransformersChat(str(folder), images=False)
    TransformersChat(f"{folder},trust_remote_code=true", images=False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/nowhere/jane-doe", "The folder of the model is not there"),
        ("./nowhere", "The folder of the model is not there"),
        ("~/nowhere", "The folder of the model is not there"),
        ("~nobody-of-this-name/x", "The folder of the model is not there"),
        ("no such/na me/at all", "neither a folder here nor a model of the Hub"),
    ],
)
def test_no_such_model(name, message):
    with pytest.raises(ConfigError, match=message) as raised:
        find(ModelSpec(name))
    assert "jane" not in str(raised.value)


def test_a_folder_has_no_revision():
    with pytest.raises(ConfigError, match="no revisions"):
        find(ModelSpec(str(tiny_llm()), "main"))


def test_a_commit_is_taken_as_it_is():
    commit = "0123456789" * 4
    found = find(ModelSpec("org/model", commit))  # nobody is asked
    assert (found.commit, found.info) == (commit, ModelInfo("org/model", commit))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model.safetensors").write_bytes(b"cut"), "cannot be loaded: Safetensor"),
        (lambda f: (f / "config.json").write_text("{"), "cannot be loaded"),
        (lambda f: (f / "config.json").unlink(), "cannot be loaded"),
        (lambda f: edit_config(f, model_type="unheard_of"), "cannot be loaded"),
        (lambda f: (f / "tokenizer.json").unlink(), "knows no words"),
        (lambda f: (f / "chat_template.jinja").unlink(), "no chat template"),
    ],
)
def test_broken_folders(folder, damage, message):
    damage(folder)
    chat = TransformersChat(f"{folder},device_map=cpu", images=False)
    with pytest.raises(ConfigError, match=message) as raised:
        chat.generate([Prompt("", "Hello.", max_new_tokens=2)])
    assert "jane" not in str(raised.value)


def missing(*names: str):
    """Return a find_spec that does not know some modules."""
    known = extras.find_spec
    return lambda name: None if name in names else known(name)


@pytest.mark.parametrize(
    ("module", "images", "more", "message"),
    [
        ("torch", False, "", r"Inspector 'vlm' needs torch.*hf-unsafe2safe\[models\]"),
        ("transformers", True, "", r"needs transformers.*\[models\]"),
        ("torchvision", True, "", r"needs torchvision.*\[models\]"),
        ("llguidance", False, "", r"needs llguidance.*\[models\]"),
        ("bitsandbytes", False, ",quantization=4bit", "needs bitsandbytes.*pip install bitsandbytes"),
    ],
)
def test_missing_packages(monkeypatch, module, images, more, message):
    monkeypatch.setattr(extras, "find_spec", missing(module))
    spec = f"{tiny_vlm() if images else tiny_llm()}{more}"
    with pytest.raises(MissingExtraError, match=message):
        open_chat(spec, images=images, feature="Inspector 'vlm'")


def test_text_needs_no_torchvision(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", missing("torchvision", "bitsandbytes"))
    assert open_chat(str(tiny_llm()), images=False, feature="Instructor 'llm'").models


def test_a_model_object_is_used_as_it_is():
    chat = ScriptedChat()
    assert open_chat(chat, images=True, feature="Inspector 'vlm'") is chat


def test_cuda_in_a_fork_is_refused(monkeypatch):
    """Torch itself says whether it is in such a process; there is no CUDA here."""
    monkeypatch.setattr("torch.cuda._is_in_bad_fork", lambda: True)
    monkeypatch.setattr(loading, "_loaded", {})
    with pytest.raises(ConfigError, match="num_proc=1"):
        TransformersChat(str(tiny_llm()), images=False).decide([Prompt("", "A?")])
    assert TransformersChat(f"{tiny_llm()},device_map=cpu", images=False).decide([Prompt("", "A?")])


def test_workers_use_one_thread(monkeypatch):
    import torch

    torch.set_num_threads(2)
    monkeypatch.setattr(loading, "_loaded", {})
    monkeypatch.setattr("hf_unsafe2safe.weights.threads", lambda: 1)
    TransformersChat(f"{tiny_llm()},device_map=cpu", images=False).decide([Prompt("", "A?")])
    assert torch.get_num_threads() == 1
