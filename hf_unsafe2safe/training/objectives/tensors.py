"""What every objective says of an example in the same way.

Import this only where torch is needed anyway.
"""

from typing import Any

import numpy as np
import torch

from ...records import Pixels
from ..example import MOST_FACES, Encoded, Example


def common(example: Example, target: Any) -> Encoded:
    """Return `target`, `mask`, `landmarks`, `embeddings` and `faces` of an example.

    Args:
        example: The example.
        target: Its latents (c, h, w).
    """
    mask = torch.from_numpy(example.mask.astype(np.float32) / 255)[None]
    faces = len(example.landmarks)
    landmarks, embeddings = torch.zeros(MOST_FACES, 5, 2), torch.zeros(MOST_FACES, 128)
    landmarks[:faces] = torch.from_numpy(example.landmarks)
    embeddings[:faces] = torch.from_numpy(example.embeddings)
    return {
        "target": target,
        "mask": torch.nn.functional.adaptive_avg_pool2d(mask, target.shape[-2:]),
        "landmarks": landmarks,
        "embeddings": embeddings,
        "faces": torch.arange(MOST_FACES) < faces,
    }


def rgb_tensor(pixels: Pixels) -> Any:
    """Return a picture (H, W, 3) uint8 as (1, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 127.5 - 1


def dropped(said: Any, nothing: Any, drop: Any) -> Any:
    """Return embeddings (n, ...) with those of the empty text (1, ...) where `drop` (n,) says so."""
    return torch.where(drop.view(-1, *[1] * (said.ndim - 1)), nothing.to(said), said)
