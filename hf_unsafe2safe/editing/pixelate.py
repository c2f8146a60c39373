"""`pixelate`: the mean colour of each block. A familiar look that keeps enough of a face to link it."""

from collections.abc import Sequence

import numpy as np

from ..records import EditRequest, ModelInfo, Pixels
from .blocks import blocks, blocks_across
from .regions import regions


class PixelateEditor:
    """Give each block of a connected region the mean colour of the region's own pixels in it.

    Args:
        argument: Blocks across the shorter side of a region, 1 to 32, 8 by default; fewer hide more.

    Raises:
        ConfigError: Another argument.
    """

    models: tuple[ModelInfo, ...] = ()
    stochastic = False
    generative = False

    def __init__(self, argument: str = "") -> None:
        self.across = blocks_across("pixelate", argument)

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region in blocks."""
        return [self._one(r.pixels, r.mask) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        return f"pixelate-1-{self.across}"

    def _one(self, rgb: Pixels, mask: Pixels) -> Pixels:
        out = rgb.copy()
        for window, inside in regions(mask):
            down, right = blocks(inside.shape, self.across)
            block = (down[:, None] * (right[-1] + 1) + right)[inside]  # (N,)
            pixels = rgb[window][inside]  # (N, 3)
            sums = np.stack([np.bincount(block, channel) for channel in pixels.T], axis=1)
            means = sums / np.maximum(np.bincount(block), 1)[:, None]
            out[window][inside] = np.rint(means[block])
        return out
