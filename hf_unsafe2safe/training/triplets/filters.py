"""Which triplets teach what they should: still the same scene, and nobody to be recognised."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...detectors.identity import SAME_PERSON
from ...evaluation.cosine import cosine
from ...evaluation.looks.faces import FacesLook
from ...evaluation.metric import ExcludedRowError
from ...evaluation.pair import Look, Pair, Seen
from ...evaluation.privacy.face_gaps import gaps_at_place, gaps_to_found, judged_faces
from ...records import Pixels


class Encoder(Protocol):
    """Vectors of images and texts, as `evaluation.looks.clip.Clip` gives them."""

    def look(self, images: list[Pixels]) -> list[Look]:
        """Return the look `vector` of each image."""
        ...

    def texts(self, texts: list[str]) -> np.ndarray:
        """Return (N, D) float32."""
        ...


@dataclass(frozen=True)
class Fidelity:
    """How well two images fit a text.

    Args:
        original: Cosine of the original and the text.
        edited: That of the edited image.
    """

    original: float
    edited: float

    @property
    def ratio(self) -> float:
        """Edited to original; NaN where the original does not fit the text at all.

        Example:
            >>> Fidelity(0.25, 0.2).ratio, Fidelity(-0.1, -0.2).ratio
            (0.8, nan)
        """
        return self.edited / self.original if self.original > 0 else math.nan


def fidelity(clip: Encoder, original: Pixels, edited: Pixels, text: str) -> Fidelity:
    """Return how well both images fit a text."""
    one, other = (look["vector"] for look in clip.look([original, edited]))
    (words,) = clip.texts([text])
    return Fidelity(cosine(one, words), cosine(other, words))


@dataclass(frozen=True)
class FaceGap:
    """What became of the faces of an original.

    Args:
        embeddings: (F, 128) float32 of the faces that are large enough to be judged.
        distance: The smallest L2 distance of one of them to a face found in the edited image or to what is
            at its place there; None without such a face.
    """

    embeddings: np.ndarray
    distance: float | None

    @property
    def reidentified(self) -> bool:
        """Whether a recogniser takes one of them for the same person."""
        return self.distance is not None and not self.distance >= SAME_PERSON


def face_gap(look: FacesLook, original: Pixels, edited: Pixels) -> FaceGap:
    """Return how far the faces of an original are from what the edit made of them.

    Judged as by the metric `reidentification`: faces under 32 pixels are not.
    """
    one, other = look.look([original, edited])
    pair = Pair("", Seen(original, {"faces": one}), Seen(edited, {"faces": other}))
    try:
        gaps = np.minimum(gaps_to_found(pair), gaps_at_place(pair))
        return FaceGap(np.asarray(judged_faces(pair)["embeddings"], np.float32), float(gaps.min()))
    except ExcludedRowError:
        return FaceGap(np.zeros((0, 128), np.float32), None)
