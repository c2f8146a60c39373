"""Plots of metrics: figures with intervals beside the baselines, and how the rows are distributed.

They are matplotlib's `Figure`s and touch no state of pyplot; `figure.savefig("x.svg")` writes one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...extras import need
from ..results import Evaluation, Figure, Result
from . import style, words
from .terminal import clean, titled

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

_WIDE = 4.4  # inches of a panel
_LINE_HIGH, _AROUND_HIGH = 0.22, 0.62  # inches of a line of a panel, and above and below all of them
_OWN = "this dataset"
_FLOOR = ("raw", "reencoded")  # hollow dots
_LONGEST = 24  # letters of the name of a baseline
_BINS = 30  # of a histogram
_SPARE = 0.06  # of the width that is used, left and right


def metric_plot(result: Result) -> "matplotlib.figure.Figure":
    """Return one panel: the dataset and each baseline as a dot with its interval."""
    return _figure([result], across=1, titles=False)


def overview(evaluation: Evaluation, across: int = 2) -> "matplotlib.figure.Figure":
    """Return all metrics, a panel each.

    Args:
        evaluation: What was found; one metric at least.
        across: Panels beside each other.
    """
    return _figure(evaluation.results, across=across, titles=True)


def histogram(result: Result, values: Sequence[float]) -> "matplotlib.figure.Figure":
    """Return how the values of single rows are distributed, with the figure as a line.

    Args:
        result: Their metric.
        values: One a row, finite.
    """
    figure = _empty((_WIDE, 1.5))
    with style.settings():
        axes = figure.add_subplot()
        style.plain_axes(axes, grid="y")
        axes.hist(
            values, bins=_BINS, range=_span([*values, result.figure.value]), color=style.SOFT, alpha=0.45
        )
        axes.axvline(result.figure.value, color=style.ACCENT, linewidth=2)
        axes.set_ylabel("rows", color=style.SOFT)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.locator_params(axis="y", nbins=3, integer=True)
    return figure


def _figure(results: Sequence[Result], across: int, *, titles: bool) -> "matplotlib.figure.Figure":
    down = -(-len(results) // across)
    lines = 1 + len(words.baselines(results))
    high = lines * _LINE_HIGH + _AROUND_HIGH * (1 if titles else 0.5)
    figure = _empty((_WIDE * min(across, len(results)), high * down))
    with style.settings():
        for i, result in enumerate(results):
            _panel(figure.add_subplot(down, min(across, len(results)), i + 1), result, title=titles)
    return figure


def _empty(size: tuple[float, float]) -> "matplotlib.figure.Figure":
    need("evaluate", "A plot", "matplotlib")
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=size, layout="constrained", facecolor=style.PAPER)


def _panel(axes: "Axes", result: Result, *, title: bool) -> None:
    style.plain_axes(axes, grid="x")
    names = words.baselines([result])
    lines = [(_OWN, result.figure), *((name, result.baselines[name].figure) for name in names)]
    for y, (name, figure) in enumerate(lines):
        _dot(axes, figure, y, own=y == 0, hollow=name in _FLOOR)
    labels = [clean(name)[:_LONGEST] for name, _ in lines]
    axes.set_yticks(range(len(lines)), labels, parse_math=False)
    axes.get_yticklabels()[0].set(color=style.INK, weight="bold")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlim(_span([n for _, one in lines for n in (one.value, one.low, one.high) if n is not None]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.locator_params(axis="x", nbins=5)
    if title:
        axes.set_title(titled(result), loc="left", fontsize=9.5, color=style.INK, parse_math=False)


def _dot(axes: "Axes", figure: Figure, y: int, *, own: bool, hollow: bool) -> None:
    colour = style.ACCENT if own else style.SOFT
    if figure.low is not None and figure.high is not None:
        axes.plot([figure.low, figure.high], [y, y], color=colour, linewidth=2.2 if own else 1.4)
    axes.plot(
        figure.value,
        y,
        "o",
        color=colour,
        markersize=7 if own else 5,
        markerfacecolor=style.PAPER if hollow else colour,
        clip_on=False,
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis that shows all values, never the same.

    Example:
        >>> _span([0, 1]), _span([2, 2])
        ((-0.06, 1.06), (1.0, 3.0))
    """
    low, high = min(values), max(values)
    spare = _SPARE * (high - low)
    if spare <= abs(high) * 1e-9:
        spare = abs(high) / 2 or 1.0
    return low - spare, high + spare
