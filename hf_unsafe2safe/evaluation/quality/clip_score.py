"""Does the image still show what its public caption says?"""

import math

from ..cosine import cosine
from ..looks.clip import Clip
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair


class ClipScore(Metric):
    """How well a safe image fits its public caption, in the eyes of a CLIP model.

    Formula:
        The cosine of CLIP(safe image) and CLIP(public caption), the mean over rows. It is the bare cosine:
        neither times 100 or 2.5 nor cut at 0, as other tools have it.

    Meaning:
        The model was trained to bring an image and its description together. Usually reported are 0.2 to
        0.35 for good pairs and 0.1 to 0.2 for unrelated ones: compare with the originals, in the row `raw`,
        not with 1. An edit that keeps the scene hardly loses anything.

    Range:
        -1 to 1, higher is better.

    Source:
        Unsafe2Safe, section 4, with ViT-L/14; Hessel et al., "CLIPScore" (arXiv 2104.08718).

    Pitfalls:
        Figures of two models cannot be compared. Rows without a public caption are left out. Captions are
        cut at the length of the model. A public caption says little, on purpose: an image that lost much
        can still fit it. A copy of the original scores well: read it beside the cheating metrics.
    """

    name = "clip-score"
    title = "CLIP score"
    dimension = "quality"
    higher_is_better = True
    unit = "cosine"
    low = -1.0
    needs = ("clip",)
    option = "clip"

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    def observe(self, pair: Pair) -> Observation:
        """Return the cosine of the safe image and the public caption.

        Raises:
            ExcludedRowError: There is no public caption.
        """
        if not pair.public_caption.strip():
            raise ExcludedRowError("no public caption")
        value = cosine(pair.safe.looks["clip"]["vector"], self._clip.texts([pair.public_caption])[0])
        if math.isnan(value):
            raise ExcludedRowError("the model gives no number")
        return part(value)

    def fingerprint(self) -> str:
        """Return what tells two models apart."""
        return f"{self.name},{self._clip.version}"
