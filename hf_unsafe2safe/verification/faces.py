"""Faces in a candidate, by other eyes.

Another model family (SSD, confirmed by the face mesh), and CenterFace on a mirrored view at another size and
turned to every side.
"""

from collections.abc import Collection, Sequence

from ..detectors import face_presence, faces, faces_ssd, identity
from ..detectors.geometry import intersection, iou, suppress, window
from ..records import Box, Check, Finding, Pixels, Verdict
from ..views import is_flat
from .common import consented, edited_of, generated_at, masked_share, verdict

# The mirrored look, see `faces.look_side`; of large images three quarters.
MIRRORED_SIDES = (640, 960, faces.LARGEST_SIDE)
TURNED_SIDE = 480  # of the looks turned by 90, 180 and 270 degrees: photos without an orientation tag
_SAME = 0.3  # IoU from which two looks saw one face
INSIDE = 0.8  # a face with a smaller share in the mask is one that was missed


def second_look(rgb: Pixels) -> list[Finding]:
    """Return the faces that the second eyes see, best first."""
    views = [faces.look(rgb, faces.look_side(max(rgb.shape[:2]), MIRRORED_SIDES, 0.75), mirrored=True)]
    views += [faces.look(rgb, TURNED_SIDE, quarters=quarters) for quarters in (1, 2, 3)]
    seen = suppress([f for view in views for f in view], overlap=0.3)
    # Landmarks come from CenterFace only; where both see a face its box is the one that is kept.
    ours = face_presence.confirm(rgb, seen, strong=faces.STRONG)
    theirs = [f for f in faces_ssd.find(rgb) if all(iou(f.box, other.box) < 0.3 for other in ours)]
    return suppress([*ours, *theirs], overlap=0.5)


def check_faces(check: Check, kinds: Collection[str]) -> Verdict:
    """Return which edited faces can be recognised, and the faces outside the mask.

    Whatever the kinds, what was generated must show no face of the original.
    """
    seen = second_look(check.candidate)
    in_mask = [f for f in seen if masked_share(check.mask, f.box) >= INSIDE]
    missed = [f for f in seen if f not in in_mask and not consented(f, check.findings)]
    with_detail = [f for f in in_mask if not _is_flat(check, f.box)]
    failed = _recognisable(check, with_detail)
    return verdict("face", failed, missed if "face" in kinds else ())


def _recognisable(check: Check, seen: Sequence[Finding]) -> frozenset[int]:
    """Return which edits left someone to recognise: whoever it is, the region that shows him failed.

    Small faces of strangers lie near each other: were it the one who is recognised that failed, a face that
    is long gone would fail for what another region shows.
    """
    edited = edited_of(check, ("face",))
    known = [check.findings[i] for i in edited]
    touched = set().union(*(generated_at(check, face.box) for face in seen))
    known += _others(check, touched) if touched else []
    if not known or not seen:
        return frozenset()
    originals = identity.embed(check.original, known)
    gaps = identity.distance(identity.embed(check.candidate, seen), originals)  # (seen, known)
    failed: set[int] = set()
    for face, row in zip(seen, gaps, strict=True):
        # Not `<`: a distance that is no number must not count as another person.
        alike = [k for k, gap in enumerate(row) if not gap >= identity.SAME_PERSON]
        made = generated_at(check, face.box)
        there = {i for i in edited if intersection(check.findings[i].box, face.box) > 0} | made
        theirs = {edited[k] for k in alike if k < len(edited)}  # the edited ones are the first
        if theirs or (alike and made):
            failed |= there or theirs
    return frozenset(failed)


def _others(check: Check, touched: Collection[int]) -> list[Finding]:
    """Return the faces of the original that were not edited as faces; unknown ones in the mask only."""
    others = [f for i, f in enumerate(check.findings) if f.kind == "face" and i not in check.edited]
    if all(check.findings[i].kind == "face" for i in touched):
        return others  # the region of a face holds that face
    known = [f for f in check.findings if f.kind == "face"]
    seen = [f for f in second_look(check.original) if masked_share(check.mask, f.box) > 0]
    return [*others, *(f for f in seen if all(iou(f.box, k.box) < _SAME for k in known))]


def _is_flat(check: Check, box: Box) -> bool:
    """Return whether the edited pixels of a box are of one colour: a shape may remain, a person not."""
    place = window(box)
    return is_flat(check.candidate[place][check.mask[place] > 0])
