"""A LoRA in training: added to a network of diffusers, and read out of it.

Import this only where torch is needed anyway.
"""

from collections.abc import Sequence
from typing import Any

import torch

from ..config import ModelOptions


def add_lora(network: Any, targets: str | Sequence[str], options: ModelOptions, seed: int) -> None:
    """Add a LoRA with float32 weights; all other weights of the network are frozen.

    Args:
        network: Of diffusers.
        targets: Names of the layers that get one, or a regular expression of them.
        options: Rank and alpha.
        seed: Of its first weights; nobody else's source of chance is touched.
    """
    from peft import LoraConfig

    layers = targets if isinstance(targets, str) else list(targets)
    before = [weight for weight in network.parameters() if weight.requires_grad]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network.add_adapter(
            LoraConfig(
                r=options.lora_rank, lora_alpha=options.lora_alpha or options.lora_rank, target_modules=layers
            )
        )
    for weight in before:  # peft freezes what it did not add
        weight.requires_grad_(True)
    for weight in network.parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()


def lora_state(network: Any, options: ModelOptions) -> dict[str, Any]:
    """Return the LoRA by the names of diffusers, with its scale in it, so that it needs no alpha."""
    from peft import get_peft_model_state_dict

    scale = (options.lora_alpha or options.lora_rank) / options.lora_rank
    return {
        name: (value * scale if "lora_B" in name else value).detach().cpu().contiguous()
        for name, value in get_peft_model_state_dict(network).items()
    }
