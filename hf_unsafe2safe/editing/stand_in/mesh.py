"""The points of a face in space.

Whether eyes are open they do not tell: on three portraits the height of an eye was 0.24 to 0.34 of its width,
and 0.19 to 0.26 once the eyes were painted shut.

Source: MediaPipe face mesh (Apache-2.0), see `weights/NOTICE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ... import weights
from ...detectors.geometry import center
from ...records import Finding, ModelInfo, Pixels

MODELS: tuple[ModelInfo, ...] = (weights.model_info("facemesh_192"),)
POINTS = 468
EYE_CORNERS = (33, 263)  # the outer ones, of the left and of the right eye as the image shows them
# Of each eye: outer corner, inner corner, middle of the upper lid, middle of the lower lid.
EYES = ((33, 133, 159, 145), (263, 362, 386, 374))
_SIDE = 192
_AROUND = 1.5  # sides of the face's box that the network sees


@dataclass(frozen=True)
class Mesh:
    """A face as points.

    Args:
        points: (468, 3) x and y in pixels of the image, z in the same unit, larger is farther away.
        presence: Whether there is a face at all, in [0, 1].
    """

    points: np.ndarray
    presence: float


def meshes(rgb: Pixels, faces: Sequence[Finding]) -> list[Mesh]:
    """Return the mesh of each face, looked at twice: the second look is where the first saw the face.

    Args:
        rgb: (H, W, 3) uint8.
        faces: With landmarks where the detector gave some; without, a face is taken to be upright.
    """
    return [_mesh(rgb, face) for face in faces]


def _mesh(rgb: Pixels, face: Finding) -> Mesh:
    x1, y1, x2, y2 = face.box
    eyes = np.array(face.landmarks[:2] if face.landmarks else ((0, 0), (1, 0)), np.float64)
    first = _look(rgb, eyes, center(face.box), max(x2 - x1, y2 - y1, 1.0))
    least, most = first.points[:, :2].min(axis=0), first.points[:, :2].max(axis=0)
    middle = (least + most) / 2
    eyes = first.points[list(EYE_CORNERS), :2]
    return _look(rgb, eyes, (float(middle[0]), float(middle[1])), max(float((most - least).max()), 1.0))


def _look(rgb: Pixels, eyes: np.ndarray, middle: tuple[float, float], size: float) -> Mesh:
    """Return what the network sees in a square around `middle`, turned so that the eyes are level."""
    across, down = eyes[1] - eyes[0]
    zoom = _SIDE / (_AROUND * size)
    angle = np.arctan2(down, across)
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    turn = np.array([[cos, sin], [-sin, cos]])
    matrix = np.c_[turn, _SIDE / 2 - turn @ middle]
    # Linear reads four pixels: where the face is larger than the view, the ones between are skipped.
    crop = cv2.warpAffine(rgb, matrix, (_SIDE, _SIDE), flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    net = weights.session("facemesh_192")
    batch = crop[None].astype(np.float32) / 255
    flat, presence = net.run(["Identity_2:0", "Identity_1:0"], {net.get_inputs()[0].name: batch})
    points = np.asarray(flat, np.float64).reshape(POINTS, 3)
    back = cv2.invertAffineTransform(matrix)
    places = points[:, :2] @ back[:, :2].T + back[:, 2]
    return Mesh(np.c_[places, points[:, 2] / zoom], float(np.ravel(presence)[0]))
