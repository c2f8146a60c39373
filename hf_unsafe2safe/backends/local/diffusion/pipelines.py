"""Pipelines of diffusers in this process: loaded once, safetensors only, where their spec says."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ....errors import ConfigError
from ..finding import FoundModel
from ..loading import check_process, explained
from . import lora, memory
from .families import family, index
from .texts import Texts
from .tuning import tune

# Readers of more than half a gigabyte: of these, unlike of CLIP, quantisation saves something.
_LARGE_READERS = ("T5", "Qwen", "Mistral", "Gemma", "Llama")


class LoadedPipeline:
    """A pipeline ready to run.

    Args:
        pipe: Of diffusers.
        found: Where it comes from.
        options: As its spec says.

    Attributes:
        pipe: The pipeline.
        texts: Its readers.
        lock: Held while it runs.
    """

    def __init__(self, pipe: Any, found: FoundModel, options: Mapping[str, Any]) -> None:
        self.pipe, self.name = pipe, found.info.name
        self.texts, self.lock = Texts(pipe), threading.RLock()
        self.target = memory.device_of(options)
        self._offload = memory.place(pipe, options)
        self._fixed = options.get("device_map") == "balanced" or "quantization" in options

    def offload(self) -> bool:
        """Keep the weights in the main memory but for the model that runs; return whether that is new."""
        if self._offload != "none" or self._fixed or self.target == "cpu":
            return False
        memory.offload(self.pipe, self.target, "model")
        self._offload = "model"
        return True

    def batch_size(self, weight: float) -> int:
        """Return how many pictures of a weight it should make at once."""
        return memory.batch_size(self.target, weight)


def load(
    found: FoundModel, options: Mapping[str, Any], build: Callable[[Any], Any], editor: str
) -> LoadedPipeline:
    """Return a pipeline ready to run.

    Args:
        found: The model.
        options: Of the spec, those of `LOADING`; `lora` as found.
        build: Makes the pipeline that runs of the one that was loaded: of the same parts, before they are
            moved to a GPU.
        editor: Who runs it.

    Raises:
        ConfigError: It cannot be loaded, or not run so, or is none for this editor.
        MissingExtraError: A package is missing.
    """
    family(found, editor)
    check_process(str(options.get("device_map", "auto")))
    arguments = _arguments(found, options)
    with explained(found.info.name):
        import diffusers

        pipe = diffusers.DiffusionPipeline.from_pretrained(found.where, **arguments)
        if "lora" in options:
            lora.add(pipe, options["lora"], float(options.get("lora_scale", 1.0)))
        pipe = build(pipe)
    pipe.set_progress_bar_config(disable=True)
    tune(pipe, options)
    return LoadedPipeline(pipe, found, options)


def _arguments(found: FoundModel, options: Mapping[str, Any]) -> dict[str, Any]:
    import torch

    dtype, device = options.get("dtype", "auto"), memory.device_of(options)
    if dtype == "auto":
        dtype = "bfloat16" if device.startswith(("cuda", "xpu")) else "float32"
    if dtype == "float16" and device == "cpu":
        raise ConfigError("dtype=float16 needs a GPU.", hint="Use dtype=bfloat16, or leave it out.")
    arguments: dict[str, Any] = {
        "use_safetensors": True,
        "trust_remote_code": found.trusted,
        "dtype": getattr(torch, dtype),
    }
    if found.commit:
        arguments["revision"] = found.commit
    if options.get("device_map") == "balanced":
        arguments["device_map"] = "balanced"
    if not options.get("safety_checker", True) and "safety_checker" in index(found):
        arguments |= {"safety_checker": None, "requires_safety_checker": False}
    if "quantization" in options:
        arguments["quantization_config"] = _quantized(index(found), options["quantization"], dtype)
    return arguments


def _quantized(parts: Mapping[str, object], bits: str, dtype: str) -> Any:
    import torch
    from diffusers import PipelineQuantizationConfig

    large = [
        name
        for name, kind in parts.items()
        if name in ("transformer", "unet")
        or (
            name.startswith("text_encoder")
            and isinstance(kind, list)
            and str(kind[-1]).startswith(_LARGE_READERS)
        )
    ]
    how: dict[str, Any] = {"load_in_8bit": True}
    if bits == "4bit":
        how = {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": getattr(torch, dtype),
        }
    return PipelineQuantizationConfig(
        quant_backend=f"bitsandbytes_{bits}", quant_kwargs=how, components_to_quantize=large
    )
