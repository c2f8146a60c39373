"""Each row looked at once: what it is as a triplet, or why it is none."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...evaluation.looks.clip import Clip
from ...evaluation.looks.faces import FacesLook
from ...evaluation.looks.phash import PhashLook
from ...evaluation.rows import Row
from ...imaging.encode import encode
from ...imaging.masks import edited_fraction
from ...records import Pixels
from ...texts.instructions import TemplateInstructor
from .candidates import Candidate, candidate, stored
from .filters import face_gap, fidelity
from .groups import Marks
from .masks import triplet_mask


@dataclass(frozen=True)
class Kept:
    """What is remembered of a triplet until all were seen; about 700 bytes and 512 more a face.

    Args:
        marks: By what it is known again.
        balanced: The class that it is drawn with.
    """

    marks: Marks
    balanced: Hashable


@dataclass
class Looking:
    """Looks at rows; see `make_triplets` for the options.

    Args:
        counts: Rows by what became of them.
        rows: The triplets in their order.
    """

    instructor: TemplateInstructor
    clip: Clip | None
    clip_ratio: float
    clip_text: str
    keep_reidentified: bool
    by_label: bool
    counts: Counter[str] = field(default_factory=Counter)
    rows: list[Kept] = field(default_factory=list)
    _faces: FacesLook = field(default_factory=FacesLook)
    _phash: PhashLook = field(default_factory=PhashLook)

    def kept(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield the rows that become triplets, as values of `features.FEATURES`; group and weight come later.

        Raises:
            DatasetError: An original is not the one that the result was made from.
        """
        for row in rows:
            found = candidate(row, self.instructor)
            values = found if isinstance(found, str) else self._triplet(found)
            self.counts[values if isinstance(values, str) else "kept"] += 1
            if not isinstance(values, str):
                yield values

    def _triplet(self, one: Candidate) -> dict[str, Any] | str:
        original, edited = one.original.rgb, one.edited.rgb
        gap = face_gap(self._faces, original, edited)
        if gap.reidentified and not self.keep_reidentified:
            return "re-identified"
        scores: dict[str, float | None] = dict.fromkeys(("clip_original", "clip_edited", "clip_ratio"))
        if self.clip is not None:
            text = one.texts[self.clip_text]
            if not text:
                return "no text for CLIP"
            fits = fidelity(self.clip, original, edited, text)
            if not fits.ratio > self.clip_ratio:  # NaN is no fit
                return "CLIP ratio"
            scores = {"clip_original": fits.original, "clip_edited": fits.edited, "clip_ratio": fits.ratio}
        mask = triplet_mask(original, edited, one.row.regions or ())
        kinds = one.kinds
        marks = Marks(one.original.sha256, self._bits(original), gap.embeddings)
        self.rows.append(Kept(marks, one.row.label if self.by_label else tuple(kinds)))
        return {
            "original_image": stored(one.original),
            "edited_image": stored(one.edited),
            **one.texts,
            "mask": {"bytes": encode(mask, encoding="png"), "path": None},
            "scores": {**scores, "face_distance": gap.distance, "edited_fraction": edited_fraction(mask)},
            "kinds": kinds,
            "group": 0,
            "sampling_weight": 1.0,
            "row": one.row.id,
        }

    def _bits(self, rgb: Pixels) -> np.ndarray:
        mirrored = np.ascontiguousarray(rgb[:, ::-1])
        return np.array([look["bits"] for look in self._phash.look([rgb, mirrored])])
