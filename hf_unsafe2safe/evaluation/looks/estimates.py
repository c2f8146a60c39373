"""What a model guesses of each face."""

import numpy as np

from ...detectors import demographics, faces
from ...records import Pixels
from ..pair import Look
from .faces import found
from .single import SingleLook


class EstimatesLook(SingleLook):
    """Look `estimates`, in the order of `faces`: ages (N,), female (N,), tones (N,), NaN for unknown.

    Ages are in years, `female` is the model's probability, `tones` the skin-tone proxy in degrees.
    """

    name = "estimates"
    models = (*faces.MODELS, *demographics.MODELS)

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        guesses = demographics.estimate(rgb, found(rgb))
        female = [g.gender_score if g.gender == "female" else 1 - g.gender_score for g in guesses]
        tones = [np.nan if g.skin_tone_proxy is None else g.skin_tone_proxy for g in guesses]
        return {
            "ages": np.array([g.age for g in guesses], np.float32),
            "female": np.array(female, np.float32),
            "tones": np.array(tones, np.float32),
        }
