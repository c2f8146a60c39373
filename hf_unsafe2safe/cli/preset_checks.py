"""The checks of `unsafe2safe doctor` for presets with models: what is missing, what there is room for."""

import os
import platform
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ..extras import EXTRAS
from ..presets import PRESETS, models_of
from .lines import OK, WARNING, Line, memory_gib

_GIB_IN_GB = 2**30 / 1e9
_ON_CPU = 2.0  # float32 instead of bfloat16


def presets() -> Iterator[Line]:
    """Yield whether each preset with models can run here. Nothing is downloaded or asked of a server."""
    for name, preset in PRESETS.items():
        if name != "local":
            served = any("endpoint:" in spec for spec in preset.values() if isinstance(spec, str))
            yield _served(name) if served else _loaded(name)


def _served(preset: str) -> Line:
    from huggingface_hub import get_token

    what = f"preset {preset}"
    if missing := _missing("api"):
        return _not_installed(what, missing, "api")
    if not get_token():
        cure = "hf auth login, or set HF_TOKEN."
        return Line(WARNING, what, "no key of the Hub for its providers", cure)
    return Line(OK, what, "can run; a provider gets the images")


def _loaded(preset: str) -> Line:
    what, models = f"preset {preset}", models_of(preset)
    if missing := _missing("models"):
        return _not_installed(what, missing, "models")
    if _misfit():
        return Line(WARNING, what, "torchvision does not fit torch", "Install both of one release, together.")
    here, where = _memory_gb()
    needed = sum(m.memory_gb for m in models.values()) * (1.0 if where == "GPU" else _ON_CPU)
    if 0 < here < needed:
        cure = "quantization=4bit on a GPU needs a third; or the preset api."
        return Line(WARNING, what, f"needs {needed:.0f} GB; the {where} has {here:.0f}", cure)
    absent = [m.download_gb for name, m in models.items() if not is_cached(name)]
    if absent:
        cure = "They come with the first row, or now: hf download ORG/MODEL."
        return Line(WARNING, what, f"{sum(absent):.1f} GB of models are not here yet", cure)
    return Line(OK, what, f"can run on the {where}" + ("" if where == "GPU" else ", very slowly"))


def _not_installed(what: str, modules: list[str], extra: str) -> Line:
    cure = f'pip install "hf-unsafe2safe[{extra}]"'
    return Line(WARNING, what, f"not installed: {modules[0]}" + " ..." * (len(modules) > 1), cure)


def _missing(extra: str) -> list[str]:
    return [module for module in EXTRAS[extra] if find_spec(module) is None]


def _misfit() -> bool:
    """Return whether torchvision cannot be imported: of another release than torch, for example."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, OSError, RuntimeError, AttributeError):
        return True
    return False


def _memory_gb() -> tuple[float, str]:
    """Return the memory for models in GB, 0 where it is not known, and whose it is."""
    try:
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_properties(0).total_memory / 1e9, "GPU"
        if platform.system() == "Darwin" and torch.backends.mps.is_available():
            return memory_gib() * _GIB_IN_GB, "GPU"  # shared with the processor
    except (ImportError, OSError, RuntimeError):
        pass  # the check of torch says so
    return memory_gib() * _GIB_IN_GB, "CPU"


def is_cached(repo_id: str) -> bool:
    """Return whether weights of a model lie in the cache of the Hub."""
    from huggingface_hub.constants import HF_HUB_CACHE

    folder = Path(HF_HUB_CACHE) / f"models--{repo_id.replace('/', '--')}" / "snapshots"
    return any(f.endswith(".safetensors") for _, _, files in os.walk(folder) for f in files)
