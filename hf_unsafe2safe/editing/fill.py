"""`fill`: one opaque colour a region. The last editor of every chain, because nothing shines through."""

from collections.abc import Sequence

import numpy as np

from ..records import EditRequest, ModelInfo, Pixels
from .regions import around, regions


class FillEditor:
    """Paint each connected region of the mask in the commonest colour of the pixels around it.

    The colour never comes from inside: the mean of a face tells its skin tone.
    """

    models: tuple[ModelInfo, ...] = ()
    stochastic = False
    generative = False

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region filled."""
        return [_fill(r.pixels, r.mask) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        return "fill-1"


def _fill(rgb: Pixels, mask: Pixels) -> Pixels:
    out = rgb.copy()
    for window, inside in regions(mask):
        out[window][inside] = _commonest(around(rgb, mask, window, inside))
    return out


def _commonest(pixels: Pixels) -> Pixels:
    """Return the mean of the fullest of 8 x 8 x 8 colour bins; mid-grey when there are no pixels.

    A median a channel would mix a blue wall and a black coat into a green that is nowhere in the photo.
    """
    if not len(pixels):
        return np.full(3, 128, np.uint8)
    bins = (pixels >> 5).astype(np.int64) @ np.array([64, 8, 1])
    fullest = np.bincount(bins).argmax()
    colour: Pixels = pixels[bins == fullest].mean(axis=0).astype(np.uint8)
    return colour
