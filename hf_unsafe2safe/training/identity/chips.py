"""Aligned faces, cut out with gradients as `detectors.identity` cuts them out.

Import this only where torch is needed anyway.
"""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ...detectors.identity import CHIP_SIDE, TEMPLATE, similarity


def face_chips(pictures: Any, landmarks: Any) -> Any:
    """Return the chip of each face, (n, 3, 150, 150), differentiable by the pictures.

    A chip is sampled bilinearly as OpenCV does; what lies outside of the picture is black.

    Args:
        pictures: (n, 3, H, W), a face each.
        landmarks: (n, 5, 2) in pixels: eyes, nose, corners of the mouth.
    """
    height, width = pictures.shape[-2:]
    thetas = np.stack([_theta(one, (width, height)) for one in landmarks.detach().cpu().numpy()])
    theta = torch.from_numpy(thetas).to(pictures)
    shape = [len(pictures), pictures.shape[1], CHIP_SIDE, CHIP_SIDE]
    grid = functional.affine_grid(theta, shape, align_corners=False)
    return functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _theta(landmarks: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Return the (2, 3) map from places in a chip to places in a picture, both in [-1, 1]."""
    to_chip = np.vstack([similarity(landmarks.astype(np.float64), TEMPLATE), [0, 0, 1]])
    # OpenCV counts from the middle of the first pixel, torch from its edge.
    from_chip = np.linalg.inv(to_chip)
    return (_unit(size_wh) @ from_chip @ np.linalg.inv(_unit((CHIP_SIDE, CHIP_SIDE))))[:2]


def _unit(size_wh: tuple[int, int]) -> np.ndarray:
    """Return the map from pixels, whose middles are whole numbers, to [-1, 1] from edge to edge."""
    (width, height), half = size_wh, 0.5
    return np.array([[2 / width, 0, 2 * half / width - 1], [0, 2 / height, 2 * half / height - 1], [0, 0, 1]])
