"""`unsafe2safe doctor` on presets with models: packages, memory, downloads, keys."""

import pytest

from hf_unsafe2safe.cli import preset_checks
from hf_unsafe2safe.cli.lines import OK, WARNING
from hf_unsafe2safe.presets import MODELS, PRESETS, models_of


@pytest.fixture
def line(monkeypatch, tmp_path):
    """Return a function: the line of a preset on a machine that is described."""

    def of(preset, *, missing=(), memory=(100.0, "GPU"), cached=(), token=None):
        monkeypatch.setattr(preset_checks, "_missing", lambda extra: list(missing))
        monkeypatch.setattr(preset_checks, "_misfit", lambda: False)  # torchvision of a CPU-only machine
        monkeypatch.setattr(preset_checks, "_memory_gb", lambda: memory)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
        for name in cached:
            folder = tmp_path / f"models--{name.replace('/', '--')}" / "snapshots" / "abc"
            folder.mkdir(parents=True)
            (folder / "model.safetensors").touch()
        (found,) = [one for one in preset_checks.presets() if one.what == f"preset {preset}"]
        return found

    return of


def test_every_preset_with_models_has_a_line():
    assert [one.what for one in preset_checks.presets()] == [f"preset {n}" for n in PRESETS if n != "local"]


def test_missing_packages_come_first(line):
    found = line("quality", missing=["torch", "peft"], memory=(1.0, "CPU"))
    assert (found.level, found.state) == (WARNING, "not installed: torch ...")
    assert found.cure == 'pip install "hf-unsafe2safe[models]"'
    assert line("api", missing=["openai"]).cure == 'pip install "hf-unsafe2safe[api]"'


def test_too_little_memory(line):
    needed = sum(model.memory_gb for model in models_of("paper").values())
    assert (
        line("paper", memory=(needed - 1, "GPU")).state
        == f"needs {needed:.0f} GB; the GPU has {needed - 1:.0f}"
    )
    # float32 on a CPU needs twice as much
    assert line("paper", memory=(needed + 1, "CPU")).state.startswith(f"needs {2 * needed:.0f} GB")
    assert "not here yet" in line("paper", memory=(0.0, "CPU")).state  # nobody knows


def test_models_that_are_not_here_yet(line):
    every = sum(model.download_gb for model in models_of("quality").values())
    found = line("quality", cached=["Qwen/Qwen3-VL-8B-Instruct"])
    rest = every - MODELS["Qwen/Qwen3-VL-8B-Instruct"].download_gb
    assert (found.level, found.state) == (WARNING, f"{rest:.1f} GB of models are not here yet")


def test_presets_that_can_run(line):
    found = line("quality", cached=models_of("quality"))
    assert (found.level, found.state, found.cure) == (OK, "can run on the GPU", "")


def test_a_cpu_with_room_is_slow(line):
    found = line("paper", cached=models_of("paper"), memory=(200.0, "CPU"))
    assert (found.level, found.state) == (OK, "can run on the CPU, very slowly")


def test_a_key_is_needed_and_not_shown(line):
    assert line("api").state == "no key of the Hub for its providers"
    found = line("api", token="hf_secret")
    assert (found.level, found.state) == (OK, "can run; a provider gets the images")
    assert "hf_secret" not in repr(found)


def test_every_model_of_a_preset_is_known():
    for name, preset in PRESETS.items():
        served = "endpoint:" in str(preset)
        named = {model for model in MODELS if model in str(preset)}
        assert set(models_of(name)) == (set() if served else named)
    assert {"Qwen/Qwen3-VL-8B-Instruct", "black-forest-labs/FLUX.2-klein-4B"} <= set(models_of("quality"))
