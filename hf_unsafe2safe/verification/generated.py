"""What a generative editor made must be something new: a copy of what was there is no edit, however it looks.

Beside copies, `check_generated` looks for the people and the lines of the original in what was made.
"""

from collections.abc import Collection

import numpy as np

from ..editing.masked import region_mask
from ..imaging.structure import structure
from ..records import Check, Finding, Verdict
from .common import verdict
from .faces import check_faces
from .texts import check_texts

# Likeness of edges from which a region is a copy, see `structure`. Measured on 135 faces, persons, vehicles,
# lines of text and whole photos. Copies (JPEG 30 to 90, the blur and noise of an autoencoder, 20 % brighter
# or darker, gamma, other hues, negative, shifts of 1 to 3 pixels, mirrored, 5 % larger or smaller, four at
# once): at least 0.71 in regions of 1,000 pixels or more, 99 % of them above 0.87. Others (filled, inpainted,
# noise, mosaic, another face on the same eyes and mouth, other things of the same kind): 1 in 1,000 reaches
# it from 2,000 pixels on. Smaller faces can look the same on two people: one in five counts as a copy.
COPY = 0.7


def check_generated(check: Check) -> Verdict:
    """Return which generated findings show again what was there: as a copy, a face or a line of text.

    All that a verifier need ask about generative edits; it says nothing of what was not generated.

    Args:
        check: Its `generated` tells which findings are looked at.
    """
    if not check.generated:
        return Verdict()
    parts = [look(check, ()) for look in (check_faces, check_texts, check_copies)]
    failed = frozenset().union(*(part.failed & check.generated for part in parts))
    reasons = (reason for part in parts if part.failed & check.generated for reason in part.reasons)
    return Verdict(tuple(reasons), failed)


def check_copies(check: Check, kinds: Collection[str] = ()) -> Verdict:
    """Return which generated findings look like what was there, whatever the kinds.

    Where there was nothing to see, nothing can be copied.
    """
    failed = {i for i in check.generated if _likeness(check, check.findings[i]) >= COPY}
    return verdict("copy", failed, ())


def _likeness(check: Check, finding: Finding) -> float:
    size_wh = (check.mask.shape[1], check.mask.shape[0])
    region = np.bitwise_and(region_mask(finding, size_wh), check.mask)
    return structure(check.original, check.candidate, region)
