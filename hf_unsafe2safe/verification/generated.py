"""What a generative editor made must be something new: a copy of what was there is no edit, however it looks.

Beside copies, `check_generated` looks for the people and the lines of the original in what was made.
"""

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np

from ..editing.masked import region_within
from ..imaging.structure import gain, has_structure, structure
from ..records import Check, Finding, Pixels, Verdict
from .common import verdict
from .faces import check_faces
from .texts import check_texts

# Likeness of edges from which a region is a copy, see `structure`. Measured on 135 faces, persons, vehicles,
# lines of text and whole photos. Copies (JPEG 30 to 90, the blur and noise of an autoencoder, 20 % brighter
# or darker, gamma, other hues, negative, shifts of 1 to 3 pixels, mirrored, 5 % larger or smaller, four at
# once): at least 0.71 in regions of 1,000 pixels or more, 99 % of them above 0.87. Others (filled, inpainted,
# noise, mosaic, another face on the same eyes and mouth, other things of the same kind): 1 in 1,000 reaches
# it from 2,000 pixels on. Smaller faces can look the same on two people: one in five counts as a copy.
# (All measured before dark pictures were given contrast, see `structure.gain`.)
COPY = 0.7
# Faces and outlined things from so many pixels on are also looked at in nine parts: a copy of this share of
# those in which there is something to see is one, too.
LEAST_IN_TILES, COPIED_TILES = 20_000, 1 / 3


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
    return verdict("copy", {i for i in check.generated if _is_copied(check, check.findings[i])}, ())


def _is_copied(check: Check, finding: Finding) -> bool:
    region = region_within(finding, check.mask)
    if structure(check.original, check.candidate, region) >= COPY:
        return True
    # In a box some of the background may stay; of what has an outline, a person, no half.
    tight = finding.kind == "face" or finding.outline is not None
    if not tight or np.count_nonzero(region) < LEAST_IN_TILES:
        return False
    before, after = gain(check.original, region), gain(check.candidate, region)
    known = [tile for tile in _tiles(region) if has_structure(check.original, tile, before)]
    copied = sum(structure(check.original, check.candidate, tile, (before, after)) >= COPY for tile in known)
    return copied > 0 and copied >= COPIED_TILES * len(known)


def _tiles(region: Pixels) -> Iterator[Pixels]:
    """Yield the parts of a region in a grid of three by three over its bounds."""
    ys, xs = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    rows, columns = (np.linspace(v[0], v[-1] + 1, 4).round().astype(int) for v in (ys, xs))
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            tile = np.zeros_like(region)
            tile[top:bottom, left:right] = region[top:bottom, left:right]
            yield tile
