"""Did the image change in the direction in which its caption changed?"""

import math

import numpy as np
import numpy.typing as npt

from ..cosine import cosine
from ..looks.clip import Clip
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair

UNCHANGED = 1e-5  # length of a change; vectors of one image differ by 3.5e-7 from batch to batch

_Vector = npt.NDArray[np.float32]


def directional_similarity(
    image: _Vector, safe_image: _Vector, private_text: _Vector, public_text: _Vector
) -> float:
    """Return the cosine of the change of the image and the change of the text; NaN where one did not change.

    Args:
        image: Vector (D,) of the original.
        safe_image: Of the safe image.
        private_text: Of the private caption.
        public_text: Of the public caption.

    Example:
        >>> a, b = np.eye(2)
        >>> [round(directional_similarity(a, b, *texts), 3) for texts in ((a, b), (b, a), (a, a))]
        [1.0, -1.0, nan]
    """
    changes = safe_image - image, public_text - private_text
    if any(np.linalg.norm(change) < UNCHANGED for change in changes):
        return float("nan")
    return cosine(*changes)


class DirectionalClip(Metric):
    """Whether an edit did to the image what was done to its caption, in the eyes of a CLIP model.

    Formula:
        cos(I_safe - I_original, T_public - T_private), all four embedded by the same model to length 1; the
        mean over rows.

    Meaning:
        The private caption names what identifies, the public one leaves it out. The difference of both says
        what should go; the difference of both images says what went. 1 is the same direction, 0 has nothing
        to do with it. Usually reported for real edits are 0.05 to 0.3.

    Range:
        -1 to 1, higher is better.

    Source:
        Unsafe2Safe, section 4; Gal et al., "StyleGAN-NADA" (arXiv 2108.00946).

    Pitfalls:
        A copy has no direction: rows whose image did not change are left out, and so are those without both
        captions, or with two that are the same to the model. So `raw` has no figure, and this figure must be
        read with the number of rows behind it. Small edits have small differences, in which there is much
        noise. A long caption is cut at the length of the model.
    """

    name = "directional-clip"
    title = "Directional CLIP similarity"
    dimension = "quality"
    higher_is_better = True
    unit = "cosine"
    low = -1.0
    needs = ("clip",)
    option = "clip"

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    def observe(self, pair: Pair) -> Observation:
        """Return the cosine of both differences.

        Raises:
            ExcludedRowError: A caption is missing, or nothing changed.
        """
        if not (pair.public_caption.strip() and pair.private_caption.strip()):
            raise ExcludedRowError("a caption is missing")
        images = (seen.looks["clip"]["vector"] for seen in (pair.original, pair.safe))
        texts = self._clip.texts([pair.private_caption, pair.public_caption])
        value = directional_similarity(*images, *texts)
        if math.isnan(value):
            raise ExcludedRowError("the image or the caption did not change")
        return part(value)

    def fingerprint(self) -> str:
        """Return what tells two models apart."""
        return f"{self.name},{self._clip.version}"
