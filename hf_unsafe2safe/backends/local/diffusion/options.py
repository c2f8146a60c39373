"""What a spec may say of how a pipeline is loaded and run."""

import re

from ...specs import Options, count, number, one_of, yes_or_no
from ..loading import OPTIONS as MODEL

CACHES = ("none", "first_block", "taylorseer", "pyramid")
# Those of `set_attention_backend` that run what is installed; others download kernels.
ATTENTION = (
    *("native", "_native_cudnn", "_native_efficient", "_native_flash", "_native_math"),
    *("flash", "_flash_3", "flex", "sage", "xformers"),
)


def _device(value: str) -> str:
    if value == "balanced" or re.fullmatch(r"auto|cpu|mps|(cuda|xpu)(:[0-9]+)?", value):
        return value
    raise ValueError("It is auto, cpu, cuda, for one of several cuda:0, or balanced over all of them.")


def _lora(value: str) -> str:
    if not value:
        raise ValueError("It is org/model, org/model@revision or a folder.")
    return value


# These make another copy of the weights.
LOADING: Options = {
    "dtype": MODEL["dtype"],
    "quantization": MODEL["quantization"],
    "trust_remote_code": MODEL["trust_remote_code"],
    "device_map": _device,
    "offload": one_of("auto", "none", "model", "group", "sequential"),
    "attn": one_of(*ATTENTION),
    "compile": yes_or_no,
    "cache": one_of(*CACHES),
    "channels_last": yes_or_no,
    "vae_tiling": yes_or_no,
    "vae_slicing": yes_or_no,
    "layerwise": yes_or_no,
    "safety_checker": yes_or_no,
    "lora": _lora,
    "lora_scale": number(0, 2),
}
OPTIONS: Options = {**LOADING, "batch_size": count(), "side": count(64, 4096)}
