"""Who is it: face embeddings and the distance between two faces.

Source: dlib's face recognition ResNet (weights CC0, through face-api), see `weights/NOTICE`. Two
photos of one person are nearer than 0.6 (dlib's threshold); measured: same person at most 0.46,
different people 0.65 at the 5th percentile.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .. import weights
from ..records import Box, Finding, ModelInfo, Pixels

MODELS: tuple[ModelInfo, ...] = (weights.model_info("face_embed_dlib128_u8"),)
SAME_PERSON = 0.6
CHIP_SIDE = 150  # pixels
# Where the five landmarks go in the 150 x 150 chip that the network wants.
TEMPLATE = np.array([[48, 46], [102, 46], [75, 78], [53, 104.5], [97, 104.5]], np.float64)


def embed(rgb: Pixels, faces: Sequence[Finding]) -> np.ndarray:
    """Return (N, 128) float32 embeddings; compare them with `distance`.

    Args:
        rgb: (H, W, 3) uint8.
        faces: With landmarks; where a finding has none they are taken from its box.
    """
    if not faces:
        return np.zeros((0, 128), np.float32)
    chips = np.stack([_chip(rgb, f) for f in faces]).transpose(0, 3, 1, 2).astype(np.float32)
    result: np.ndarray = weights.session("face_embed_dlib128_u8").run(None, {"input": chips})[0]
    return result


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the (N, M) Euclidean distances; under `SAME_PERSON` means the same person."""
    gaps: np.ndarray = np.linalg.norm(a[:, None] - b[None], axis=-1)
    return gaps


def _chip(rgb: Pixels, face: Finding) -> Pixels:
    points = np.array(face.landmarks if face.landmarks is not None else _from_box(face.box), np.float64)
    chip: Pixels = cv2.warpAffine(
        rgb, similarity(points, TEMPLATE), (CHIP_SIDE, CHIP_SIDE), flags=cv2.INTER_AREA
    )
    return chip


def _from_box(box: Box) -> np.ndarray:
    """Return where the landmarks of an upright frontal face would be in a detector's box."""
    x1, y1, x2, y2 = box
    shares = np.array([[0.31, 0.40], [0.69, 0.40], [0.5, 0.60], [0.35, 0.78], [0.65, 0.78]])
    points: np.ndarray = shares * [x2 - x1, y2 - y1] + [x1, y1]
    return points


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the (2, 3) rotation, scale and shift that best maps points on points.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns,
    1991, equations 40 to 42.
    """
    mean_s, mean_t = source.mean(0), target.mean(0)
    s, t = source - mean_s, target - mean_t
    u, singular, vt = np.linalg.svd(t.T @ s / len(s))
    sign = np.diag([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    rotation = u @ sign @ vt
    variance = s.var(0).sum()
    scale = np.trace(np.diag(singular) @ sign) / variance if variance > 0 else 1.0
    matrix: np.ndarray = np.c_[scale * rotation, mean_t - scale * rotation @ mean_s]
    return matrix
