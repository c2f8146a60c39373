"""Faces in a candidate, by other eyes.

Another model family (SSD, confirmed by the face mesh), and CenterFace on a mirrored view at another size and
turned to every side.
"""

from collections.abc import Collection, Sequence

from ..detectors import face_presence, faces, faces_ssd, identity
from ..detectors.geometry import intersection, iou, suppress, window
from ..records import Box, Check, Finding, Pixels, Verdict
from ..views import is_flat
from .common import consented, edited_of, masked_share, verdict

# The mirrored look, see `faces.look_side`; of large images three quarters.
MIRRORED_SIDES = (640, 960, faces.LARGEST_SIDE)
TURNED_SIDE = 480  # of the looks turned by 90, 180 and 270 degrees: photos without an orientation tag
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
    """Return which edited faces can be recognised, and the faces outside the mask."""
    seen = second_look(check.candidate)
    edited = edited_of(check, ("face",))
    in_mask = [f for f in seen if masked_share(check.mask, f.box) >= INSIDE]
    missed = [f for f in seen if f not in in_mask and not consented(f, check.findings)]
    with_detail = [f for f in in_mask if not _is_flat(check, f.box)]
    failed = _recognisable(check, with_detail, edited) if with_detail and edited else frozenset()
    return verdict("face", failed, missed)


def _recognisable(check: Check, seen: Sequence[Finding], edited: Sequence[int]) -> frozenset[int]:
    """Return which edited faces left someone to recognise: whoever it is, the region that shows him failed.

    Small faces of strangers lie near each other: were it the one who is recognised that failed, a face that
    is long gone would fail for what another region shows.
    """
    originals = identity.embed(check.original, [check.findings[i] for i in edited])
    gaps = identity.distance(identity.embed(check.candidate, seen), originals)  # (seen, edited)
    failed: set[int] = set()
    for face, row in zip(seen, gaps, strict=True):
        # Not `<`: a distance that is no number must not count as another person.
        known = {i for i, gap in zip(edited, row, strict=True) if not gap >= identity.SAME_PERSON}
        there = {i for i in edited if intersection(check.findings[i].box, face.box) > 0}
        failed |= (there or known) if known else set()
    return frozenset(failed)


def _is_flat(check: Check, box: Box) -> bool:
    """Return whether the edited pixels of a box are of one colour: a shape may remain, a person not."""
    place = window(box)
    return is_flat(check.candidate[place][check.mask[place] > 0])
