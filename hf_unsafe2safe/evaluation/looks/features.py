"""Frozen features of a vision model that the user names: DINOv2, the image side of CLIP, MAE and others."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ...backends.local.helpers import Helper, can_be_seen, running
from ...records import ModelInfo, Pixels
from ..pair import Look

_SQUARE = 224  # pixels; what is too small or too narrow for processors is brought to this side
# Their pooled output was trained. That of others, such as ViT, is often not in the file and then random.
_POOLED = ("clip_vision_model", "siglip_vision_model", "siglip2_vision_model")


class ModelFeatures:
    """One vector an image: what CLIP-like models call image features, else the class token's output.

    Networks without tokens give the mean over their last map. The masking of MAE is switched off.

    Args:
        argument: `org/model[@revision]` or a folder, with the option `device_map`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    name = "features"
    batch_size = 16

    def __init__(self, argument: str) -> None:
        classes = ("AutoImageProcessor", "AutoModel")
        self._helper = Helper(argument, feature="The features", classes=classes)
        self.version = " ".join(["features-1", *(f"{m.name}@{m.revision}" for m in self.models)])

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model."""
        return self._helper.models

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return the `vector` (D,) float32 of each RGB image (H, W, 3) uint8.

        Raises:
            ConfigError: The model cannot be loaded.
            BackendError: Memory ran out.
        """
        import PIL.Image

        if not images:
            return []
        processor, model = self._helper.loaded()
        seen = [PIL.Image.fromarray(_fit(rgb)) for rgb in images]
        with running():
            pixels = processor(images=seen, return_tensors="pt")["pixel_values"]
            vectors = _vectors(model, pixels.to(model.device)).float().cpu().numpy()
        return [{"vector": np.ascontiguousarray(vector)} for vector in vectors]


def _fit(rgb: Pixels) -> Pixels:
    if can_be_seen(rgb):
        return rgb
    return np.asarray(cv2.resize(rgb, (_SQUARE, _SQUARE), interpolation=cv2.INTER_LINEAR))


def _vectors(model: Any, pixels: Any) -> Any:
    """Return a tensor (N, D)."""
    import torch

    if hasattr(model, "get_image_features"):
        found = model.get_image_features(pixel_values=pixels)
        return found if isinstance(found, torch.Tensor) else found.pooler_output
    more = {}
    if hasattr(model.config, "mask_ratio"):  # MAE hides three quarters of the image, by chance
        model.config.mask_ratio = 0.0
        patches = (model.config.image_size // model.config.patch_size) ** 2
        more["noise"] = torch.arange(patches, device=pixels.device).expand(len(pixels), -1)
    output = model(pixel_values=pixels, **more)
    if model.config.model_type in _POOLED:
        return output.pooler_output
    hidden = output.last_hidden_state
    return hidden.mean(dim=(2, 3)) if hidden.ndim == 4 else hidden[:, 0]
