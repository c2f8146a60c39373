"""Images in the space of the Inception network that FID and KID are defined on."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from ...records import ModelInfo, Pixels
from ..pair import Look
from .tensors import Tensors, device

SIDE = 299  # pixels, of the network's input


class Inception:
    """Embed images with torch-fidelity's Inception v3, the network of the first FID. Its name is `inception`.

    The look has `vector` (2048,) float32. Images are resized to 299 x 299 by Pillow's bicubic filter, which
    averages where it shrinks, so that the network's own resizing, which does not, has nothing to do.

    Args:
        argument: A `.safetensors` file with the tensors of torch-fidelity's file
            `weights-inception-2015-12-05-6726825d.pth` under the same names, a folder with one, or
            `org/model[@revision]`; option `device_map`. The file itself is a pickle and never opened.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.

    Source: torch-fidelity (Obukhov et al., 2020); the resizing: Parmar et al., "On Aliased Resizing and
        Surprising Subtleties in GAN Evaluation" (arXiv 2104.11222).
    """

    name = "inception"
    batch_size = 8

    def __init__(self, argument: str) -> None:
        self._net = Tensors(argument, feature="FID and KID", build=_build, modules=("torch_fidelity",))

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The network."""
        return (self._net.info,)

    @property
    def version(self) -> str:
        """What changes when its answers would."""
        return f"inception-1,{self._net.version}"

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return the vector of each RGB image (H, W, 3) uint8.

        Raises:
            ConfigError: The network cannot be loaded.
        """
        import torch

        net = self._net.loaded()
        batch = torch.from_numpy(np.stack([resized(rgb) for rgb in images])).permute(0, 3, 1, 2)
        with torch.inference_mode():
            (vectors,) = net(batch.to(device(net)))
        return [{"vector": vector} for vector in vectors.cpu().numpy()]


def resized(rgb: Pixels) -> Pixels:
    """Return an image (H, W, 3) uint8 as the network sees it, (299, 299, 3) uint8.

    Example:
        >>> resized(np.full((40, 600, 3), 9, np.uint8)).shape
        (299, 299, 3)
    """
    import PIL.Image

    picture = PIL.Image.fromarray(rgb).resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)
    return np.array(picture)  # a copy: torch warns of arrays that cannot be written to


def _build(state: dict[str, Any]) -> Any:
    """Return the network with these weights."""
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    # It takes weights from a pickle only, so it gets one that was written here, in memory.
    buffer = BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=buffer)
