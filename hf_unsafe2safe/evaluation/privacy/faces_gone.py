"""How many faces are no longer there."""

import numpy as np

from ..metric import Metric, Observation, part
from ..pair import Pair
from .at_place import still_found
from .face_gaps import original_faces


class FacesGone(Metric):
    """The share of faces at whose place no detector finds a face any more.

    Formula:
        Faces of the original at whose place neither of two detectors finds a face in the safe image, divided
        by all faces of the originals. "At its place": the boxes overlap by an IoU of 0.3, or the middle of
        the found one lies in the original one.

    Meaning:
        1 says that all faces were removed or made unrecognisable as faces, 0 that at every place there still
        is one, whoever it shows.

    Range:
        0 to 1. Neither end is better: an editor that puts another face there keeps it near 0 by intention,
        and one that blurs everything gets to 1. The original against itself gives 0.

    Source:
        Unsafe2Safe, section 4: FaceSim skips rows in which no face is left. They count as 0 in `facesim`,
        and this metric reports them apart.

    Pitfalls:
        Gone for a detector is not gone for an attacker: heavy pixelation hides that there is a face and still
        links it, see `adaptive-reidentification`. Faces that the first detector did not find in the original
        are not counted. A safe image that is cropped, mirrored or turned is looked at in the wrong places
        and seems private: read `facesim` and `reidentification` there.
    """

    name = "faces-gone"
    title = "Faces gone"
    dimension = "privacy"
    higher_is_better = None
    unit = "share"
    needs = ("faces", "faces_second")

    def observe(self, pair: Pair) -> Observation:
        """Return the number of faces that are gone and that of all original faces."""
        faces = original_faces(pair)
        there = still_found(pair, "faces") | still_found(pair, "faces_second")
        return part(float(np.count_nonzero(~there)), len(faces["boxes"]))
