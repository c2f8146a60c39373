"""Text in a candidate: by the same OCR at another scale, so another view of the same model."""

from collections.abc import Collection
from difflib import SequenceMatcher

import cv2
import numpy as np

from ..detectors import text
from ..detectors.pii import classify
from ..inspection.joined import classified, legible
from ..records import Box, Check, Finding, Points, Verdict
from ..taxonomy import TEXT_KINDS
from .common import edited_of, masked_share, verdict

MUCH_LARGER = 4.0  # times the area: the reader sometimes takes a whole scene for one line
STILL_READABLE = 0.5  # a reading that shares this much with the original's counts as still there


def check_texts(check: Check, kinds: Collection[str]) -> Verdict:
    """Return which edited lines can still be read, and the lines that were not known."""
    edited = edited_of(check, TEXT_KINDS)
    again = text.read_crops(check.candidate, [_outline(check.findings[i]) for i in edited])
    failed = frozenset(
        i
        for i, now in zip(edited, again, strict=True)
        if still_readable(check.findings[i].text, now.text or "")
    )
    return verdict("text", failed, _missed(check))


def _missed(check: Check) -> list[Finding]:
    # What nobody read hides no line, unless it is edited.
    lines = [f for i, f in enumerate(check.findings) if f.text is not None or i in check.edited]
    known = [_outline(f) for f in lines if f.kind in TEXT_KINDS]
    fresh = [
        outline
        for outline in text.locate(check.candidate)
        if not any(_same_line(outline, other) for other in known)
        and masked_share(check.mask, _bounds(outline)) < 0.5
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
    a, b = ("".join(c for c in line.casefold() if c.isalnum()) for line in (before or "", now))
    if not a or not b:
        return len(b) > 1
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return same >= max(2, STILL_READABLE * len(a)) or classify(now) != "text"


def _bounds(outline: Points) -> Box:
    xs, ys = zip(*outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
