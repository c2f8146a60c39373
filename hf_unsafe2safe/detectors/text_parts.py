"""Lines of text as shapes: how long and high they are along their own axes, and where others lie then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..records import Finding, Points


@dataclass(frozen=True)
class Part:
    """A line in its own axes.

    Args:
        center: In pixels.
        along: Unit vector along the text; which end comes first is not known.
        length: In pixels.
        height: In pixels.
        corners: In pixels.
        signs: How many letters and digits it has.
    """

    center: tuple[float, float]
    along: tuple[float, float]
    length: float
    height: float
    corners: Points
    signs: int

    def span(self, other: "Part", *, across: bool) -> tuple[float, float]:
        """Return from where to where another part reaches in these axes; 0 is this one's center."""
        (cx, cy), (ax, ay) = self.center, self.along
        ux, uy = (-ay, ax) if across else (ax, ay)
        places = [(x - cx) * ux + (y - cy) * uy for x, y in other.corners]
        return min(places), max(places)


def part_of(line: Finding) -> Part:
    """Return a line that was read in its own axes."""
    x1, y1, x2, y2 = line.box
    corners: Points = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    if line.outline is not None and len(line.outline) == 4:
        corners = line.outline
    (ax, ay), (bx, by), (cx, cy), _ = corners
    dx, dy = bx - ax, by - ay
    length, height = math.hypot(dx, dy), math.hypot(cx - bx, cy - by)
    if height > 1.5 * length:  # the reader, too, takes such a line along its longer side
        length, height, dx, dy = height, length, cx - bx, cy - by
    along = (dx / length, dy / length) if length > 0 else (1.0, 0.0)
    center = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    return Part(center, along, length, height, corners, sum(map(str.isalnum, line.text or "")))


def extent(parts: Sequence[Part]) -> tuple[float, float]:
    """Return the length and the height of all parts together, in pixels along the longest of them."""
    longest = max(parts, key=lambda part: part.length)
    along, across = ([longest.span(part, across=side) for part in parts] for side in (False, True))
    length, height = (max(b for _, b in spans) - min(a for a, _ in spans) for spans in (along, across))
    return length, height
