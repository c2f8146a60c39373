"""FaceSim as the paper has it: cosines of a face recogniser that the user brings."""

import numpy as np

from ..looks.paper_faces import OnnxFaces
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair


def best_cosines(own: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return for each of N unit vectors the best cosine with one of M, clipped at 0; 0 where M is 0.

    No number counts as 1: it must not look safe.

    Example:
        >>> best_cosines(np.eye(2), np.array([[0.6, 0.8]])).tolist()
        [0.6, 0.8]
    """
    if not len(found):
        return np.zeros(len(own))
    cosines = np.nan_to_num(own.astype(np.float64) @ found.T, nan=1.0)
    return np.asarray(np.clip(cosines.max(axis=1), 0, 1))


class FaceSimPaper(Metric):
    """FaceSim as the paper has it, with a face recogniser that the user brings.

    Formula:
        For each face of the original the largest cosine of its embedding with that of a face found in the
        safe image, at least 0; 0 where none is found. The mean over all faces of all originals.

    Meaning:
        1 says the same picture of the same person, 0 nobody alike. From which cosine on two photos show the
        same person depends on the recogniser; for ArcFace models about 0.3 to 0.4.

    Range:
        0 to 1, lower is more private. The original against itself gives 1.

    Source:
        Unsafe2Safe, section 4 (FaceSim). The paper skips rows whose edited image shows no face; here they
        count as 0. ArcFace: Deng et al., ArcFace: Additive angular margin loss for deep face recognition,
        2019.

    Pitfalls:
        Faces of any size count, as in the paper; small ones are hard to tell from anything. Faces are found
        by this package's detector, not the paper's. The known ArcFace weights are for research only, so none
        are shipped: `face_embedder` names your own ONNX file. A file that is no such model gives figures all
        the same, without meaning.

    Args:
        embedder: What was made of `face_embedder`, a `looks.paper_faces.OnnxFaces`.
    """

    name = "facesim-paper"
    title = "Similarity of faces (own recogniser)"
    dimension = "privacy"
    higher_is_better = False
    unit = "cosine"
    needs = ("paper_faces",)
    option = "face_embedder"

    def __init__(self, embedder: OnnxFaces) -> None:
        self.version = embedder.version

    def observe(self, pair: Pair) -> Observation:
        """Return the sum of the best cosines and the number of original faces."""
        own, found = (seen.looks["paper_faces"]["embeddings"] for seen in (pair.original, pair.safe))
        if not len(own):
            raise ExcludedRowError("no face in the original")
        return part(float(best_cosines(own, found).sum()), len(own))

    def fingerprint(self) -> str:
        """Return the name with the model's."""
        return f"{self.name} {self.version}"
