"""The plane of privacy and utility: what an edit costs and what it buys. Better is up and to the right."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from ...extras import need
from ..results import Evaluation, Figure, Result
from . import style, words
from .terminal import clean

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

# The first of each that all evaluations have.
PRIVACY = ("adaptive-reidentification", "reidentification", "facesim", "textsim", "ssim-regions")
UTILITY = ("probe-accuracy", "detection-agreement", "ssim-outside", "embedded-similarity")
_SIZE = (6.4, 4.2)  # inches
_LONGEST = 24  # letters of a name
_LETTER = (7.0, 12.0)  # pixels of a letter at the size of labels, rather too wide
# Where a label may stand beside its point, in pixels: the nearest free place is taken.
_PLACES = [(x, y) for y in (11, -11, 24, -24, 37, -37) for x in (7, -7)]

Point = tuple[str, Figure, Figure]  # name, privacy, utility


def axes_of(evaluations: Sequence[Evaluation]) -> tuple[str, str] | None:
    """Return which privacy and which utility metric all evaluations have, None where they have none."""
    common = [{result.metric for result in one.results} for one in evaluations]
    there = set.intersection(*common) if common else set()
    for privacy, utility in product(PRIVACY, UTILITY):
        if {privacy, utility} <= there:
            return privacy, utility
    return None


def plane(evaluations: Mapping[str, Evaluation], privacy: str, utility: str) -> "matplotlib.figure.Figure":
    """Return the plane with each dataset and the baselines of the first, with intervals in both directions.

    Args:
        evaluations: By the name of the dataset.
        privacy: Metric of the x axis; all have it, as `axes_of` finds.
        utility: Metric of the y axis.
    """
    need("evaluate", "A plot", "matplotlib")
    from matplotlib.figure import Figure as Canvas

    first = next(iter(evaluations.values()))
    across, up = first[privacy], first[utility]
    own = [(name, one[privacy].figure, one[utility].figure) for name, one in evaluations.items()]
    both = [name for name in words.baselines([across]) if name in up.baselines]
    others = [(name, across.baselines[name].figure, up.baselines[name].figure) for name in both]
    canvas = Canvas(figsize=_SIZE, layout="constrained", facecolor=style.PAPER)
    with style.settings():
        axes = canvas.add_subplot()
        style.plain_axes(axes, grid="both")
        for point in others:
            _draw(axes, point, style.SOFT, "o", own=False)
        for i, point in enumerate(own):
            look = i % len(style.SERIES)
            _draw(axes, point, style.SERIES[look], style.MARKERS[look], own=True)
        axes.set_xlabel(_axis(across), color=style.INK, parse_math=False)
        axes.set_ylabel(_axis(up), color=style.INK, parse_math=False)
        axes.margins(0.12)
        axes.xaxis.set_inverted(across.better == "lower")
        axes.yaxis.set_inverted(up.better == "lower")
        _name(canvas, axes, [*own, *others], len(own))
    return canvas


def _draw(axes: "Axes", point: Point, colour: str, marker: str, *, own: bool) -> None:
    _, x, y = point
    for line, figure in (("x", x), ("y", y)):
        if figure.low is None or figure.high is None:
            continue
        ends = [figure.low, figure.high]
        along = (ends, [y.value, y.value]) if line == "x" else ([x.value, x.value], ends)
        axes.plot(*along, color=colour, linewidth=1.6 if own else 1, alpha=1 if own else 0.6)
    face = colour if own else style.PAPER
    axes.plot(x.value, y.value, marker, color=colour, markersize=9 if own else 6, markerfacecolor=face)


def _name(canvas: "matplotlib.figure.Figure", axes: "Axes", points: Sequence[Point], own: int) -> None:
    """Write the names beside the points, none over another or over a point."""
    canvas.draw_without_rendering()  # only now it is known where points are
    at = [axes.transData.transform((x.value, y.value)).tolist() for _, x, y in points]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in at]
    left, right = axes.get_window_extent().intervalx
    for i, (name, _, _) in enumerate(points):
        text = clean(name)[:_LONGEST]
        size_wh = (_LETTER[0] * len(text), _LETTER[1])
        options = [(dx, dy, _box(at[i], (dx, dy), size_wh)) for dx, dy in _PLACES]
        free = [
            option
            for option in options
            if left <= option[2][0] and option[2][2] <= right and not any(_meet(option[2], b) for b in taken)
        ]
        dx, dy, box = (free or options)[0]
        taken.append(box)
        axes.annotate(
            text,
            (points[i][1].value, points[i][2].value),
            (dx * 0.72, dy * 0.72),  # pixels as points
            textcoords="offset points",
            ha="left" if dx > 0 else "right",
            va="center",
            color=style.INK if i < own else style.SOFT,
            weight="bold" if i < own else "normal",
            parse_math=False,
        )


def _box(
    at: Sequence[float], offset: tuple[float, float], size_wh: tuple[float, float]
) -> tuple[float, float, float, float]:
    (x, y), (width, height) = (at[0] + offset[0], at[1] + offset[1]), size_wh
    left = x if offset[0] > 0 else x - width
    return left, y - height / 2, left + width, y + height / 2


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _axis(result: Result) -> str:
    text = clean(f"{result.title}{', ' * bool(result.unit)}{result.unit}")
    better = f"\n({result.better} is better →)" if result.better in ("higher", "lower") else ""
    return text + better
