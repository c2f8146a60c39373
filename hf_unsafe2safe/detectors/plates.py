"""Number plates among the lines that OCR read: by their format, their shape and the vehicles around them.

There is no detector of plates. A format that little else has counts anywhere ("strict"); some letters and
digits ("loose") count on a vehicle and after a label ("Reg. No."). What OCR does not read is not found.
"""

from collections.abc import Sequence

from ..records import Box, Finding
from .plate_formats import format_of
from .plate_labels import is_label, is_labelled
from .plate_layout import MOST, groups, is_beside, is_stacked
from .text_parts import Part, extent, part_of

# Length over height of the text, of one row and of more. A plate is 1.5 to 5 times as long as high, a row of
# its text up to 8, typed up to 10; seen from the side half of that.
SHAPES = {1: (1.2, 10.0), 2: (0.6, 10.0)}
AROUND = 0.15  # of a vehicle's box on each side: bumpers and trailers stick out of it
TALLEST = 0.3  # of the shorter side of a vehicle's box; a row is 0.05 to 0.15, more where the box is cut off


def find(lines: Sequence[Finding], vehicles: Sequence[Box]) -> set[int]:
    """Return the indices of the lines that are a number plate or a part of one.

    Parts of a row and two rows are read together; away from vehicles only where nothing else is near, since
    tables are full of such neighbours. A loose format counts where every part has its middle in a vehicle's
    box grown by `AROUND` and is not taller than `TALLEST` of it.

    Args:
        lines: As `text.read` returns them; the order does not matter.
        vehicles: Boxes in xyxy pixels.

    Example:
        >>> line = Finding("text", 0.9, (10, 80, 60, 90), "any", text="ABC 123")
        >>> find([line], []), find([line], [(0, 0, 90, 100)])
        (set(), {0})
    """
    texts = [line.text or "" for line in lines]
    every = [part_of(line) for line in lines]
    parts = {i: part for i, part in enumerate(every) if 0 < part.signs <= MOST}
    found = {i for i, text in enumerate(texts) if is_labelled(text)}
    for group, alone in groups(parts):
        members = [parts[i] for i in group]
        on_vehicle = any(all(_is_on(part, vehicle) for part in members) for vehicle in vehicles)
        if (on_vehicle or alone or len(group) == 1) and not found.issuperset(group) and _has_shape(members):
            formats = {format_of(" ".join(texts[i] for i in order)) for order in (group, group[::-1])}
            if "strict" in formats or ("loose" in formats and on_vehicle):
                found.update(group)
    for label in (part for part, text in zip(every, texts, strict=True) if is_label(text)):
        values = (i for i, p in parts.items() if is_stacked(label, p) or is_beside(label, p, apart=8))
        found.update(i for i in values if format_of(texts[i]))
    return found


def _has_shape(group: Sequence[Part]) -> bool:
    least, most = SHAPES[min(len(group), 2)]
    length, height = extent(group)
    shape = length / height if height else 1.0  # no size: no plate that anyone could read
    return not (shape < least or shape > most)


def _is_on(part: Part, vehicle: Box) -> bool:
    """Return whether a line has its middle on a vehicle, or close to it, and is not too tall for it."""
    (x, y), (x1, y1, x2, y2) = part.center, vehicle
    dx, dy = AROUND * (x2 - x1), AROUND * (y2 - y1)
    outside = x < x1 - dx or x > x2 + dx or y < y1 - dy or y > y2 + dy
    return not (outside or part.height > TALLEST * min(x2 - x1, y2 - y1))
