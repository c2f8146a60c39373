"""Text in a candidate: by the same OCR at another scale, so another view of the same model."""

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

import cv2
import numpy as np

from ..detectors import text
from ..detectors.pii import classify
from ..inspection.joined import classified, legible
from ..records import Box, Check, Finding, Points, Verdict
from ..taxonomy import TEXT_KINDS
from .common import edited_of, generated_at, masked_share, verdict

MUCH_LARGER = 4.0  # times the area: the reader sometimes takes a whole scene for one line
STILL_READABLE = 0.5  # a reading that shares this much with the original's counts as still there
SAME_LETTERS = 4  # in a row, that a line elsewhere has of an original: a first name
ALIKE = 0.6  # twice the letters shared, in order, by those of both: what the reader makes of the same line
INSIDE = 0.5  # a line with a smaller share in the mask is one that was not edited


def check_texts(check: Check, kinds: Collection[str]) -> Verdict:
    """Return which edited lines can still be read, and the lines that were not known.

    Whatever the kinds, what was generated must say nothing that the original said, and nothing personal.
    """
    edited = edited_of(check, TEXT_KINDS)
    again = text.read_crops(check.candidate, [_outline(check.findings[i]) for i in edited])
    failed = {
        i
        for i, now in zip(edited, again, strict=True)
        if still_readable(check.findings[i].text, now.text or "")
    }
    asked = not set(TEXT_KINDS).isdisjoint(kinds)
    lines = text.locate(check.candidate) if asked or check.generated else []
    missed = _missed(check, lines) if asked else []
    return verdict("text", failed | _written(check, lines), missed)


def _written(check: Check, located: Sequence[Points]) -> set[int]:
    """Return the generated findings in which a line says what any line of the original said."""
    inside = [line for line in located if masked_share(check.mask, _bounds(line)) >= INSIDE]
    written = [line for line in inside if generated_at(check, _bounds(line))]
    if not written:
        return set()
    # What the original says there, and where else it was repainted: a policy about faces read no text before.
    lines = [line for line in text.locate(check.original) if generated_at(check, _bounds(line))]
    before = text.read_crops(check.original, [*written, *lines])
    known = [f.text for f in (*check.findings, *before) if f.text]
    failed: set[int] = set()
    for line, now in zip(written, text.read_crops(check.candidate, written), strict=True):
        if classify(now.text or "") != "text" or any(reads_like(said, now.text or "") for said in known):
            failed |= generated_at(check, _bounds(line))
    return failed


def _missed(check: Check, located: Sequence[Points]) -> list[Finding]:
    # What nobody read hides no line, unless it is edited.
    lines = [f for i, f in enumerate(check.findings) if f.text is not None or i in check.edited]
    known = [_outline(f) for f in lines if f.kind in TEXT_KINDS]
    fresh = [
        outline
        for outline in located
        if not any(_same_line(outline, other) for other in known)
        and masked_share(check.mask, _bounds(outline)) < INSIDE
    ]
    lines = [f for f in text.read_crops(check.candidate, fresh) if legible(f)]
    return classified([*check.findings, *lines])[len(check.findings) :]


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
    a, b = _letters(before or ""), _letters(now)
    if not a or not b:
        return len(b) > 1
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return same >= max(2, STILL_READABLE * len(a)) or classify(now) != "text"


def reads_like(before: str, now: str) -> bool:
    """Return whether a line says a part of what another one said, wherever that was.

    Any of many lines may be meant, so that a few shared letters tell less than at the place of one line.

    Example:
        >>> [reads_like("Name: Jane Doe", now) for now in ("JANET", "N4ME J4NE D0E", "OPEN")]
        [True, True, False]
    """
    a, b = _letters(before), _letters(now)
    if len(a) < 2 or len(b) < 2:
        return False
    blocks = SequenceMatcher(None, a, b, autojunk=False)
    longest = max(block.size for block in blocks.get_matching_blocks())
    return longest >= SAME_LETTERS or blocks.ratio() >= ALIKE


def _letters(line: str) -> str:
    return "".join(c for c in line.casefold() if c.isalnum())


def _bounds(outline: Points) -> Box:
    xs, ys = zip(*outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
