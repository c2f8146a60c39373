"""What the text of an image is, looked at together with all else that was found.

A line may be personal only because of what is beside it: a label, a neighbour, the vehicle that it is on or
the person who wears it. So it is classified again whenever something is found later.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..detectors import plates
from ..detectors.geometry import intersection
from ..detectors.pii_lines import TextLine, classify_lines
from ..records import Box, Finding
from ..taxonomy import TEXT_KINDS


def classified(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of one image in the same order, plain text with the kind that it has among them.

    A kind that was found before stays: nothing personal becomes plain again.
    """
    # What a model saw and nobody read is no line: its box would turn the lines beside it.
    at = [i for i, f in enumerate(findings) if f.kind in TEXT_KINDS and f.kind != "private_text"]
    lines = [findings[i] for i in at]
    kinds = classify_lines([TextLine(f.text or "", f.box, f.score, f.outline) for f in lines])
    on_plate = plates.find(lines, [f.box for f in findings if f.kind == "vehicle"])
    people = [person_box(f) for f in findings if f.kind == "face"]
    result = list(findings)
    for i, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        if line.kind == "text":
            result[at[i]] = replace(line, kind=_kind(line, kind, i in on_plate, people))
    return result


def _kind(line: Finding, kind: str, on_plate: bool, people: Sequence[Box]) -> str:
    if kind != "text":
        return kind
    if on_plate:
        return "plate"
    return "person_text" if _on_person(line, people) else "text"


def legible(line: Finding) -> bool:
    """Return whether at least two letters or digits were read.

    A lone sign is what the reader makes of a cup or an eye, strokes are ribbons: they tell nobody's name.
    """
    return sum(map(str.isalnum, line.text or "")) >= 2


def _on_person(line: Finding, people: Sequence[Box]) -> bool:
    return legible(line) and any(intersection(line.box, person) > 0 for person in people)


def person_box(face: Finding) -> Box:
    """Return the box in which the person of a face may wear text, xyxy pixels, not clipped.

    Two face widths to either side of its middle and four face heights below: on a half-length portrait
    this holds name tags and badges, on a standing person the chest of a jersey. Below is where the mouth
    is from the eyes; without landmarks it may be on any side.
    """
    x1, y1, x2, y2 = face.box
    width, height = x2 - x1, y2 - y1
    middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    below = _below(face)
    if below is None:
        reach = 4.5 * max(width, height)
        return (*(middle - reach).tolist(), *(middle + reach).tolist())
    beside = np.array([-below[1], below[0]])
    size_below, size_beside = (abs(v) @ [width, height] for v in (below, beside))
    corners = [
        middle + below * along * size_below + beside * across * size_beside
        for along in (-1, 4.5)
        for across in (-2, 2)
    ]
    return (*np.min(corners, axis=0).tolist(), *np.max(corners, axis=0).tolist())


def _below(face: Finding) -> np.ndarray | None:
    """Return the unit vector from the eyes to the mouth, None where that is not known."""
    if face.landmarks is None:
        return None
    left_eye, right_eye, _, left, right = np.array(face.landmarks, np.float64)
    down = (left + right - left_eye - right_eye) / 2
    length = float(np.linalg.norm(down))
    return down / length if length > 0 else None
