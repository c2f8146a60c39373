"""Can estimated gender, estimated age or skin tone still be told from edited faces?"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..metric import ExcludedRowError, Metric, Observation, Table
from ..pair import Pair
from ..utility.probe import predict, splits
from .face_gaps import embeddings_at_place, is_judged, judged_faces

LEAST_FACES = 10
LEAST_OF_A_GROUP = 2
SEEDS = (0, 1, 2)
STRENGTH = 1.0  # of the probe: with 128 features the 0.01 of images learns too little, and that looks safe


class Predictability(Metric):
    """Base: an attribute that was estimated on the original is guessed from what is at the face's place.

    Attributes:
        estimate: Array of the look `estimates`, (N,), NaN where unknown.
        border: What parts it into two groups; None for the median over the set.
    """

    dimension, higher_is_better, unit = "privacy", False, "share"
    needs = ("faces", "estimates")
    least = "fewer than 10 faces, or fewer than two of a group"
    estimate: ClassVar[str]
    border: ClassVar[float | None] = None

    def observe(self, pair: Pair) -> Observation:
        """Return embeddings of the original and of the edited faces, (F, 128) each, and the estimates.

        Raises:
            ExcludedRowError: There is no face in the original, none large enough, or none with an estimate.
        """
        faces = np.nan_to_num(judged_faces(pair)["embeddings"])
        values = np.asarray(pair.original.looks["estimates"][self.estimate], np.float64)[is_judged(pair)]
        known = np.isfinite(values)
        if not known.any():
            raise ExcludedRowError("no estimate of a face")
        edited = embeddings_at_place(pair)
        edited = np.where(np.isfinite(edited), edited, faces)  # no number must not look safe
        return {"original": faces[known], "edited": edited[known], "values": values[known]}

    def contributions(self, rows: Sequence[Observation]) -> Table:
        """Return how many guesses of each row were right, and all; no lines where there are too few faces."""
        original, edited, values = (
            np.concatenate([row[name] for row in rows]) for name in ("original", "edited", "values")
        )
        if len(values) < LEAST_FACES:
            return np.empty((0, 2))
        border = float(np.median(values)) if self.border is None else self.border
        row_of = np.repeat(np.arange(len(rows)), [len(row["values"]) for row in rows])
        right = guesses(original, edited, (values > border).astype(np.int64), row_of)
        if not len(right):
            return np.empty((0, 2))
        return np.stack([np.bincount(row_of, right), np.bincount(row_of) * float(len(SEEDS))], axis=1)


class GenderPredictability(Predictability):
    """How often the estimated gender of an original face is guessed from its edited face.

    Formula:
        Right guesses / guesses over all original faces with an estimate, 5 folds of rows and 3 seeds. The
        guess is that of a logistic regression on face embeddings. It has learnt from the original and the
        edited faces of the other folds; it is asked about the edited face, embedded at the place and the
        landmarks of the original, whether a detector still sees a face there or not.
    Meaning:
        The share of faces of which an attacker who has seen other pairs of the same editor still tells what
        a model calls their gender. Chance is the share of the larger group: what matters is how near the
        figure is to it, and how far below the baseline `raw`.
    Range:
        0 to 1, lower is better; about the share of the larger group for faces that say nothing.
    Source:
        This project; probes of attributes on embeddings as in Dhar et al., PASS: Protected Attribute
        Suppression System, 2021. Estimates: the age and gender network of face-api.
    Pitfalls:
        The truth is a guess of a model that knows two genders, not what anybody says of themselves. With few
        faces the probe learns little, and a low figure says nothing: look at `raw` first. An editor that
        keeps gender on purpose scores high and may be wanted for its utility. One person in several rows is
        guessed by identity. Under 10 faces, or with fewer than two in a group, it does not run. The
        interval does not draw the training faces again.
    """

    name, title = "gender-predictability", "Estimated gender told from edited faces"
    estimate, border = "female", 0.5


class AgePredictability(Predictability):
    """How often it is guessed from the edited face whether the original was estimated above the median age.

    Formula:
        As `gender-predictability`; the two groups are above the median of the estimated ages of all original
        faces of the set, and not above.
    Meaning:
        Whether age can still be told, roughly. Chance is about a half.
    Range:
        0 to 1, lower is better.
    Source:
        As `gender-predictability`.
    Pitfalls:
        As `gender-predictability`. The estimates are off by 8 years or more: faces near the median are in
        either group by chance, so even `raw` is far from 1. Figures of sets with other ages do not compare.
    """

    name, title = "age-predictability", "Estimated age told from edited faces"
    estimate = "ages"


class TonePredictability(Predictability):
    """How often it is guessed from the edited face whether the original's skin looked lighter than most.

    Formula:
        As `gender-predictability`; the two groups are above the median of the skin-tone proxy (individual
        typology angle) of all original faces of the set, and not above.
    Meaning:
        Whether the tone of the skin in the photo can still be told. Chance is about a half.
    Range:
        0 to 1, lower is better.
    Source:
        As `gender-predictability`. Angle: Chardon et al., Skin colour typology and suntanning pathways, 1991.
    Pitfalls:
        As `gender-predictability`. It is a proxy: it depends on light, camera and make-up and says nothing of
        origin. Grey photos and covered faces have none. The embedder was trained to ignore light, so a
        figure near chance does not show that the tone is gone from the pixels.
    """

    name, title = "tone-predictability", "Skin-tone proxy told from edited faces"
    estimate = "tones"


def guesses(
    original: npt.NDArray[np.floating],
    edited: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer],
    row_of: npt.NDArray[np.integer],
) -> npt.NDArray[np.float64]:
    """Return how often the group of each face was guessed right from its edited face, over `SEEDS`.

    Faces of one row are never both learnt from and asked about.

    Args:
        original: (F, D) embeddings of original faces.
        edited: (F, D) of what is there now.
        groups: (F,) 0 or 1.
        row_of: (F,) number of the row of each face, growing from 0.

    Returns:
        (F,) in [0, len(SEEDS)]; (0,) where a group has fewer than `LEAST_OF_A_GROUP` faces, or there is one
        row only.
    """
    right = np.zeros(len(groups))
    first = np.unique(row_of, return_index=True)[1]  # a row is put in a fold by the group of its first face
    if np.bincount(groups, minlength=2).min() < LEAST_OF_A_GROUP or len(first) < 2:
        return right[:0]
    for seed in SEEDS:
        fold = splits(groups[first], seed)[row_of]
        for held in np.unique(fold):
            out = fold == held
            learnt = np.concatenate([original[~out], edited[~out]])
            right[out] += predict(learnt, np.tile(groups[~out], 2), edited[out], STRENGTH) == groups[out]
    return right
