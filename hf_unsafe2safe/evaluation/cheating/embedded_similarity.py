"""Does the embedded detector see the same image as before?"""

import math

from ..cosine import cosine
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair


class EmbeddedSimilarity(Metric):
    """How much of what the embedded object detector sees in an original is still there.

    Formula:
        The cosine of the look `object_bank` of the original and of the safe image, the mean over rows.

    Meaning:
        1 is a copy, or an edit that the detector does not notice. The lower it is, the more was changed. A
        stand-in for CLIP similarity in runs without models.

    Range:
        -1 to 1; lower means that more was changed.

    Source:
        A measure of this package; features in the manner of Li et al., "Object Bank", 2010. The question is
        that of CLIP image similarity in Unsafe2Safe, section 4.

    Pitfalls:
        It is not CLIP similarity. The detector knows 80 things and where they are, no style and no identity:
        another face on the same body changes next to nothing. A ruined image is best here, so read it beside
        the quality metrics. Rows without any response are left out.
    """

    name = "embedded-similarity"
    title = "Embedded similarity (stand-in)"
    dimension = "cheating"
    higher_is_better = False
    unit = "cosine"
    low = -1.0
    needs = ("object_bank",)

    def observe(self, pair: Pair) -> Observation:
        """Return the cosine of both images.

        Raises:
            ExcludedRowError: The detector responds to one of them not at all.
        """
        value = cosine(*(seen.looks["object_bank"]["vector"] for seen in (pair.original, pair.safe)))
        if math.isnan(value):
            raise ExcludedRowError("the detector does not respond")
        return part(value)
