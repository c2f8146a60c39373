"""The network of LPIPS: how different two images look to it."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ...records import ModelInfo, Pixels
from ..looks.tensors import Tensors, device

LEAST_SIDE = 64  # pixels; below, the deepest of its five layers sees a few cells only
MOST_SIDE = 512  # pixels; an image of 12 megapixels would take two cores minutes


class LpipsNet:
    """LPIPS with VGG16: torchmetrics' formula and linear weights on a VGG16 that the user names.

    Args:
        argument: A `.safetensors` file with the tensors of torchvision's VGG16 (`features.0.weight` ...), a
            folder with one, or `org/model[@revision]`, for example `timm/vgg16.tv_in1k`; option `device_map`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.

    Source: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (arXiv
        1801.03924), version 0.1 of its linear weights.
    """

    def __init__(self, argument: str) -> None:
        modules = ("torchvision", "torchmetrics")
        self._net = Tensors(argument, feature="LPIPS", build=_build, modules=modules)

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The network."""
        return (self._net.info,)

    @property
    def version(self) -> str:
        """What changes when its answers would."""
        return f"lpips-vgg-1,{self._net.version}"

    def distances(self, pairs: Sequence[tuple[Pixels, Pixels]]) -> list[float]:
        """Return how different both images of each pair look, from 0 on.

        Args:
            pairs: Two RGB images (H, W, 3) uint8 of one size, which is fitted as by `fitted`.

        Raises:
            ConfigError: The network cannot be loaded.
        """
        import torch

        net = self._net.loaded()
        found = []
        with torch.inference_mode():
            for both in pairs:
                batch = np.stack([fitted(rgb) for rgb in both]).astype(np.float32) / 127.5 - 1
                first, second = torch.from_numpy(batch).permute(0, 3, 1, 2).to(device(net)).split(1)
                found.append(float(net(first, second)))
        return found


def fitted(rgb: Pixels) -> Pixels:
    """Return an image whose sides are within `LEAST_SIDE` and `MOST_SIDE`; only a strip is stretched for it.

    Example:
        >>> sizes = (100, 200), (768, 1024), (8, 16), (1, 900)
        >>> [fitted(np.zeros((*hw, 3), np.uint8)).shape[:2] for hw in sizes]
        [(100, 200), (384, 512), (64, 128), (64, 512)]
    """
    height, width = rgb.shape[:2]
    scale = min(max(1.0, LEAST_SIDE / min(height, width)), MOST_SIDE / max(height, width))
    new_h, new_w = (max(LEAST_SIDE, round(side * scale)) for side in (height, width))
    if (new_h, new_w) == (height, width):
        return rgb
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (new_w, new_h), interpolation=how))


def _build(state: dict[str, Any]) -> Any:
    """Return the network with these weights of VGG16.

    The public class of torchmetrics fetches a VGG16 of its own; only this private one leaves it out.
    """
    from torchmetrics.functional.image.lpips import _LPIPS

    net = _LPIPS(net="vgg", pnet_rand=True)
    # `slice3.10.weight` there is `features.10.weight` in torchvision
    net.net.load_state_dict(
        {name: state[f"features.{name.partition('.')[2]}"] for name in net.net.state_dict()}
    )
    return net
