"""What was painted, back into its surroundings: their colours, no seam, nothing outside the mask."""

import cv2
import numpy as np
import numpy.typing as npt

from ..records import Pixels

RING = 3  # pixels outside the mask whose colours count
# Of twice the depth of a region, and at most, in pixels: over so much the painted part fades in, inside the
# mask. Masks are grown by about as much or more, so that what fades is hardly the risk yet.
FEATHER, MOST_FEATHER = 0.02, 8.0

Field = npt.NDArray[np.float32]


def blend(before: Pixels, painted: Pixels, mask: Pixels) -> Pixels:
    """Return an image with its masked pixels painted.

    The difference of colour at the border is spread smoothly over the region, as in gradient-domain editing;
    no pixel of what was there before is needed for it.

    Args:
        before: (h, w, 3) uint8.
        painted: The same size.
        mask: (h, w) uint8; 255 = take what was painted.

    Returns:
        (h, w, 3) uint8, equal to `before` where the mask is 0.

    Source: Perez et al., Poisson image editing, 2003; the membrane is filled by pull and push
        (Gortler et al., The lumigraph, 1996) in place of a solver.
    """
    inside = mask > 0
    out = before.copy()
    if not inside.any():
        return out
    near = cv2.dilate(mask, np.ones((2 * RING + 1, 2 * RING + 1), np.uint8)) > 0
    ring = (near & ~inside).astype(np.float32)
    corrected = painted.astype(np.float32)
    if ring.any():
        gap = before.astype(np.float32) - corrected
        corrected += _spread(gap * ring[..., None], ring)
        share = _fade(mask)[..., None]
        corrected = share * corrected + (1 - share) * before
    out[inside] = np.clip(np.rint(corrected[inside]), 0, 255).astype(np.uint8)
    return out


def _fade(mask: Pixels) -> Field:
    """Return the share of what was painted, from just above 0 at the border to 1 inside, (h, w).

    By the depth of each connected region of its own: a line of text beside a face, or a slanted one, is as
    thin as it is, whatever they span together.
    """
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    count, labels = cv2.connectedComponents(mask)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    width = np.minimum(FEATHER * 2 * deepest, MOST_FEATHER)[labels]
    return np.asarray(np.clip(depth / (width + 1), 0, 1), np.float32)


def _spread(values: Field, weights: Field) -> Field:
    """Return values that are known where weights are 1, continued smoothly to everywhere.

    Args:
        values: (h, w, 3), already times the weights.
        weights: (h, w) in [0, 1].
    """
    height, width = weights.shape
    known = np.minimum(weights, 1)[..., None]
    if min(height, width) <= 1 or max(height, width) <= 2 or known.all():
        total = float(weights.sum())
        mean = values.sum(axis=(0, 1)) / total if total else np.zeros(3, np.float32)
        coarse = np.broadcast_to(mean, values.shape).astype(np.float32)
    else:
        # A level of half the size, where each pixel is the weighted mean of those that it stands for.
        lower = _spread(4 * cv2.pyrDown(values), 4 * cv2.pyrDown(weights))
        coarse = cv2.pyrUp(lower, dstsize=(width, height))
    own = values / np.maximum(weights, 1e-6)[..., None]
    return np.asarray(known * own + (1 - known) * coarse, np.float32)
