"""How similar the faces of the original and of the safe image are, to a face recogniser."""

import numpy as np

from ...detectors.identity import SAME_PERSON
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from .face_gaps import gaps_to_found


def similarity_of(gaps: np.ndarray) -> np.ndarray:
    """Return L2 distances of the embedded recogniser as similarities in [0, 1].

    Example:
        >>> similarity_of(np.array([0.0, 0.6, 1.2, np.inf])).tolist()
        [1.0, 0.5, 0.0, 0.0]
    """
    similar: np.ndarray = np.maximum(0.0, 1.0 - gaps / (2 * SAME_PERSON))
    return similar


class FaceSim(Metric):
    """How similar the faces that were in the original are to faces in the safe image.

    Formula:
        For each face of the original: `max(0, 1 - d / 1.2)`, where `d` is the smallest L2 distance of its
        embedding to that of a face found in the safe image; 0 where none is found. The mean over all faces of
        all originals.

    Meaning:
        1 says that the same pictures of the same people are still there, 0.5 that people are just as similar
        as the recogniser's threshold for "the same person" (0.6), 0 that nobody in the safe image resembles
        them or that there is no face any more.

    Range:
        0 to 1, lower is more private. The original against itself gives 1.

    Source:
        Unsafe2Safe, section 4 (FaceSim), with two changes: faces that are gone count as 0 instead of being
        skipped, and the distance is that of dlib's recogniser, whose embeddings are compared by L2 distance.
        Its figures cannot be compared with those of the paper; `facesim-paper` is the paper's.

    Pitfalls:
        Two strangers have a similarity of about 0.3 (L2 distance 0.8), so an edit that shows another face
        does not get to 0. Only faces that the detector finds in the safe image are compared: `blur` looks
        good here, and `adaptive-reidentification` tells what it is worth. Faces under 32 pixels are left out:
        to a recogniser they and a filled spot are alike. Whoever else is in the image counts too: in a crowd
        some stranger is always a little alike. Rows without a safe image are in no figure: a tool that
        withholds hard rows pays nothing here, so read the counts of rows. Copies do not have 1 when they are
        cropped (5 faces had 0.87), mirrored (0.84) or turned upside down (0.53: few are found).
    """

    name = "facesim"
    title = "Similarity of faces"
    dimension = "privacy"
    higher_is_better = False
    unit = "similarity"
    needs = ("faces",)

    def observe(self, pair: Pair) -> Observation:
        """Return the sum of the similarities and the number of original faces."""
        similar = similarity_of(gaps_to_found(pair))
        return part(float(similar.sum()), len(similar))


class FaceDistance(Metric):
    """How far the faces that are still to be compared are from those of the original.

    Formula:
        For each face of the original the smallest L2 distance of its embedding to that of a face found in the
        safe image; the mean over all faces of originals whose safe image shows a face.

    Meaning:
        The scale of the recogniser itself: under 0.6 two photos show the same person, strangers are at
        about 0.8. It says how well faces were *changed*, not how many were removed.

    Range:
        0 and more, higher is more private; hardly ever above 1.2. The original against itself gives 0.

    Source:
        dlib's face recognition model and its threshold; the weights are CC0, see `weights/NOTICE`.

    Pitfalls:
        Rows whose safe image shows no face are left out and counted; `faces-gone` tells of them. An editor
        that removes most faces is judged here by the few that it missed, so read both. Faces under 32 pixels
        are left out.
    """

    name = "face-distance"
    title = "Distance of faces"
    dimension = "privacy"
    higher_is_better = True
    unit = "L2 distance"
    high = float("inf")
    needs = ("faces",)

    def observe(self, pair: Pair) -> Observation:
        """Return the sum of the distances and the number of original faces."""
        gaps = gaps_to_found(pair)
        if np.isinf(gaps).any():
            raise ExcludedRowError("no face in the safe image")
        return part(float(gaps.sum()), len(gaps))
