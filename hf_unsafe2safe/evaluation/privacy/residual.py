"""How many faces another detector still finds."""

import numpy as np

from ..metric import Metric, Observation, part
from ..pair import Pair
from .at_place import still_found
from .face_gaps import original_faces


class ResidualFaces(Metric):
    """The share of faces at whose place a second detector still finds a face.

    Formula:
        Faces of the original at whose place the second detector finds a face in the safe image, divided by
        all faces of the originals. "At its place" is as in `faces-gone`.

    Meaning:
        How much of a face is still to be *seen*, by a detector of another family than the one that most tools
        edit with. 0 says that no face is visible where one was.

    Range:
        0 to 1. For tools that blur or cover faces lower is better; a tool that puts other faces there is
        meant to have a high figure. The original against itself gives what this detector finds of what the
        first one found, which may be less than 1.

    Source:
        Hukkelås and Lindseth, DeepPrivacy2, 2023, and others report detections that remain; the detector is
        an SSD (Liu et al., SSD: Single shot multibox detector, 2016).

    Pitfalls:
        A face that is found need not be recognisable, and one that is not found may be: read it with
        `reidentification`. The second detector misses small faces. A safe image that is cropped, mirrored or
        turned is looked at in the wrong places and seems private: read `facesim` and `reidentification`
        there.
    """

    name = "residual-faces"
    title = "Faces that a second detector finds"
    dimension = "privacy"
    higher_is_better = None
    unit = "share"
    needs = ("faces", "faces_second")

    def observe(self, pair: Pair) -> Observation:
        """Return the number of faces that are found again and that of all original faces."""
        faces = original_faces(pair)
        return part(float(np.count_nonzero(still_found(pair, "faces_second"))), len(faces["boxes"]))
