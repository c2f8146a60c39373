"""An evaluation as plain text for a terminal, without colours."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from ..results import Evaluation, Result
from . import words

ARROWS = {"higher": "↑", "lower": "↓", "": "·"}
PLAIN_ARROWS = {"higher": "up", "lower": "down", "": "-"}
_NARROWEST_TITLE = 18  # columns; where less is left, the baselines get a line of their own
_GAP = " "
_LEGEND = "{up} higher is better, {down} lower is better; "


def table(evaluation: Evaluation, width: int = 100, *, plain: bool = False) -> str:
    """Return figures by dimension, rows that count for none, and what was not run.

    Args:
        evaluation: What was found.
        width: Columns of the terminal, at least 40.
        plain: Words instead of arrows, for terminals that show ASCII alone.
    """
    arrows = PLAIN_ARROWS if plain else ARROWS
    blocks = [wrap(f"{evaluation.subject}: {words.counted(evaluation)}", width)]
    blocks += _table(evaluation.results, width, arrows)
    if evaluation.results:
        legend = _LEGEND.format(up=arrows["higher"], down=arrows["lower"]) + words.LEGEND
        blocks.append(wrap(legend, width))
    excluded = [
        f"{result.title}: {words.tally(result.figure.excluded)}"
        for result in evaluation.results
        if result.figure.excluded
    ]
    blocks += _listed("Rows that do not count", excluded, width)
    blocks += _listed("Not run", [f"{one.title}: {one.reason}" for one in evaluation.not_run], width)
    return "\n\n".join([*blocks, wrap(words.LIMITS, width)])


def columns(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    """Return cells in columns: the first broken over lines where it is too long, the others to the right.

    Args:
        rows: Lines of cells; a line of one cell is a heading.
        widths: Of the columns.

    Example:
        >>> print(columns([["name", "value"], ["a long name", "1"]], [7, 5]))
        name    value
        a long      1
          name
    """
    lines = []
    for first, *others in rows:
        names = textwrap.wrap(clean(first), widths[0], subsequent_indent="  ") or [""]
        cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=False)]
        lines.append(_GAP.join([f"{names[0]:<{widths[0]}}", *cells]).rstrip())
        lines += names[1:]
    return "\n".join(lines)


def clean(text: str) -> str:
    r"""Return text on one line without what a terminal would obey.

    Example:
        >>> clean("a\x1b[2Jb\n\u202ec")
        'a [2Jb c'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def titled(result: Result, arrows: Mapping[str, str] = ARROWS) -> str:
    """Return the title of a metric with its unit, and which way is better before it."""
    name = f"{arrows.get(result.better, arrows[''])} {result.title}"
    return clean(f"{name}, {result.unit}" if result.unit else name)


def wrap(text: str, width: int) -> str:
    """Return text broken at a width."""
    return "\n".join(textwrap.wrap(clean(text), width))


def _listed(title: str, items: Iterable[str], width: int) -> list[str]:
    lines = [
        line
        for item in items
        for line in textwrap.wrap(clean(item), width, initial_indent="  ", subsequent_indent="    ")
    ]
    return ["\n".join([title, *lines])] if lines else []


def _table(results: Sequence[Result], width: int, arrows: dict[str, str]) -> list[str]:
    names = words.baselines(results)
    head = ["value", "[95 %]", "rows", *(f"{clean(name)} " for name in names)]
    cells = {result.metric: _cells(result, names) for result in results}
    widths = [max(map(len, column)) for column in zip(head, *cells.values(), strict=True)]
    widths[1:3] = [width + 1 for width in widths[1:3]]
    left = width - sum(widths) - len(_GAP) * len(widths)
    longest = max((len(titled(result, arrows)) for result in results), default=0)
    if left >= _NARROWEST_TITLE:
        shown = len(head)
    else:
        shown = 3
        left = max(_NARROWEST_TITLE, width - sum(widths[:shown]) - shown * len(_GAP))
    blocks = []
    for group, members in words.groups(results).items():
        rows = [[words.group_title(group).upper(), *head[:shown]]]
        rows += [[titled(one, arrows), *cells[one.metric][:shown]] for one in members]
        blocks.append((rows, members))
    widths = [min(left, longest), *widths[:shown]]
    if shown == len(head):
        return [columns(rows, widths) for rows, _ in blocks]
    return [_narrow(rows, members, widths, width) for rows, members in blocks]


def _narrow(rows: list[list[str]], members: list[Result], widths: list[int], width: int) -> str:
    lines = [columns(rows[:1], widths)]
    for row, result in zip(rows[1:], members, strict=True):
        beside = ", ".join(
            f"{name} {words.baseline(result.baselines[name])}" for name in words.baselines([result])
        )
        lines.append(columns([row], widths))
        lines += textwrap.wrap(clean(beside), width, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def _cells(result: Result, names: Iterable[str]) -> list[str]:
    beside = [words.baseline(result.baselines.get(name)) for name in names]
    # A space where others have a mark, so that the numbers stand below each other.
    marked = [cell if cell.endswith(words.BEYOND_CHANCE) else f"{cell} " for cell in beside]
    figure = result.figure
    return [words.number(figure.value), words.interval(figure), f"{figure.rows:,}", *marked]
