"""A second opinion on a face box: is there a human face in it?

The face-mesh network has, besides its points, an output that says whether it sees a face at all. On 22
real photos it was 0.5 or more on every face that a person would call one at a size of 15 pixels or
more, and under 0.001 on the cat, the cap badge and the engine part that face detectors fall for.

Source: MediaPipe face mesh (Apache-2.0), see `weights/NOTICE`.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from .. import weights
from ..records import Box, Finding, ModelInfo, Pixels
from .geometry import center

MODELS: tuple[ModelInfo, ...] = (weights.model_info("facemesh_192"),)
PRESENT = 0.5
_SIDE = 192


def presence(rgb: Pixels, boxes: Sequence[Box]) -> list[float]:
    """Return for each box the probability in [0, 1] that a face is in it."""
    if not boxes:
        return []
    batch = np.stack([_crop(rgb, box) for box in boxes])  # (N, 192, 192, 3) in [0, 1]
    net = weights.session("facemesh_192")
    flags = net.run(["Identity_1:0"], {net.get_inputs()[0].name: batch})[0]  # (N, 1)
    return [float(p) for p in flags[:, 0]]


def confirm(rgb: Pixels, findings: Sequence[Finding], *, strong: float) -> list[Finding]:
    """Return the strong findings, and the weaker ones where a face is present, those with at least 0.5."""
    weak = [f for f in findings if f.score < strong]
    agreed = {id(f) for f, p in zip(weak, presence(rgb, [f.box for f in weak]), strict=True) if p >= PRESENT}
    return [
        replace(f, score=max(f.score, PRESENT)) if id(f) in agreed else f
        for f in findings
        if f.score >= strong or id(f) in agreed
    ]


def _crop(rgb: Pixels, box: Box) -> np.ndarray:
    """Cut a square of 1.5 times the box, black outside the image."""
    (x, y), half = center(box), max(box[2] - box[0], box[3] - box[1], 1.0) * 0.75
    zoom = _SIDE / (2 * half)
    matrix = np.array([[zoom, 0, -(x - half) * zoom], [0, zoom, -(y - half) * zoom]])
    crop: np.ndarray = cv2.warpAffine(rgb, matrix, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR)
    return crop.astype(np.float32) / 255
