"""Which short lines of text can be one number plate by their place: a line, parts of a row, two rows."""

from collections.abc import Iterator
from itertools import islice

from .text_parts import Part

MOST = 13  # letters and digits of the longest plate, the code of its country included


def groups(parts: dict[int, Part]) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Yield what may be one plate: single parts, two or three of a row, two rows of one or two parts each.

    Every group has to be read backwards as well, since it is not known where a turned line begins.

    Returns:
        Indices into `parts`, and whether no other part is beside, above or below them.
    """
    beside, stacked = _neighbours(parts)
    threes = {(i, j, k) for i in parts for j in beside[i] for k in beside[j] if i < k}
    rows = {i: [(i,), *((i, j) for j in beside[i]), *((j, i) for j in beside[i])] for i in parts}
    twos = {r + s for i in parts for j in stacked[i] if i < j for r in rows[i] for s in rows[j]}
    pairs = {(i, j) for i in parts for j in beside[i] if i < j}
    for group in [*((i,) for i in parts), *sorted(pairs), *sorted(threes), *sorted(twos)]:
        if len({*group}) == len(group) and sum(parts[i].signs for i in group) <= MOST:
            yield group, {*group}.issuperset(j for i in group for j in beside[i] | stacked[i])


def _neighbours(parts: dict[int, Part]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """Return, for every part, those beside it and those right above or below it."""
    beside: dict[int, set[int]] = {i: set() for i in parts}
    stacked: dict[int, set[int]] = {i: set() for i in parts}
    tops = {i: min(y for _, y in part.corners) for i, part in parts.items()}
    order = sorted(parts, key=lambda i: (tops[i], i))
    for at, i in enumerate(order):
        reach = max(y for _, y in parts[i].corners) + 2 * parts[i].height
        for j in islice(order, at + 1, None):
            if tops[j] > reach:
                break
            a, b = (i, j) if parts[i].length >= parts[j].length else (j, i)
            if is_beside(parts[a], parts[b]):
                beside[i].add(j)
                beside[j].add(i)
            elif is_stacked(parts[a], parts[b]):
                stacked[i].add(j)
                stacked[j].add(i)
    return beside, stacked


def is_beside(a: Part, b: Part, *, apart: float = 2) -> bool:
    """Return whether two lines of like height stand in one row, so many heights apart at most."""
    (left, right), (top, bottom) = a.span(b, across=False), a.span(b, across=True)
    gap, lower = max(left, -right) - a.length / 2, min(a.height, bottom - top)
    return (
        max(a.height, bottom - top) <= 2 * lower
        and abs(top + bottom) <= lower  # twice the distance of the middles
        and -lower / 2 <= gap <= apart * lower
    )


def is_stacked(a: Part, b: Part) -> bool:
    """Return whether two lines stand one above the other like the rows of a plate."""
    (left, right), (top, bottom) = a.span(b, across=False), a.span(b, across=True)
    gap, lower = max(top, -bottom) - a.height / 2, min(a.height, bottom - top)
    shared = min(right, a.length / 2) - max(left, -a.length / 2)
    return (
        max(a.height, bottom - top) <= 3 * lower  # Japan's upper row is half as high as the lower one
        and shared >= (right - left) / 2
        and -0.75 * lower <= gap <= lower  # outlines have margins, those of short lines are tilted
    )
