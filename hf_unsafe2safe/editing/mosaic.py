"""`mosaic`: blocks in colours from around the region; nothing of what was there is kept."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..records import EditRequest, ModelInfo, Pixels
from .blocks import blocks, blocks_across
from .regions import around, regions

GREYS = np.arange(64, 192, dtype=np.uint8)[:, None].repeat(3, axis=1)  # where nothing lies around


class MosaicEditor:
    """Give each block of a connected region the colour of pixels drawn by the seed from around the region.

    Colours of neighbouring blocks are mixed a little, as those of a real photo would be.

    Args:
        argument: Blocks across the shorter side of a region, 1 to 32, 8 by default; only how it looks.

    Raises:
        ConfigError: Another argument.
    """

    models: tuple[ModelInfo, ...] = ()
    stochastic = True
    generative = False

    def __init__(self, argument: str = "") -> None:
        self.across = blocks_across("mosaic", argument)

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with every masked region in drawn blocks."""
        return [self._one(r) for r in requests]

    def fingerprint(self) -> str:
        """Return what changes when the results would; another version of numpy may draw otherwise."""
        return f"mosaic-1-{self.across}-{np.__version__}-{cv2.__version__}"

    def _one(self, request: EditRequest) -> Pixels:
        out = request.pixels.copy()
        for window, inside in regions(request.mask):
            ring = around(request.pixels, request.mask, window, inside)
            ring = ring if len(ring) else GREYS
            down, right = blocks(inside.shape, self.across)
            # By the place, so that a region looks the same whatever else is in the mask.
            draw = np.random.default_rng((request.seed, window[0].start, window[1].start))
            colours = ring[draw.integers(len(ring), size=(down[-1] + 1, right[-1] + 1))]
            # Unmixed they glare: the ring around a head holds white walls and black hair.
            colours = cv2.GaussianBlur(colours, (3, 3), 0, borderType=cv2.BORDER_REFLECT)
            out[window][inside] = colours[down[:, None], right][inside]
        return out
