"""The perceptual hash of an image."""

from importlib.metadata import version

import numpy as np

from ...extras import need
from ...records import ModelInfo, Pixels
from ..pair import Look
from .single import SingleLook


class PhashLook(SingleLook):
    """Look `phash`: bits (64,) bool.

    Raises:
        MissingExtraError: `imagehash` is not installed.
    """

    name = "phash"

    def __init__(self) -> None:
        need("evaluate", "The perceptual hash", "imagehash")
        self.models = (ModelInfo("imagehash", version("imagehash")),)
        super().__init__()

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        import imagehash
        import PIL.Image

        return {"bits": np.asarray(imagehash.phash(PIL.Image.fromarray(rgb)).hash, bool).reshape(-1)}
