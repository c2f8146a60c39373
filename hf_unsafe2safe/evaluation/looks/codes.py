"""Codes that a machine reads."""

import numpy as np

from ...detectors import codes
from ...records import Pixels
from ..pair import Look
from .faces import boxes_of
from .single import SingleLook


class CodesLook(SingleLook):
    """Look `codes`: boxes (N, 4), texts (N,) as decoded; codes that cannot be decoded are not seen."""

    name = "codes"
    models = codes.MODELS

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        seen = codes.find(rgb)
        return {"boxes": boxes_of(seen), "texts": np.array([code.text or "" for code in seen], dtype=str)}
