"""A LoRA on a pipeline of diffusers: found as models are, and merged into the weights before it runs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....errors import ConfigError
from ....extras import need
from ....records import ModelInfo
from ...specs import parse
from ..finding import FoundModel, find
from ..loading import explained

FILE = "pytorch_lora_weights.safetensors"  # as save_lora_weights of a pipeline names it
_NAME = "merged"


def with_lora(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a spec with the LoRA found that they name, if any.

    Raises:
        ConfigError: As `find_lora`; or it cannot be merged, or there is only a scale.
        MissingExtraError: peft is missing.
    """
    if "lora" not in options:
        if "lora_scale" in options:
            raise ConfigError("There is no LoRA to scale.", hint="Name one with lora=, too.")
        return dict(options)
    if "quantization" in options:
        raise ConfigError(
            "A LoRA cannot be merged into quantised weights.", hint="Leave out lora or quantization."
        )
    need("models", "A LoRA", "peft")
    return {**options, "lora": find_lora(options["lora"])}


def find_lora(argument: str) -> FoundModel:
    """Return the LoRA that an option means; nothing is downloaded.

    Args:
        argument: `org/model[@revision]`, or a folder.

    Raises:
        ConfigError: There is none, or it has no safetensors files.
    """
    found = find(parse(argument, {}))
    if found.info.name.startswith("local"):  # a folder of weights alone says nothing of what it is
        found = replace(found, info=ModelInfo("local:lora", found.info.revision))
    return found


def add(pipe: Any, found: FoundModel, scale: float = 1.0) -> None:
    """Merge a LoRA into the weights of a pipeline in place: a step takes as long as without it.

    Args:
        pipe: Of diffusers, not quantised.
        found: The LoRA. Of a repo its safetensors files are downloaded.
        scale: How much of it; 0 for none.

    Raises:
        ConfigError: The pipeline takes none, or not this one.
    """
    with explained(found.info.name):
        file = _file(found)
        merge(pipe, file, found.info.name, scale)


def merge(pipe: Any, weights: Path | dict[str, Any], name: str, scale: float = 1.0) -> None:
    """Merge a LoRA, see `add`.

    Args:
        pipe: As of `add`.
        weights: Its file, or what would be in it.
        name: For messages.
        scale: As of `add`.

    Raises:
        ConfigError: As `add`.
    """
    if not hasattr(pipe, "load_lora_weights"):
        raise ConfigError(f"A {type(pipe).__name__} takes no LoRA.", hint="Leave out lora.")
    more: dict[str, Any] = {}
    if isinstance(weights, Path):
        more = {"weight_name": weights.name, "use_safetensors": True, "local_files_only": True}
    where = str(weights.parent) if isinstance(weights, Path) else weights
    with explained(name):
        pipe.load_lora_weights(where, adapter_name=_NAME, **more)
        if not pipe.get_list_adapters():  # diffusers only warns of one that is for no part
            raise ConfigError(
                f"The LoRA {name} has no weights for a {type(pipe).__name__}.",
                hint="Name one that was trained on the same model.",
            )
        pipe.fuse_lora(lora_scale=scale)
        pipe.unload_lora_weights()


def _file(found: FoundModel) -> Path:
    folder = Path(found.where)
    if found.commit:
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(found.where, revision=found.commit, allow_patterns="*.safetensors"))
    files = sorted(folder.glob("*.safetensors"))
    named = [file for file in files if file.name == FILE] or files
    if len(named) != 1:
        raise ConfigError(
            f"The LoRA {found.info.name} has {len(files) or 'no'} safetensors files at its top.",
            hint=f"Name a folder with one of them, or with {FILE}.",
        )
    return named[0]
