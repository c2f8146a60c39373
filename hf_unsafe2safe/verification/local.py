"""The embedded verifier: looks at a candidate with other eyes than the inspector's.

Faces are looked for by another model family (SSD, confirmed by the face mesh) and by CenterFace on a
mirrored view at another size and turned to every side; text by the same OCR at another size, so for text
this is another view of the same model, not another model.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from ..detectors import face_presence, faces, faces_ssd, identity, text
from ..detectors.geometry import iou, suppress, window
from ..detectors.pii import classify
from ..inspection.personal_text import classified, legible
from ..records import Box, Check, Finding, ModelInfo, Pixels, Points, Verdict
from ..taxonomy import TEXT_KINDS
from ..views import is_flat

# The mirrored look, see `faces.look_side`; of large images three quarters.
MIRRORED_SIDES = (640, 960, faces.LARGEST_SIDE)
TURNED_SIDE = 480  # of the looks turned by 90, 180 and 270 degrees: photos without an orientation tag
INSIDE = 0.8  # a face with a smaller share in the mask is one that was missed
MUCH_LARGER = 4.0  # times the area: the reader sometimes takes a whole scene for one line
STILL_READABLE = 0.5  # a reading that shares this much with the original's counts as still there


class LocalVerifier:
    """Check that pixels outside the mask are untouched, that no known face or text is left, none missed."""

    models: tuple[ModelInfo, ...] = (*faces_ssd.MODELS, *faces.MODELS, *identity.MODELS, *text.MODELS)

    def verify(self, checks: Sequence[Check], kinds: Collection[str]) -> list[Verdict]:
        """Return one verdict a check; the order of its checks: shape, outside, faces, text."""
        return [self._verify_one(check, set(kinds)) for check in checks]

    def _verify_one(self, check: Check, kinds: set[str]) -> Verdict:
        if check.candidate.shape != check.original.shape or check.candidate.dtype != np.uint8:
            return Verdict(("wrong_shape",))
        changed = check.candidate is not check.original and (check.candidate != check.original).any(axis=-1)
        if (changed & (check.mask == 0)).any():
            return Verdict(("outside_changed",))
        parts = [_faces(check)] if "face" in kinds else []
        if not kinds.isdisjoint(TEXT_KINDS):
            parts.append(_text(check))
        return Verdict(
            tuple(reason for part in parts for reason in part.reasons),
            frozenset().union(*(part.failed for part in parts)),
            tuple(missed for part in parts for missed in part.missed),
        )


def second_look(rgb: Pixels) -> list[Finding]:
    """Return the faces that the second eyes see, best first."""
    views = [faces.look(rgb, faces.look_side(max(rgb.shape[:2]), MIRRORED_SIDES, 0.75), mirrored=True)]
    views += [faces.look(rgb, TURNED_SIDE, quarters=quarters) for quarters in (1, 2, 3)]
    seen = suppress([f for view in views for f in view], overlap=0.3)
    # Landmarks come from CenterFace only; where both see a face its box is the one that is kept.
    ours = face_presence.confirm(rgb, seen, strong=faces.STRONG)
    theirs = [f for f in faces_ssd.find(rgb) if all(iou(f.box, other.box) < 0.3 for other in ours)]
    return suppress([*ours, *theirs], overlap=0.5)


def _faces(check: Check) -> Verdict:
    seen = second_look(check.candidate)
    edited = [i for i in sorted(check.edited) if check.findings[i].kind == "face"]
    in_mask = [f for f in seen if _masked_share(check.mask, f.box) >= INSIDE]
    missed = [replace(f, source=f"verify:{f.source}") for f in seen if f not in in_mask]
    with_detail = [f for f in in_mask if not _is_flat(check, f.box)]
    failed = _same_person(check, with_detail, edited) if with_detail and edited else frozenset()
    reasons = (("face_remains",) if failed else ()) + (("face_missed",) if missed else ())
    return Verdict(reasons, failed, tuple(missed))


def _same_person(check: Check, seen: Sequence[Finding], edited: Sequence[int]) -> frozenset[int]:
    """Return which edited faces can still be recognised in a face of the candidate."""
    originals = identity.embed(check.original, [check.findings[i] for i in edited])
    gaps = identity.distance(originals, identity.embed(check.candidate, seen))  # (edited, seen)
    # Not `<`: a distance that is no number must not count as another person.
    return frozenset(i for i, row in zip(edited, gaps, strict=True) if not row.min() >= identity.SAME_PERSON)


def _text(check: Check) -> Verdict:
    edited = [i for i in sorted(check.edited) if check.findings[i].kind in TEXT_KINDS]
    again = text.read_crops(check.candidate, [_outline(check.findings[i]) for i in edited])
    failed = frozenset(
        i
        for i, now in zip(edited, again, strict=True)
        if still_readable(check.findings[i].text, now.text or "")
    )
    missed = _missed_text(check)
    reasons = (("text_remains",) if failed else ()) + (("text_missed",) if missed else ())
    return Verdict(reasons, failed, missed)


def _missed_text(check: Check) -> tuple[Finding, ...]:
    known = [_outline(f) for f in check.findings if f.kind in TEXT_KINDS]
    fresh = [
        outline
        for outline in text.locate(check.candidate)
        if not any(_same_line(outline, other) for other in known)
        and _masked_share(check.mask, _bounds(outline)) < 0.5
    ]
    lines = [f for f in text.read_crops(check.candidate, fresh) if legible(f)]
    others = [f for f in check.findings if f.kind in ("face", *TEXT_KINDS)]
    found = classified([*others, *lines])[len(others) :]
    return tuple(replace(f, source=f"verify:{f.source}") for f in found)


def _outline(finding: Finding) -> Points:
    x1, y1, x2, y2 = finding.box
    return finding.outline or ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def _same_line(outline: Points, known: Points) -> bool:
    """Return whether a line was found before; one that merely lies in a much larger find was not."""
    a, b = (np.array(points, np.float32) for points in (outline, known))
    area = max(cv2.contourArea(a), 1.0)
    shared, _ = cv2.intersectConvexConvex(cv2.convexHull(a), cv2.convexHull(b))
    return bool(shared > 0.5 * area and cv2.contourArea(b) < MUCH_LARGER * area)


def still_readable(before: str | None, now: str) -> bool:
    """Return whether a line says what it said, or anything personal.

    Where nobody knows what it said (None), anything that can be read counts.

    Example:
        >>> still_readable("Jane Doe", "JANE D0E"), still_readable("Jane Doe", "~ .")
        (True, False)
    """
    a, b = ("".join(c for c in line.casefold() if c.isalnum()) for line in (before or "", now))
    if not a or not b:
        return len(b) > 1
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return same >= max(2, STILL_READABLE * len(a)) or classify(now) != "text"


def _is_flat(check: Check, box: Box) -> bool:
    """Return whether the edited pixels of a box are of one colour: a shape may remain, a person not."""
    place = window(box)
    return is_flat(check.candidate[place][check.mask[place] > 0])


def _masked_share(mask: Pixels, box: Box) -> float:
    part = mask[window(box)]
    return float((part > 0).mean()) if part.size else 0.0


def _bounds(outline: Points) -> Box:
    xs, ys = zip(*outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
