"""Whether an edited face is nearest to the face that it was, among all faces of the dataset."""

from collections.abc import Sequence

import numpy as np

from ..metric import Metric, Observation, Table
from ..pair import Pair
from .face_gaps import embeddings_at_place, embeddings_found, judged_faces
from .ranking import rank_one


class NearestOriginal(Metric):
    """The share of faces whose nearest face in the whole source dataset is the one they were.

    Formula:
        For each face of an original the safe image is embedded at its place; among the embeddings of all
        faces of all originals the nearest is looked for. It is a hit where that is the own one; with t
        equally near ones it counts 1/t. The same is asked of that face found anywhere in the safe image which
        is nearest to the original one, and the better of the two counts. The mean over all faces.

    Meaning:
        How often an attacker who holds the source dataset finds the person behind an edited face with the
        first try, using a face recogniser that knows sharp faces only.

    Range:
        0 to 1, lower is more private; chance is 1 divided by the number of faces. The original against
        itself gives 1, less where the dataset holds a photo twice.

    Source:
        Rank-1 identification as in Newton, Sweeney and Malin, Preserving privacy by de-identifying face
        images, 2005 ("naive recognition").

    Pitfalls:
        It depends on the size of the set: 20 faces are easier than 20,000, so compare only tools on the same
        rows. Another photo of the same person may be nearer and counts as a miss. Faces that were not edited
        count as linked, also where the safe image is cropped or mirrored; where it is turned upside down few
        are found. The chip that is embedded reaches a little beyond the face, so hair and background
        help. Faces under 32 pixels are left out.
    """

    name = "nearest-original"
    title = "Faces nearest to their original"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("faces",)

    def observe(self, pair: Pair) -> Observation:
        """Return the embeddings of original faces, of their places, of the nearest found, (N, 128) each."""
        original = np.asarray(judged_faces(pair)["embeddings"], np.float32)
        return {"original": original, "safe": embeddings_at_place(pair), "seen": embeddings_found(pair)}

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return a line a row: faces linked, faces."""
        place, seen, gallery = (
            np.concatenate([row[name] for row in rows]) for name in ("safe", "seen", "original")
        )
        hits = np.maximum(rank_one(place, gallery), rank_one(seen, gallery))
        counts = [len(row["safe"]) for row in rows]
        linked = np.add.reduceat(hits, np.cumsum([0, *counts[:-1]]))
        return np.stack([linked, np.array(counts, np.float64)], axis=1)
