"""The average face: a shape and a skin made of several people, posed as another face is.

Of a face that is rewritten only the pose is taken: where the head is, how large, how it is turned. Features
and their places come from the average and, a little, from the seed.

`benchmarks/make_average_face.py` makes the file; its people and numbers are in `weights/NOTICE`.
"""

from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO

import numpy as np

from ... import weights
from .mesh import EYES, Mesh

FILE = "average_face.npz"
# How far features move with the seed, as shares of the width of the face.
_EYES_APART, _MOUTH_DOWN, _NOSE_DOWN = 0.03, 0.03, 0.03
_NOSE_WIDE, _MOUTH_WIDE, _FACE_WIDE = 0.15, 0.15, 0.08  # shares of the feature's own width
_NOSE, _MOUTH = (4,), (61, 291)
_REACH = 0.1  # of the width of the face: how far around a feature the skin follows


@dataclass(frozen=True)
class AverageFace:
    """A face of nobody.

    Args:
        texture: (S, S, 3) uint8 RGB, the skin laid flat.
        cover: (S, S) float32 in [0, 1]: how much of it is painted, fading towards its border.
        places: (468, 2) the points in the texture.
        shape: (468, 3) the points in space, seen from the front, in any unit.
        triangles: (T, 3) indices into the points.
    """

    texture: np.ndarray
    cover: np.ndarray
    places: np.ndarray
    shape: np.ndarray
    triangles: np.ndarray


@cache
def average_face() -> AverageFace:
    """Return the vendored average, read once a process.

    Raises:
        ConfigError: The file is missing or damaged.
    """
    with np.load(BytesIO(weights.data(FILE)), allow_pickle=False) as file:
        return AverageFace(
            file["texture"],
            file["cover"].astype(np.float32) / 255,
            file["places"].astype(np.float64),
            file["shape"].astype(np.float64),
            file["triangles"].astype(np.int64),
        )


@dataclass(frozen=True)
class Pose:
    """Where a head is, as the similarity that puts the average there.

    Args:
        scale: Pixels a unit of the average's shape.
        turn: (3, 3) rotation.
        shift: (3,) pixels.
        misfit: Root mean square distance of the points after it, as a share of the face's width; what is
            left is the person's own, the expression, or a mesh that is wrong.
    """

    scale: float
    turn: np.ndarray
    shift: np.ndarray
    misfit: float

    @property
    def turned(self) -> float:
        """Degrees between the direction of the face and the camera."""
        return float(np.degrees(np.arccos(np.clip(self.turn[2, 2], -1, 1))))

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Return points (N, 3) of the average where they are in the image."""
        result: np.ndarray = self.scale * points @ self.turn.T + self.shift
        return result

    def seen_from(self, x: float, y: float) -> "Pose":
        """Return the pose in a part of the image whose corner is (x, y)."""
        return replace(self, shift=self.shift - (x, y, 0))


def pose_of(mesh: Mesh, shape: np.ndarray) -> Pose:
    """Return the similarity that best maps a shape on to a mesh.

    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns, 1991,
    equations 40 to 42.
    """
    target = mesh.points
    mean_s, mean_t = shape.mean(axis=0), target.mean(axis=0)
    s, t = shape - mean_s, target - mean_t
    u, singular, vt = np.linalg.svd(t.T @ s / len(s))
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    turn = u @ sign @ vt
    scale = float(np.trace(np.diag(singular) @ sign) / s.var(axis=0).sum())
    left = np.sqrt(((scale * s @ turn.T - t) ** 2).sum(axis=1).mean())
    return Pose(scale, turn, mean_t - scale * turn @ mean_s, float(left / (scale * np.ptp(shape[:, 0]))))


def varied(shape: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return a shape with its features moved and stretched a little, (468, 3).

    Args:
        shape: (468, 3) seen from the front.
        draw: Where the numbers come from.
    """
    size = np.ptp(shape[:, 0])
    apart, wider_nose, wider_mouth, nose_down, mouth_down, wider = draw.uniform(-1, 1, 6)
    left, right, nose, mouth = (_near(shape, points, size) for points in (*EYES, _NOSE, _MOUTH))
    off = shape[:, 0] - shape[_NOSE[0], 0]
    across = size * _EYES_APART * apart * (right - left)
    across += off * (_NOSE_WIDE * wider_nose * nose + _MOUTH_WIDE * wider_mouth * mouth + _FACE_WIDE * wider)
    down = size * (_NOSE_DOWN * nose_down * nose + _MOUTH_DOWN * mouth_down * mouth)
    moved: np.ndarray = shape + np.stack([across, down, np.zeros_like(down)], axis=1)
    return moved


def _near(shape: np.ndarray, points: tuple[int, ...], size: float) -> np.ndarray:
    """Return how much each point belongs to a feature, (468,) in [0, 1]."""
    gaps = np.linalg.norm(shape[:, :2] - shape[list(points), :2].mean(axis=0), axis=1)
    nearness: np.ndarray = np.exp(-((gaps / (_REACH * size)) ** 2) / 2)
    return nearness
