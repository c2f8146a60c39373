"""Faces by an SSD MobileNet: another family than CenterFace, used to check its work.

It finds every portrait at 0.5, but also the face of a cat; a find counts when `face_presence` agrees.

Source: SSD MobileNet v1 of face-api.js (MIT), converted, see `weights/NOTICE`.
"""

import cv2
import numpy as np

from .. import weights
from ..records import Finding, ModelInfo, Pixels
from . import face_presence
from .geometry import clip, suppress

NAME = "ssd_mobilenet"
MODELS: tuple[ModelInfo, ...] = (weights.model_info("ssd_face_512"), *face_presence.MODELS)
SCORE = 0.3
_SIDE = 512  # fixed: its anchors are stored for this size


def find(rgb: Pixels) -> list[Finding]:
    """Return the faces of an RGB image (H, W, 3) uint8, best first; boxes without landmarks."""
    height, width = rgb.shape[:2]
    scale = _SIDE / max(height, width)
    square = np.zeros((_SIDE, _SIDE, 3), np.uint8)  # top left, as the network was trained
    net_w, net_h = max(1, round(width * scale)), max(1, round(height * scale))
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[:net_h, :net_w] = cv2.resize(rgb, (net_w, net_h), interpolation=mode)
    boxes, scores = weights.session("ssd_face_512").run(
        ["boxes", "scores"], {"input": cv2.dnn.blobFromImage(square)}
    )
    keep = scores[0] > SCORE
    found = [
        Finding("face", float(score), clip(tuple((box * _SIDE / scale).tolist()), (width, height)), NAME)
        for box, score in zip(boxes[0][keep], scores[0][keep], strict=True)
    ]
    found = [f for f in found if f.box[2] - f.box[0] >= 1 and f.box[3] - f.box[1] >= 1]
    return face_presence.confirm(rgb, suppress(found, overlap=0.5), strong=1.1)
