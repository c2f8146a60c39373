"""The embedded verifier: looks at a candidate with other eyes than the inspector's, a file a family of risks.

Faces are looked for by another model family, codes by another reader; text, objects and nudity by another
view of the same model, because no second permissive one of this size is at hand.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from ..detectors import codes, faces, faces_ssd, identity, nudity, objects, persons, text
from ..records import Check, ModelInfo, Verdict
from ..taxonomy import OBJECT_KINDS, TEXT_KINDS
from .codes import check_codes
from .documents import check_documents
from .faces import check_faces
from .generated import check_copies
from .nudity import check_nudity
from .objects import check_objects
from .texts import check_texts

# The kinds for which each check runs, in this order.
_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Check, Collection[str]], Verdict]], ...] = (
    (("face",), check_faces),
    (TEXT_KINDS, check_texts),
    (("code",), check_codes),
    (("document",), check_documents),
    (OBJECT_KINDS, check_objects),
    (("nudity",), check_nudity),
    ((), check_copies),
)
# They run for what was generated, whatever the kinds.
_OF_GENERATED = (check_faces, check_texts, check_copies)


class LocalVerifier:
    """Check that pixels outside the mask are untouched, that no known risk is left, and none was missed."""

    models: tuple[ModelInfo, ...] = (
        *faces_ssd.MODELS,
        *faces.MODELS,
        *identity.MODELS,
        *text.MODELS,
        *codes.MODELS,
        *objects.MODELS,
        *persons.MODELS,
        *nudity.MODELS,
    )

    def verify(self, checks: Sequence[Check], kinds: Collection[str]) -> list[Verdict]:
        """Return one verdict a check; its reasons in this order: shape, outside, then kind by kind."""
        return [self._verify_one(check, set(kinds)) for check in checks]

    def _verify_one(self, check: Check, kinds: set[str]) -> Verdict:
        if check.candidate.shape != check.original.shape or check.candidate.dtype != np.uint8:
            return Verdict(("wrong_shape",))
        changed = check.candidate is not check.original and (check.candidate != check.original).any(axis=-1)
        if (changed & (check.mask == 0)).any():
            return Verdict(("outside_changed",))
        parts = []
        for family, look in _CHECKS:
            if not kinds.isdisjoint(family) or (check.generated and look in _OF_GENERATED):
                parts.append(look(check, kinds))
                # What is found late may tell more: whose text it is, that below a face there is a body.
                check = replace(check, findings=(*check.findings, *parts[-1].missed))
        return Verdict(
            tuple(reason for part in parts for reason in part.reasons),
            frozenset().union(*(part.failed for part in parts)),
            tuple(missed for part in parts for missed in part.missed),
        )
