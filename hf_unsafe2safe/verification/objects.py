"""Persons, vehicles and screens: the same detector on the mirror image, so another view of the same model."""

from collections.abc import Collection, Sequence

from ..detectors import objects, persons
from ..records import Check, Finding, SceneObject, Verdict
from .common import masked_share, verdict

SURE = 0.45  # what only the mirrored look sees: a flag, a helmet and an engine were persons with up to 0.39
INSIDE = 0.8  # a find with a smaller share in the mask is one that was missed


def check_objects(check: Check, kinds: Collection[str]) -> Verdict:
    """Return the objects of these kinds that the mask leaves out.

    They are looked for in the original: outside the mask it is the candidate, and inside it the detector
    would see a person in the very shape that was filled, and others in the patches around. Below every known
    face there is a body, except where the face stays by consent.
    """
    seen = objects.find(check.original, mirrored=True)
    found = [*(_people(check, seen) if "person" in kinds else ()), *objects.risks(seen)]
    # Not `>=`: a score that is no number counts.
    wanted = [f for f in found if f.kind in kinds and not (f.source == objects.NAME and f.score < SURE)]
    return verdict("object", (), [f for f in wanted if not _was_edited(check, f)])


def _people(check: Check, seen: Sequence[SceneObject]) -> list[Finding]:
    """Return the persons seen and those below the known faces, without those who stay by consent."""
    faces = [f for f in check.findings if f.kind == "face"]
    people = persons.find(check.original, seen, faces)
    theirs = persons.face_of(people, faces)
    kept = {i for i, face in theirs.items() if faces[face].consented}
    return [person for i, person in enumerate(people) if i not in kept]


def _was_edited(check: Check, found: Finding) -> bool:
    if masked_share(check.mask, found.box) >= INSIDE:
        return True
    return found.kind == "person" and persons.share_inside(check.original, found.box, check.mask) >= INSIDE
