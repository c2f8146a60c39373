"""A picture bent over a mesh of triangles: piecewise affine, drawn as one map that is looked up once."""

import cv2
import numpy as np

_FRACTION = 4  # bits of a pixel in the corners that OpenCV draws


def place_map(
    triangles: np.ndarray, points: np.ndarray, source: np.ndarray, size_wh: tuple[int, int]
) -> np.ndarray:
    """Return where each pixel of a drawing comes from, (H, W, 2) float32 x and y; -1 outside all triangles.

    Where triangles cover each other the nearest is seen.

    Args:
        triangles: (T, 3) indices into the points.
        points: (N, 3) x and y in pixels of the drawing, z larger is farther away.
        source: (N, 2) the same points in the picture that is bent.
        size_wh: Of the drawing, pixels.

    Example:
        >>> corners = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0]], float)
        >>> place_map(np.array([[0, 1, 2]]), corners, corners[:, :2] * 10, (5, 5))[1, 2].tolist()
        [20.0, 10.0]
    """
    corners = points[triangles]  # (T, 3, 3)
    flat = np.concatenate([corners[..., :2], np.ones((len(triangles), 3, 1))], axis=2)
    wide = np.abs(np.linalg.det(flat)) > 1e-6
    corners, origin = corners[wide], source[triangles[wide]]
    affine = np.linalg.solve(flat[wide], origin)  # (T, 3, 2): x, y, 1 of the drawing to the source
    shown = np.full((size_wh[1], size_wh[0]), -1, np.int32)
    drawn = np.rint(corners[..., :2] * (1 << _FRACTION)).astype(np.int32)
    for index in np.argsort(-corners[..., 2].mean(axis=1), kind="stable"):
        cv2.fillConvexPoly(shown, drawn[index], int(index), shift=_FRACTION)
    ys, xs = np.nonzero(shown >= 0)
    which = shown[ys, xs]
    along_x, along_y, at_zero = affine[which].transpose(1, 0, 2)
    places = along_x * xs[:, None] + along_y * ys[:, None] + at_zero
    result = np.full((*shown.shape, 2), -1, np.float32)
    # A pixel on the edge of a sliver would come from far outside of it.
    result[ys, xs] = np.clip(places, origin.min(axis=1)[which], origin.max(axis=1)[which])
    return result
