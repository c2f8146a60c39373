"""Documents by their text: blocks of many lines that follow each other, such as letters, receipts, pages.

There is no detector of paper. What has fewer than `LEAST_ROWS` rows that OCR can see is no document here: an
identity card with little text, a page seen too small or out of focus.
"""

from collections.abc import Sequence
from statistics import median

import numpy as np

from ..records import Box, Finding
from .geometry import clip
from .text_parts import Part, extent, part_of

NAME = "text_block"
LEAST_ROWS = 6  # a road sign or a shop front has up to five
LEAST_COVER = 0.15  # of a block's area: the rows of a letter cover half of it, of a form a quarter
BETWEEN = 2.0  # heights of a line between one row and the next, a blank line included
BESIDE = 4.0  # heights of a line between two columns
GROWN = 1.5  # heights of a line: the margin of paper around a block


def find(lines: Sequence[Finding], size_wh: tuple[int, int]) -> list[Finding]:
    """Return the blocks of dense text as findings of the kind `document`, best first.

    Args:
        lines: As `text.read` returns them, in any rotation; the order does not matter.
        size_wh: Of the image.

    Returns:
        Upright boxes around blocks of at least `LEAST_ROWS` rows. The score is 0.5 for the fewest and rises
        with every row to 1.
    """
    parts = [part_of(line) for line in lines]
    parts = [part for part in parts if part.signs >= 2 and part.height > 0]
    found = []
    for block in _blocks(parts):
        rows = _rows(block)
        if rows >= LEAST_ROWS and _cover(block) >= LEAST_COVER:
            score = 1 - 0.5 ** (rows / LEAST_ROWS)
            found.append(Finding("document", score, _around(block, size_wh), NAME))
    return sorted(found, key=lambda f: (-f.score, f.box))


def _blocks(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts in groups: those that neighbours join, directly or through others."""
    centers = np.array([part.center for part in parts]).reshape(-1, 2)
    reach = np.array([part.length / 2 + (1 + BESIDE) * part.height for part in parts])
    left, blocks = np.ones(len(parts), bool), []
    for start in range(len(parts)):
        block = [start] if left[start] else []
        left[start] = False
        for i in block:  # grows while it is walked
            near = np.nonzero(left & (np.hypot(*(centers - centers[i]).T) <= reach + reach[i]))[0]
            follow = [j for j in near.tolist() if _follows(parts[i], parts[j])]
            left[follow] = False
            block += follow
        blocks += [[parts[i] for i in block]] if block else []
    return blocks


def _follows(a: Part, b: Part) -> bool:
    """Return whether two parallel lines of like height are neighbours in a block of text."""
    (left, right), (top, bottom) = a.span(b, across=False), a.span(b, across=True)
    least, most = sorted((a.height, bottom - top))
    below, beside = max(top, -bottom) - a.height / 2, max(left, -right) - a.length / 2
    return most <= 2.5 * least and below <= BETWEEN * least and beside <= (BESIDE if below < 0 else 0) * least


def _rows(block: Sequence[Part]) -> int:
    """Return how many rows a block has, what stands beside each other being one."""
    longest = max(block, key=lambda part: part.length)
    middles = sorted(sum(longest.span(part, across=True)) / 2 for part in block)
    height = median(part.height for part in block)
    rows, last = 0, float("-inf")
    for middle in middles:
        if middle - last > height / 2:
            rows, last = rows + 1, middle
    return rows


def _cover(block: Sequence[Part]) -> float:
    """Return which share of a block its lines cover."""
    length, height = extent(block)
    return sum(part.length * part.height for part in block) / max(length * height, 1.0)


def _around(block: Sequence[Part], size_wh: tuple[int, int]) -> Box:
    margin = GROWN * median(part.height for part in block)
    xs, ys = zip(*(corner for part in block for corner in part.corners), strict=True)
    return clip((min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin), size_wh)
