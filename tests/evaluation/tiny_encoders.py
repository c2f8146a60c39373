"""Tiny and random networks for the metrics that need one: they prove wiring, never quality."""

import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from tests import tiny_models  # before transformers: it makes torchvision importable

import transformers as tf  # isort: skip

_HOME = tempfile.TemporaryDirectory(prefix="tiny-encoders-")
LENGTH = 16  # tokens


@cache
def tiny_clip() -> Path:
    """Return the folder of a CLIP model of 32 x 32 pixels and 16 tokens, with vectors of 24 numbers."""
    return tiny_models.save("clip", _clip)


def _clip() -> tuple[Any, ...]:
    words = tiny_models.tokenizer()
    words.padding_side = "right"
    text = tiny_models.sizes(
        vocab_size=len(words),
        max_position_embeddings=LENGTH,
        eos_token_id=words.pad_token_id,
        pad_token_id=words.pad_token_id,
        bos_token_id=None,
        initializer_factor=20.0,
    )
    vision = tiny_models.sizes(image_size=32, patch_size=8, initializer_factor=20.0)
    config = tf.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
    size = {"height": 32, "width": 32}
    pixels = tf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size)
    return tf.CLIPModel(config), tf.CLIPProcessor(image_processor=pixels, tokenizer=words)


def saved(state: dict[str, Any], path: Path) -> Path:
    """Save tensors as a safetensors file and return it."""
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, path)
    return path


@cache
def inception_file() -> Path:
    """Return a safetensors file with random weights of Inception v3, as torch-fidelity names them."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return saved(bare_inception().state_dict(), Path(_HOME.name) / "inception.safetensors")


def bare_inception() -> Any:
    """Return torch-fidelity's network as it is before it gets weights."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Bare(FeatureExtractorInceptionV3):
        def load_state_dict(self, state_dict: Any, *args: Any, **rest: Any) -> None:
            """Keep the random weights."""

    nothing = BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    return Bare("bare", ["2048"], feature_extractor_weights_path=nothing)


@cache
def vgg_file() -> Path:
    """Return a safetensors file with random weights of VGG16's convolutions, as torchvision names them."""
    from torchvision.models.vgg import cfgs, make_layers

    with torch.random.fork_rng():
        torch.manual_seed(0)
        features = make_layers(cfgs["D"])
    state = {f"features.{name}": tensor for name, tensor in features.state_dict().items()}
    return saved(state, Path(_HOME.name) / "vgg.safetensors")
