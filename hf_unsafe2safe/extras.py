"""Packages that only some features need: asked for when a feature is made, not when it is used."""

from importlib.util import find_spec

from .errors import MissingExtraError

# Extra of this package -> the modules that it brings.
EXTRAS = {
    "models": (
        "torch",
        "torchvision",
        "transformers",
        "diffusers",
        "accelerate",
        "safetensors",
        "peft",
        "llguidance",
        "torchmetrics",
        "torch_fidelity",
    ),
    "evaluate": ("imagehash", "matplotlib", "rapidfuzz", "skimage", "sklearn"),
    "train": ("onnx", "prodigyopt", "tensorboard"),
    "api": ("openai",),
}


def need(extra: str, feature: str, *modules: str) -> None:
    """Raise unless the modules of a feature are installed; nothing is imported.

    Args:
        extra: One of `EXTRAS`.
        feature: Who needs them, for the message.
        modules: Names of modules of that extra.

    Raises:
        MissingExtraError: One is missing; the message has the pip line.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtraError(
            f"{feature} needs {', '.join(missing)}.", hint=f'pip install "hf-unsafe2safe[{extra}]"'
        )
