"""Nudity: another view of the same model; with no place for it the whole image is edited."""

from collections.abc import Collection

from ..detectors import nudity
from ..records import Check, Verdict
from ..views import is_flat
from .common import edited_of, masked_share, verdict

WHOLE = 0.99  # share of the image in the mask from which there is nothing more to edit


def check_nudity(check: Check, kinds: Collection[str]) -> Verdict:
    """Return a find unless another view looks safe: of the original, or of what nudity was edited in.

    Filled faces alone make a clothed group look riskier than it is. The first find has the place of a person
    where one can be told; if edited places were not enough it is the whole image.
    """
    edited = edited_of(check, ("nudity",))
    picture = check.candidate if edited else check.original
    score = nudity.again(picture)
    if nudity.band(score) == "safe":
        return Verdict()
    height, width = check.original.shape[:2]
    whole = nudity.place(score, (), (), (width, height))
    if masked_share(check.mask, whole[0].box) >= WHOLE:
        if is_flat(check.candidate[check.mask > 0]):  # one colour all over scores up to 0.198
            return Verdict()
        return verdict("nudity", edited, () if edited else whole)
    people = [f for f in check.findings if f.kind == "person"]
    return verdict("nudity", (), (not edited and nudity.find(picture, people)) or whole)
