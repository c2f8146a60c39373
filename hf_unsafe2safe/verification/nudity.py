"""Nudity in a candidate: another view of the same model; with no place for it the whole image is edited."""

from collections.abc import Collection

from ..detectors import nudity
from ..records import Check, Finding, Verdict
from .common import edited_of, masked_share, verdict

WHOLE = 0.99  # share of the image in the mask from which there is nothing more to edit


def check_nudity(check: Check, kinds: Collection[str]) -> Verdict:
    """Return a find unless the candidate looks safe in another view.

    The first find has the place of a person where one can be told; if edited places were not enough it is
    the whole image.
    """
    score = nudity.again(check.candidate)
    if nudity.band(score) == "safe":
        return Verdict()
    edited = edited_of(check, ("nudity",))
    height, width = check.original.shape[:2]
    whole = Finding("nudity", score, (0.0, 0.0, float(width), float(height)), nudity.NAME)
    if masked_share(check.mask, whole.box) >= WHOLE:
        return verdict("nudity", edited, () if edited else (whole,))
    people = [f for f in check.findings if f.kind == "person"]
    return verdict("nudity", (), (not edited and nudity.find(check.candidate, people)) or [whole])
