"""The kinds of all lines on a page: labels beside their values, numbers split over boxes, address blocks."""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..records import Box, Points
from .pii import RANK, WINDOW, classify
from .pii_formats import fold, normalise
from .pii_labels import fits, label_only
from .pii_names import CONTINUED

_Near = dict[int, tuple[float, int]]  # index of a box: gap in text heights, index of its neighbour


@dataclass(frozen=True)
class TextLine:
    """One line that OCR read.

    Args:
        text: Kept out of repr.
        box: xyxy in pixels.
        score: OCR's, in [0, 1].
        outline: Its corners, the first two along the reading; None where it runs from left to right.
    """

    text: str = field(repr=False)
    box: Box
    score: float
    outline: Points | None = None


def classify_lines(lines: Sequence[TextLine]) -> list[str]:
    """Return one kind a line, same order; neighbours on the page count, the order of `lines` does not.

    A label alone stays text and gives its kind to the value beside it, and to the one below where that is
    nearer; the parts of a row are also read together; postcode and city go on with the address above them,
    and so do lines with a number below an address with a label. What is beside or below is told by
    the way in which most of the text runs: a page may lie at any angle.

    Example:
        >>> page = [TextLine("Surname", (0, 0, 70, 20), 0.9), TextLine("Doe", (90, 0, 130, 20), 0.9)]
        >>> classify_lines(page)
        ['text', 'name']
    """
    keys = list(zip(_upright(lines), [line.text for line in lines], strict=True))
    page = sorted(set(keys))
    kinds = dict(zip(page, _classify_page([box for box, _ in page], [text for _, text in page]), strict=True))
    return [kinds[key] for key in keys]


def _upright(lines: Sequence[TextLine]) -> list[tuple[float, ...]]:
    """Return the boxes of a page that is turned back until most of its text runs from left to right."""
    corners = [line.outline or _corners(line.box) for line in lines]
    # The order of the lines must not change the sums, not even in their last digit.
    ways = [(c[1][0] - c[0][0], c[1][1] - c[0][1]) for c in corners]
    along, down = (math.fsum(way[axis] for way in ways if all(map(math.isfinite, way))) for axis in (0, 1))
    length = math.hypot(along, down)
    if down == 0 <= along:
        return [tuple(map(float, line.box)) for line in lines]
    cos, sin = along / length, down / length
    turned = [[(x * cos + y * sin, y * cos - x * sin) for x, y in c] for c in corners]
    return [
        (min(x for x, _ in c), min(y for _, y in c), max(x for x, _ in c), max(y for _, y in c))
        for c in turned
    ]


def _corners(box: Box) -> Points:
    x1, y1, x2, y2 = box
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


def _classify_page(boxes: list[tuple[float, ...]], texts: list[str]) -> list[str]:
    kinds, texts = [classify(text) for text in texts], [normalise(text[:WINDOW]) for text in texts]
    labels = [label_only(text) if len(text) < 80 else None for text in texts]
    right, left, below = _neighbours(boxes)
    # A part follows another where each is the other's nearest, one and a half text heights away at most.
    follows = {
        i: j
        for i, (gap, j) in right.items()
        if gap <= 1.5 and left[j][1] == i and labels[i] is labels[j] is None
    }
    for start in set(range(len(texts))).difference(follows.values()):
        chain = [start]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        _join(chain, texts, kinds)
    blocks = set()  # lines of an address under its label
    for i, kind in ((i, kind) for i, kind in enumerate(labels) if kind):
        # Arabic and Hebrew forms have the value on the left of its label.
        beside = left if re.search(r"[\u0590-\u08ff]", texts[i]) else right
        near = [side[i] for side in (beside, below) if i in side]
        values = [(gap, j) for gap, j in near if not labels[j] and fits(kind, texts[j])]
        for value in {values[0][1], min(values)[1]} if values else ():
            blocks |= {value} if kind == "address" else set()
            part: int | None = value
            while part is not None:
                kinds[part] = min(kinds[part], kind, key=RANK.__getitem__)
                part = follows.get(part)
    for i in sorted(range(len(texts)), key=lambda i: boxes[i][1]):
        j = below[i][1] if i in below and (i in blocks or kinds[i] == "address") else i
        if j != i and not labels[j]:
            goes_on = i in blocks and re.search(r"\d", texts[j])
            blocks |= {j} if goes_on else set()
            if goes_on or CONTINUED.match(fold(texts[j])):
                kinds[j] = min(kinds[j], "address", key=RANK.__getitem__)
    return kinds


def _neighbours(boxes: list[tuple[float, ...]]) -> tuple[_Near, _Near, _Near]:
    """Return the nearest box on the right, on the left and below of every box."""
    right, left, below = _Near(), _Near(), _Near()
    order = sorted(range(len(boxes)), key=lambda i: boxes[i][1])
    for at, i in enumerate(order):
        for j in itertools.islice(order, at + 1, None):
            if boxes[j][1] > boxes[i][3] + 1.5 * max(boxes[i][3] - boxes[i][1], 1.0):
                break
            first, second = (i, j) if boxes[i][0] <= boxes[j][0] else (j, i)
            (x0, y0, x1, y1), (u0, v0, _, v1) = boxes[first], boxes[second]
            height = max(min(y1 - y0, v1 - v0), 1.0)
            if min(y1, v1) - max(y0, v0) >= height / 2:
                gap = (u0 - x1) / height
                if -0.5 <= gap <= 8 and x0 < u0:
                    right[first] = min(right.get(first, (9.0, -1)), (gap, second))
                    left[second] = min(left.get(second, (9.0, -1)), (gap, first))
            elif u0 < x1 and (gap := (boxes[j][1] - boxes[i][3]) / height) <= 1.5:
                below[i] = min(below.get(i, (9.0, -1)), (gap, j))
    return right, left, below


def _join(chain: list[int], texts: list[str], kinds: list[str]) -> None:
    """Read parts of one row together, short stretches first; all parts get the kind that none had alone."""
    for size in range(2, min(len(chain), 8) + 1):
        for parts in (chain[at : at + size] for at in range(len(chain) - size + 1)):
            # Only numbers come in more than three parts.
            if size <= 3 or all(re.search(r"\d", texts[i]) for i in parts):
                kind = classify(" ".join(texts[i] for i in parts))
                if all(RANK[kind] < RANK[kinds[i]] for i in parts):
                    for i in parts:
                        kinds[i] = kind
    for i, j in itertools.chain(itertools.pairwise(chain), itertools.pairwise(chain[::-1])):
        # "12 March" "2021": digits beside a number that already proves itself belong to it.
        if (
            kinds[i] in ("iban", "card", "phone", "date")
            and kinds[j] == "text"
            and re.fullmatch(r"[\d ()./*-]+", texts[j])
        ):
            kinds[j] = kinds[i]
    for i, j in itertools.pairwise(chain):
        # "Mr." "Marcus" "Delgado"
        if kinds[i] == "name" and kinds[j] == "text" and re.fullmatch(r"[^\W\d_][\w'.-]+", texts[j]):
            kinds[j] = "text" if texts[j][0].islower() else "name"
