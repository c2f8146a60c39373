"""The picture that a person may accept: the original with everything filled that could matter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..editing.fill import FillEditor
from ..editing.masked import Assignment, EditJob, masked_edit
from ..errors import StageError
from ..imaging.encode import encode
from ..imaging.masks import composite, edited_fraction
from ..imaging.open import OpenedImage
from ..records import Finding, PublicCaption
from ..taxonomy import TEXT_KINDS

_LINES = (*TEXT_KINDS, "code")  # masked along their outline


@dataclass(frozen=True)
class Candidate:
    """A picture as it would be published.

    Args:
        data: The encoded image.
        edited_fraction: The share of the image that was filled, in (0, 1].
    """

    data: bytes = field(repr=False)
    edited_fraction: float


def candidate_of(
    image: OpenedImage, regions: Sequence[Mapping[str, Any]], kinds: Collection[str], encoding: str
) -> Candidate | None:
    """Return an original with its regions of some kinds filled, whatever their scores; no model runs.

    Regions are published with boxes only: a box stands for the outline that was found in it, and is grown
    as an outline and as a box.

    Args:
        image: The original.
        regions: Its `risk_regions`.
        kinds: Those that the policy edits.
        encoding: As in the config.

    Returns:
        None when there is no such region: it would be the original.
    """
    fill = FillEditor()
    found = [f for region in regions if region["kind"] in kinds for f in _findings(region)]
    job = EditJob(image.rgb, tuple(Assignment(f, fill) for f in found), PublicCaption(""), "", 0)
    ((pixels, mask),) = masked_edit([job])
    if not mask.any():
        return None
    try:
        data = encode(composite(image.pixels, pixels, mask), encoding=encoding, icc=image.icc)
    except StageError:  # WebP was asked for and the image is too large for it
        return None
    return Candidate(data, edited_fraction(mask))


def _findings(region: Mapping[str, Any]) -> tuple[Finding, ...]:
    x1, y1, x2, y2 = map(float, region["box"])
    found = Finding(region["kind"], region["score"], (x1, y1, x2, y2), region["source"])
    if region["kind"] not in _LINES:
        return (found,)
    return found, replace(found, outline=((x1, y1), (x2, y1), (x2, y2), (x1, y2)))
