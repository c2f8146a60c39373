"""Several evaluations side by side: tools or presets as columns, metrics as rows; nobody is ranked."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import ConfigError
from ...hub.card.markdown import escaped
from ...hub.card.markdown import table as markdown_table
from ..results import Evaluation, Figure, Result
from . import words
from .document import definitions, document, section, text
from .plane import axes_of, plane
from .style import figure_html
from .terminal import clean, columns, titled, wrap

NOT_RUN = "not run"
BEST = "(best)"
_LEGEND = (
    f"value [95 % interval over images]. {BEST}: its interval overlaps none of the others'. Where intervals "
    "overlap, none is marked. No single number ranks them: more privacy mostly costs utility."
)


@dataclass(frozen=True)
class Comparison:
    """What several tools got.

    Args:
        evaluations: By the name of the tool, in the order of the columns.
        notes: What makes figures hard to compare, a sentence each.
    """

    evaluations: Mapping[str, Evaluation]
    notes: tuple[str, ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """Return one result of each metric that ran for any tool."""
        found: dict[str, Result] = {}
        for one in self.evaluations.values():
            for result in one.results:
                found.setdefault(result.metric, result)
        return tuple(result for members in words.groups(found.values()).values() for result in members)

    def figures(self, metric: str) -> dict[str, Figure]:
        """Return the figures of a metric by tool; a tool for which it did not run is left out."""
        return {
            tool: result.figure
            for tool, one in self.evaluations.items()
            for result in one.results
            if result.metric == metric
        }

    def best(self, result: Result) -> str | None:
        """Return the tool whose interval is better than all others', None where none is.

        Args:
            result: Of the metric; it says which way is better.
        """
        figures = self.figures(result.metric)
        if result.better not in ("higher", "lower") or len(figures) < 2:
            return None
        for tool, figure in figures.items():
            others = [other for name, other in figures.items() if name != tool]
            if all(_beats(figure, other, result.better) for other in others):
                return tool
        return None

    def text(self, width: int = 100) -> str:
        """Return tables by dimension; tools that do not fit beside each other come below.

        Args:
            width: Columns of the terminal.
        """
        names = [titled(result) for result in self.results]
        left = min(max(map(len, names), default=0), max(18, width // 3))
        cells = {result.metric: self._cells(result) for result in self.results}
        wide = {t: max(len(clean(t)), *(len(c[t]) for c in cells.values()), 0) for t in self.evaluations}
        blocks = []
        for tools in _fitting(wide, width - left):
            for group, members in words.groups(self.results).items():
                rows = [[words.group_title(group).upper(), *(f" {clean(tool)}" for tool in tools)]]
                rows += [[titled(one), *(f" {cells[one.metric][tool]}" for tool in tools)] for one in members]
                blocks.append(columns(rows, [left, *(wide[tool] + 1 for tool in tools)]))
        return "\n\n".join([*blocks, *(wrap(line, width) for line in (*self.notes, _LEGEND, words.LIMITS))])

    def markdown(self, *, level: int = 2) -> str:
        """Return tables by dimension as Markdown; nothing in it is private.

        Args:
            level: Of its title, which has so many `#`.
        """
        parts = [f"{'#' * level} Comparison"]
        head = ["metric", *(f">{escaped(tool)}" for tool in self.evaluations), "better"]
        for group, members in words.groups(self.results).items():
            rows = [
                [_title(one), *map(escaped, self._cells(one).values()), escaped(one.better)]
                for one in members
            ]
            parts += [f"{'#' * (level + 1)} {escaped(words.group_title(group))}", markdown_table(head, rows)]
        return "\n\n".join([*parts, *map(escaped, (*self.notes, _LEGEND, words.LIMITS))]) + "\n"

    def page(self) -> str:
        """Return an HTML page with the plane of privacy and utility and the tables; it shows no row."""
        parts = [self._plane(), *self._tables()]
        parts.append(section("What to know", definitions(("Note", note) for note in self.notes)))
        parts.append(section("Limits", f'<p class="card">{text(_LEGEND)} {text(words.LIMITS)}</p>'))
        facts = [f"{tool}: {words.counted(one)}" for tool, one in self.evaluations.items()]
        return document("Comparison", facts, "\n".join(filter(None, parts)))

    def _cells(self, result: Result) -> dict[str, str]:
        figures, best = self.figures(result.metric), self.best(result)
        return {
            tool: words.measured(figures[tool]) + f" {BEST}" * (tool == best) if tool in figures else NOT_RUN
            for tool in self.evaluations
        }

    def _plane(self) -> str:
        axes = axes_of(list(self.evaluations.values()))
        if axes is None:
            return ""
        caption = (
            f"Better is up and to the right. Hollow: of {next(iter(self.evaluations))}, for orientation."
        )
        drawn = figure_html(plane(self.evaluations, *axes), "Plane of privacy and utility", caption)
        return f'<div class="card"><div class="plane">{drawn}</div></div>'

    def _tables(self) -> list[str]:
        parts = []
        for group, members in words.groups(self.results).items():
            head = "".join(
                f'<th scope="col">{text(name)}</th>' for name in (words.group_title(group), *self.evaluations)
            )
            lines = "\n".join(self._line(one) for one in members)
            parts.append(f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>")
        table = "\n".join(parts)
        return [f'<div class="card wide"><table class="compared">\n{table}\n</table></div>'] if parts else []

    def _line(self, result: Result) -> str:
        best = self.best(result)
        cells = "".join(
            f"<td{' class=best' if tool == best else ''}>{text(cell)}</td>"
            for tool, cell in self._cells(result).items()
        )
        return f'<tr><th scope="row">{text(titled(result))}</th>{cells}</tr>'


def compare(evaluations: Mapping[str, Evaluation]) -> Comparison:
    """Put evaluations side by side.

    Args:
        evaluations: By the name of the tool or preset; two at least.

    Raises:
        ConfigError: There are fewer.
    """
    if len(evaluations) < 2:
        raise ConfigError("A comparison needs two evaluations.", hint="Name another folder of evaluate.")
    return Comparison(dict(evaluations), tuple(_notes(evaluations)))


def _notes(evaluations: Mapping[str, Evaluation]) -> list[str]:
    everyone = list(evaluations.values())
    notes = []
    rows = {tool: one.rows.get("judged", 0) for tool, one in evaluations.items()}
    if len(set(rows.values())) > 1:
        notes.append(f"Judged on different numbers of rows: {words.tally(rows)}.")
    names = dict.fromkeys(name for one in everyone for name in one.settings)
    differ = [
        name
        for name in names
        if any(one.settings.get(name) != everyone[0].settings.get(name) for one in everyone)
    ]
    if differ:
        notes.append(f"Measured with different settings: {', '.join(differ)}.")
    if len({one.package_version for one in everyone}) > 1:
        notes.append("Measured with different versions of hf-unsafe2safe.")
    return notes


def _beats(a: Figure, b: Figure, better: str) -> bool:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return False
    return a.low > b.high if better == "higher" else a.high < b.low


def _fitting(wide: Mapping[str, int], width: int) -> list[list[str]]:
    """Return tools in groups that fit beside each other, one at least in each."""
    parts: list[list[str]] = [[]]
    for tool, columns_wide in wide.items():
        if parts[-1] and sum(wide[t] + 2 for t in parts[-1]) + columns_wide + 2 > width:
            parts.append([])
        parts[-1].append(tool)
    return parts


def _title(result: Result) -> str:
    return escaped(f"{result.title}, {result.unit}" if result.unit else result.title)
