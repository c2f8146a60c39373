"""Who can still be linked by an attacker who has the editor too."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...detectors.identity import similarity
from ...records import Finding
from ..metric import ExcludedRowError, Metric, Observation, Table
from ..pair import Pair
from ..sizes import safe_like_original
from .face_gaps import as_findings, is_judged, judged_faces
from .parrot import ATTACKS, features, same_light
from .ranking import rank_one
from .renditions import moved_boxes

GALLERIES = 2  # renditions of each original that the attacker edits
SIDE = 16  # pixels of a crop: with 32 nothing changes but the memory


class AdaptiveReidentification(Metric):
    """The share of faces that an attacker links whose gallery went through the same editor.

    Formula:
        Two other renditions of each original (smaller, turned, other gamma, JPEG) are edited by the same
        editor. An edited face is linked when, of all faces of all renditions, the nearest is its own; with t
        equally near ones it counts 1/t. Three attacks see only the region of the face: a face recogniser
        that is told the landmarks, the pixels at 16 x 16, and the mean and spread of the colours. The figure
        is the share that the best of the three links, in the mean over the renditions.

    Meaning:
        What an edit still tells about a face, to someone who knows how it was made. A mosaic of 6 x 6 blocks
        shows nobody to a person or to a face recogniser, and yet the blocks of two photos of one person are
        alike: who pixelates his own photos finds them.

    Range:
        0 to 1, lower is more private; chance is 1 divided by the number of faces. Without an edit it is near
        1.

    Source:
        Newton, Sweeney and Malin, Preserving privacy by de-identifying face images, 2005 ("parrot
        recognition").

    Pitfalls:
        It depends on the size of the set: compare only tools on the same rows. The best of three attacks is
        above chance even where nothing is left, the more so the fewer faces. The renditions are of the same
        photos: far better for the attacker than real ones. Editors that continue what is around a face are
        linked by that, not by the face. Faces under 32 pixels are left out, and so are rows whose editor is
        not known. Pure noise is linked too: 5 faces to 0.36 in the mean and 0.70 at most (chance is 0.20), 20
        to 0.08 and 0.15 (chance 0.05), 100 to 0.016 and 0.04 (chance 0.01). A safe image that is cropped,
        mirrored or turned is looked at in the wrong places and seems private: read `facesim` and
        `reidentification` there.
    """

    name = "adaptive-reidentification"
    title = "Faces linked by an adaptive attacker"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("faces",)

    def observe(self, pair: Pair) -> Observation:
        """Return for each attack what it knows of each face: (1 + GALLERIES, N, D), the safe image first."""
        judged, faces = is_judged(pair), as_findings(judged_faces(pair))
        if pair.attack is None:
            raise ExcludedRowError("the editor is not known")
        sets = [features(safe_like_original(pair), faces, SIDE)]
        for index in range(GALLERIES):
            rgb, landmarks = pair.attack(index)
            sets.append(features(rgb, _at(faces, landmarks[judged]), SIDE))
        return {
            attack: np.stack([one[attack] for one in sets]).astype(
                np.float16 if attack == "pixels" else np.float32
            )
            for attack in ATTACKS
        }

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return a line a row: faces linked by each of `ATTACKS`, faces."""
        counts = [row["colours"].shape[1] for row in rows]
        starts = np.cumsum([0, *counts[:-1]])
        columns = []
        for attack in ATTACKS:
            probes, *galleries = np.concatenate([row[attack] for row in rows], axis=1).astype(np.float64)
            if attack == "colours":
                probes, *galleries = (same_light(one) for one in (probes, *galleries))
            shares = np.mean([rank_one(probes, gallery) for gallery in galleries], axis=0)
            columns.append(np.add.reduceat(shares, starts))
        return np.stack([*columns, np.array(counts, np.float64)], axis=1)

    def summarise(self, table: Table) -> float:
        """Return the share that the best attack links."""
        *linked, faces = table.sum(axis=0)
        return float(max(linked) / faces) if faces else float("nan")


def _at(faces: Sequence[Finding], landmarks: np.ndarray) -> list[Finding]:
    """Return the faces of an original where its rendition has them: what maps landmarks maps boxes."""
    before = np.concatenate([np.array(face.landmarks, np.float64) for face in faces])
    after = np.asarray(landmarks, np.float64)  # (N, 5, 2)
    boxes = moved_boxes(np.array([f.box for f in faces]), similarity(before, after.reshape(-1, 2)))
    return [
        replace(face, box=tuple(box), landmarks=tuple(map(tuple, points)))
        for face, box, points in zip(faces, boxes.tolist(), after.tolist(), strict=True)
    ]
