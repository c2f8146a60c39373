"""Other renditions of a photo: smaller, turned, with another gamma, through JPEG.

They stand in for another photo of the same people, better for an attacker than a real one: pose, expression
and background are the same.
"""

from io import BytesIO

import cv2
import numpy as np
import PIL.Image

from ...records import Pixels

RENDITIONS = ((0.7, 5.0, 1.3), (0.8, -5.0, 0.8), (0.6, 3.0, 1.1))  # scale, degrees, gamma
QUALITY = 70  # of the JPEG


def rendition(
    rgb: Pixels, landmarks: np.ndarray, boxes: np.ndarray, scale: float, degrees: float, gamma: float
) -> tuple[Pixels, np.ndarray, np.ndarray]:
    """Return a photo made anew, and where its points and boxes are then.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks: (N, 5, 2), x and y in pixels.
        boxes: (M, 4) xyxy in pixels, of any regions.
        scale: Of the sides, above 0.
        degrees: Counter-clockwise. The photo grows so that nothing is cut off.
        gamma: Above 1 is darker.

    Returns:
        Pixels of another size; landmarks (N, 5, 2) float64; boxes (M, 4) float64 as `moved_boxes` has them.
    """
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    reach = np.abs(matrix[:, :2]) @ [width, height]  # of the turned photo
    matrix[:, 2] += reach / 2 - [width / 2, height / 2]
    size_wh = tuple(np.ceil(reach).astype(int).tolist())
    turned = cv2.warpAffine(rgb, matrix, size_wh, borderMode=cv2.BORDER_REFLECT)
    curve = (np.linspace(0, 1, 256) ** gamma * 255).astype(np.uint8)
    buffer = BytesIO()
    PIL.Image.fromarray(curve[turned]).save(buffer, "JPEG", quality=QUALITY)
    return np.asarray(PIL.Image.open(buffer)), moved(landmarks, matrix), moved_boxes(boxes, matrix)


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return points (..., 2) mapped by a (2, 3) matrix.

    Example:
        >>> moved(np.array([[1.0, 2.0]]), np.array([[2.0, 0, 1], [0, 2, 0]])).tolist()
        [[3.0, 4.0]]
    """
    result: np.ndarray = np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return result


def moved_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return boxes (M, 4) of the same shape around their moved middles, scaled but not turned.

    The box of a face is about as large around a face that is turned a little; one around the turned box
    would be larger, and tell an edit of the rendition apart.

    Example:
        >>> moved_boxes(np.array([[0.0, 0, 4, 2]]), np.array([[0.5, 0, 1], [0, 0.5, 0]])).tolist()
        [[1.0, 0.0, 3.0, 1.0]]
    """
    corners = np.asarray(boxes, np.float64).reshape(-1, 2, 2)
    middles = moved(corners.mean(axis=1), matrix)
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    halves = scale * (corners[:, 1] - corners[:, 0]) / 2
    return np.concatenate([middles - halves, middles + halves], axis=1)
