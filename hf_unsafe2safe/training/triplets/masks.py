"""The mask of a triplet: what the edit was allowed to change, and what it changed beside that."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...evaluation.subjects import mask_of, recorded_places
from ...records import Pixels

MOST_OUTSIDE = 0.5  # share of the pixels outside all regions: with more of them changed all was redrawn


def triplet_mask(original: Pixels, edited: Pixels, regions: Sequence[Mapping[str, Any]]) -> Pixels:
    """Return (H, W) uint8, 255 in the edited regions and in every pixel that changed outside of them.

    Where more than `MOST_OUTSIDE` of the pixels outside changed, all is 255: a tool that redraws or saves
    anew, such as JPEG, changes everything.

    Args:
        original: (H, W, 3) uint8.
        edited: The same size.
        regions: Values of `risk_regions`; those that were edited count.
    """
    height, width = original.shape[:2]
    mask = mask_of(recorded_places(regions), (width, height))
    changed = (original != edited).any(axis=2)
    outside = mask == 0
    if np.count_nonzero(changed & outside) > MOST_OUTSIDE * np.count_nonzero(outside):
        return np.full_like(mask, 255)
    mask[changed] = 255
    return mask
