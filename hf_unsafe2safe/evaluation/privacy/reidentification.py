"""How many people are recognised by a face recogniser that has their original photo."""

import numpy as np

from ...detectors.identity import SAME_PERSON
from ..metric import Metric, Observation, part
from ..pair import Pair
from .face_gaps import gaps_at_place, gaps_to_found


class Reidentification(Metric):
    """The share of people that a face recogniser still takes for the same person.

    Formula:
        Faces of the original whose embedding is nearer than 0.6 (L2) to that of any face found in the safe
        image, or to that of the safe image at the place of the face itself; divided by all faces of the
        originals.

    Meaning:
        How often "is this the same person?" is answered with yes by someone who holds the original photo and
        knows where the face was. No detector has to see a face for that: the landmarks of the original
        are used.

    Range:
        0 to 1, lower is more private. The original against itself gives 1.

    Source:
        Verification as in Huang et al., Labeled faces in the wild, 2007, at the threshold of dlib's
        recogniser (0.6). A place whose pixels did not change has the distance 0.

    Pitfalls:
        Verification by a recogniser for sharp faces: pixelated and blurred faces look safe to it, and
        `adaptive-reidentification` tells whether they are. Faces under 32 pixels are left out, and for those
        up to about 48 a filled spot is now and then "the same person": the baseline `fill` shows how often.
        With another recogniser the figure is another one. Rows without a safe image are in no figure: a tool
        that withholds hard rows pays nothing here, so read the counts of rows. An image that is turned upside
        down seems private: of 5 unedited faces 2 are recognised, of 5 mirrored or cropped ones all.
    """

    name = "reidentification"
    title = "People recognised"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("faces",)

    def observe(self, pair: Pair) -> Observation:
        """Return the number of recognised faces and that of all original faces."""
        gaps = np.minimum(gaps_to_found(pair), gaps_at_place(pair))
        return part(float(np.count_nonzero(gaps < SAME_PERSON)), len(gaps))
