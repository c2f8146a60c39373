"""Safe Attention, all of it: given to a U-Net, trained, saved, loaded.

Import this only where torch is needed anyway.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ...errors import ConfigError
from .safe_attention_layers import PublicAttention

MODEL_TYPE, FORMAT = "safe-attention", 1
WEIGHTS, CONFIG = "model.safetensors", "config.json"


class SafeAttention(nn.Module):  # type: ignore[misc]  # torch has no types here
    """The public parts of all cross-attention layers of a U-Net.

    They are modules of the U-Net too, so that they move with it; `parameters` are theirs alone. From now
    on the U-Net takes two texts, see `PublicAttention`.

    Args:
        unet: `UNet2DConditionModel` with its own weights loaded: the new ones start as copies.

    Raises:
        ConfigError: It has no cross-attention, or has Safe Attention already.

    Attributes:
        names: Of the layers, as the U-Net has them.
    """

    def __init__(self, unet: Any) -> None:
        super().__init__()
        found = [(name, one) for name, one in unet.named_modules() if name.endswith(".attn2")]
        if not found or any(isinstance(one.processor, nn.Module) for _, one in found):
            raise ConfigError("Safe Attention needs a U-Net with cross-attention of its own.")
        source = torch.Generator().manual_seed(0)
        for _, attn in found:
            attn.set_processor(PublicAttention(attn, source))
        self.names = tuple(name for name, _ in found)
        self.layers = nn.ModuleList(attn.processor for _, attn in found)

    @classmethod
    def load(cls, folder: str | Path, unet: Any, *, base_model: str = "") -> "SafeAttention":
        """Give a U-Net what `save_pretrained` saved, in its dtype and on its device.

        Args:
            folder: The saved one.
            unet: As the class takes it; of no use any more where this raises.
            base_model: The model that the U-Net is from; only as `org/model` it is compared.

        Raises:
            ConfigError: The folder has no Safe Attention that fits: another format or base model, other
                layers or shapes, no safetensors file.
        """
        saved, made = _read(Path(folder), base_model), cls(unet)
        if _shapes(saved) != _shapes(made.weights()):
            raise ConfigError(
                "The saved Safe Attention does not fit to this U-Net: other layers or shapes.",
                hint="Name the base model that it was trained on.",
            )
        for name, layer in zip(made.names, made.layers, strict=True):
            layer.load_state_dict({key: saved[f"{name}.{key}"] for key in layer.state_dict()})
        return made

    def weights(self) -> dict[str, Any]:
        """Return the weights by the names that they are saved with."""
        return {
            f"{name}.{key}": weight
            for name, layer in zip(self.names, self.layers, strict=True)
            for key, weight in layer.state_dict().items()
        }

    def save_pretrained(self, folder: str | Path, *, base_model: str = "") -> None:
        """Save the weights as safetensors, and what they are as JSON.

        Args:
            folder: Made if it is not there.
            base_model: The model that the U-Net is from, for `load` to compare.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: weight.cpu().contiguous() for name, weight in self.weights().items()}
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
        config = {"model_type": MODEL_TYPE, "format": FORMAT, "base_model": base_model}
        (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")


def _read(folder: Path, base_model: str) -> dict[str, Any]:
    """Return the saved weights by name."""
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        kind, version = config["model_type"], config["format"]
    except (OSError, ValueError, LookupError, TypeError):
        kind = version = None
    if kind != MODEL_TYPE:
        raise ConfigError("The folder has no saved Safe Attention.", hint=f"Its {CONFIG} would say so.")
    if version != FORMAT:
        raise ConfigError(
            f"The saved Safe Attention is of format {version!r}, and this version reads {FORMAT}."
        )
    trained_on = str(config.get("base_model", ""))
    if base_model != trained_on and "/" in base_model and "/" in trained_on:
        raise ConfigError(f"The saved Safe Attention is for {trained_on}, not for {base_model}.")
    if not (folder / WEIGHTS).is_file():
        raise ConfigError(f"The saved Safe Attention has no {WEIGHTS}; other files are not opened.")
    try:
        weights: dict[str, Any] = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"The {WEIGHTS} of the saved Safe Attention cannot be read.") from error
    return weights


def _shapes(weights: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in weights.items()}
