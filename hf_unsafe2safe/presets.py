"""The presets: which stages a run is made of where nothing else is said, and the models that they name.

Licences, sizes and parameters are those of the model cards when this was written; read the card before you
build on one.
"""

from dataclasses import dataclass
from typing import Any, Final

_PAPER_VLM = "OpenGVLab/InternVL3_5-8B-HF,size=448"
_VLM = "Qwen/Qwen3-VL-8B-Instruct"
_LLM = "Qwen/Qwen3-4B-Instruct-2507"
_DINO, _SAM = "IDEA-Research/grounding-dino-base", "facebook/sam2.1-hiera-small"
_SD3 = "stabilityai/stable-diffusion-3-medium-diffusers"
_KLEIN = "black-forest-labs/FLUX.2-klein-4B"
_QWEN_EDIT = "Qwen/Qwen-Image-Edit"
# Lines of text need no model, and codes no picture; the rest is repainted.
_SMALL: Final[dict[str, Any]] = {"text": "inpaint", "code": "fill"}

PRESETS: Final[dict[str, dict[str, Any]]] = {
    # Embedded, on a CPU, without downloads.
    "local": {
        "policy": "default",
        "inspector": "local",
        "captioner": "template",
        "instructor": "template",
        "editor": {"text": "inpaint", "*": "fill"},
        "verifier": "local",
    },
    # As published: one vision-language model looks and writes, images at 448 pixels, FlowEdit repaints.
    # InternVL2.5-8B itself runs only with code from its repository; this is its successor that does not.
    "paper": {
        "policy": "groups",
        "inspector": f"vlm:{_PAPER_VLM}",
        "captioner": f"vlm:{_PAPER_VLM}",
        "instructor": f"llm:{_LLM}",
        "editor": f"flowedit:{_SD3}",
        "verifier": "local",
    },
    # The best with permissive licences: detectors and a model that grounds, places by phrase, outlines.
    "quality": {
        "policy": "strict",
        "inspector": f"union:{_VLM},locator={_DINO},masks={_SAM}",
        "captioner": f"vlm:{_VLM}",
        "instructor": f"llm:{_LLM}",
        "editor": {**_SMALL, "*": f"klein:{_KLEIN}"},
        "verifier": "local",
    },
    # The same models behind Inference Providers; for a server of your own: endpoint:URL,model=NAME.
    "api": {
        "policy": "strict",
        "inspector": f"union:endpoint:{_VLM}",
        "captioner": f"vlm:endpoint:{_VLM}",
        "instructor": f"llm:endpoint:{_LLM}",
        "editor": {**_SMALL, "*": f"endpoint:{_QWEN_EDIT}"},
        "verifier": "local",
    },
}


@dataclass(frozen=True)
class KnownModel:
    """What is known of a model.

    Args:
        licence: SPDX name, where it has one.
        download_gb: Its weights.
        memory_gb: In bfloat16 with a batch of 16, of editors with one image, roughly; on a CPU in float32
            twice as much.
    """

    licence: str
    download_gb: float
    memory_gb: float


MODELS: Final[dict[str, KnownModel]] = {
    "OpenGVLab/InternVL3_5-8B-HF": KnownModel("Apache-2.0", 17.1, 22),
    "Qwen/Qwen3-VL-8B-Instruct": KnownModel("Apache-2.0", 17.5, 24),
    "Qwen/Qwen3-4B-Instruct-2507": KnownModel("Apache-2.0", 8.1, 11),
    "IDEA-Research/grounding-dino-base": KnownModel("Apache-2.0", 0.9, 2),
    "facebook/sam2.1-hiera-small": KnownModel("Apache-2.0", 0.2, 1),
    # Gated; free for research and small companies. The parts as diffusers loads them, with T5-XXL.
    "stabilityai/stable-diffusion-3-medium-diffusers": KnownModel("Stability AI Community", 16, 18),
    "black-forest-labs/FLUX.2-klein-4B": KnownModel("Apache-2.0", 16, 18),
}


def models_of(preset: str) -> dict[str, KnownModel]:
    """Return the models that a preset loads on this machine, each once.

    Example:
        >>> len(models_of("paper")), list(models_of("api"))
        (3, [])
    """
    specs = [spec for value in PRESETS[preset].values() for spec in _texts(value) if ":" in spec]
    parts = [part for spec in specs if "endpoint:" not in spec for part in spec.partition(":")[2].split(",")]
    names = [part.partition("=")[2] or part for part in parts]
    return {name: MODELS[name] for name in names if name in MODELS}


def _texts(spec: Any) -> list[str]:
    """Return the texts in a spec: of a mapping and a list all of them."""
    if isinstance(spec, dict):
        return [text for part in spec.values() for text in _texts(part)]
    return [text for part in spec for text in _texts(part)] if isinstance(spec, list) else [spec]
