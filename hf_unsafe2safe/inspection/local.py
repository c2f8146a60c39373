"""The embedded inspector: faces and text, on a CPU, without downloads."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..detectors import faces, pii_lines, text
from ..detectors.geometry import intersection
from ..records import Box, Finding, Inspection, ModelInfo, Pixels
from ..taxonomy import KINDS, TEXT_KINDS


class LocalInspector:
    """Find faces (CenterFace) and text (RapidOCR), and tell personal text from plain.

    Text on a person is personal whatever it says: name tags, badges, jerseys. The place of a person is
    taken from the face: see `person_box`.
    """

    models: tuple[ModelInfo, ...] = (*faces.MODELS, *text.MODELS)
    covers: tuple[str, ...] = KINDS

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return the faces, best first, then the lines of text of each image.

        Text is read only when `kinds` has a kind of text; faces tell whose text it is, so they are
        always looked for.
        """
        reads = not set(kinds).isdisjoint(TEXT_KINDS)
        return [self._inspect_one(rgb, reads=reads) for rgb in images]

    def _inspect_one(self, rgb: Pixels, *, reads: bool) -> Inspection:
        found = faces.find(rgb)
        lines = text.read(rgb) if reads else []
        return Inspection((*found, *classify_text(lines, [f.box for f in found])))


def classify_text(lines: Sequence[Finding], face_boxes: Sequence[Box]) -> list[Finding]:
    """Return the lines of text with their kinds, in the same order."""
    kinds = pii_lines.classify_lines([pii_lines.TextLine(f.text or "", f.box, f.score) for f in lines])
    people = [person_box(box) for box in face_boxes]
    return [
        replace(line, kind="person_text" if kind == "text" and _on_person(line, people) else kind)
        for line, kind in zip(lines, kinds, strict=True)
    ]


def person_box(face: Box) -> Box:
    """Return the box in which the person of a face may wear text, xyxy pixels, not clipped.

    Two face widths to either side of its middle and four face heights below: on a half-length portrait
    this holds name tags and badges, on a standing person the chest of a jersey.
    """
    x1, y1, x2, y2 = face
    middle, width, height = (x1 + x2) / 2, x2 - x1, y2 - y1
    return middle - 2 * width, y1 - height / 2, middle + 2 * width, y2 + 4 * height


def _on_person(line: Finding, people: Sequence[Box]) -> bool:
    # One letter, or the strokes that ribbons and buttons are read as, tell nobody's name.
    legible = sum(char.isalnum() for char in line.text or "") >= 2
    return legible and any(intersection(line.box, person) > 0 for person in people)
