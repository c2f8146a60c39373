"""The page of an evaluation: figures, plots, and the worst rows as pictures. It shows originals: private."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...private_file import check_place, private_file
from ..results import Evaluation, Result
from . import plots, words
from .document import definitions, document, section, text
from .plane import axes_of, plane
from .style import figure_html
from .terminal import ARROWS
from .worst import WorstRow, worst_rows

_BANNER = (
    "<strong>Private: this page shows originals.</strong> Keep it on this machine, and delete it when you "
    "are done. What may be published is in evaluation.json and in the Markdown."
)
_PLANE = (
    "Better is up and to the right, lines are 95 % intervals. Hollow: the originals and the edits that "
    "the dataset is compared with."
)
_METRIC = """<article class="card" id="{name}">
<h3>{title}</h3>
<p class="meaning">{meaning}</p>
<p class="value">{value}<span>{rest}</span></p>
{plots}
{worst}</article>"""


def write_page(
    path: str | Path,
    evaluation: Evaluation,
    distributions: Mapping[str, Sequence[float]],
    worst: Mapping[str, Sequence[WorstRow]],
    *,
    meanings: Mapping[str, str] | None = None,
    result: Path | None = None,
    originals: Path | None = None,
) -> None:
    """Write one HTML file that only its owner may read and that asks no host for anything.

    Args:
        path: Ends in `.html`; replaced when it is there. A link there is replaced, not followed.
        evaluation: What was found.
        distributions: Metric -> its value for each row, where it has some; finite.
        worst: Metric -> rows, the worst first.
        meanings: Metric -> what it says, in a sentence.
        result: The folder that is published, when it is on this machine.
        originals: Folder of the originals, likewise.

    Raises:
        ConfigError: The file would lie where it could be published or among the originals, or it cannot be
            written.
        MissingExtraError: matplotlib is not installed.
    """
    page = Path(path)
    check_place(page, result=result, originals=originals)
    html = _page(evaluation, distributions, worst, meanings or {})
    with private_file(page) as file:
        file.write(html.encode())


def _page(
    evaluation: Evaluation,
    distributions: Mapping[str, Sequence[float]],
    worst: Mapping[str, Sequence[WorstRow]],
    meanings: Mapping[str, str],
) -> str:
    parts = [_plane(evaluation), _table(evaluation.results)]
    for group, results in words.groups(evaluation.results).items():
        cards = [
            _metric(one, distributions.get(one.metric, ()), worst.get(one.metric, ()), meanings)
            for one in results
        ]
        parts.append(section(words.group_title(group), f'<div class="metrics">{"".join(cards)}</div>'))
    excluded = [(r.title, words.tally(r.figure.excluded)) for r in evaluation.results if r.figure.excluded]
    settings = [(name, str(value)) for name, value in evaluation.settings.items()]
    parts += [
        section("Not run", definitions((one.title, one.reason) for one in evaluation.not_run)),
        section("Rows that do not count", definitions(excluded)),
        section("Settings", definitions(settings)),
        section("Limits", f'<p class="card">{text(words.LIMITS)}</p>'),
    ]
    version = f"hf-unsafe2safe {evaluation.package_version}" if evaluation.package_version else ""
    facts = filter(None, (evaluation.subject, words.counted(evaluation), version))
    return document("Evaluation", facts, "\n".join(filter(None, parts)), banner=_BANNER)


def _plane(evaluation: Evaluation) -> str:
    axes = axes_of([evaluation])
    if axes is None:
        return ""
    drawn = plane({"this dataset": evaluation}, *axes)
    label = "Plane of privacy and utility: " + ", ".join(evaluation[name].title for name in axes)
    return f'<div class="card"><div class="plane">{figure_html(drawn, label, _PLANE)}</div></div>'


def _table(results: Sequence[Result]) -> str:
    if not results:
        return ""
    names = words.baselines(results)
    parts = []
    for group, members in words.groups(results).items():
        head = [words.group_title(group), "value", "95 %", "rows", *names]
        cells = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
        lines = "\n".join(_line(one, names) for one in members)
        parts.append(f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{lines}\n</tbody>")
    table = "\n".join(parts)
    note = f"↑ higher is better, ↓ lower is better; {words.LEGEND}."
    below = f'<p class="note">{text(note)}</p>'
    return f'<div class="card"><div class="wide"><table>\n{table}\n</table></div>{below}</div>'


def _line(result: Result, names: Sequence[str]) -> str:
    figure = result.figure
    beside = [words.baseline(result.baselines.get(name)) for name in names]
    cells = [f"<b>{words.number(figure.value)}</b>", words.interval(figure), f"{figure.rows:,}", *beside]
    return f'<tr><th scope="row">{_title(result)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _title(result: Result) -> str:
    unit = f' <span class="note">{text(result.unit)}</span>' if result.unit else ""
    arrow = ARROWS.get(result.better, ARROWS[""])
    return f'<span class="arrow">{arrow}</span> {text(result.title)}{unit}'


def _metric(
    result: Result, values: Sequence[float], worst: Sequence[WorstRow], meanings: Mapping[str, str]
) -> str:
    drawn = [figure_html(plots.metric_plot(result), f"{result.title} beside the baselines")]
    if len(values) > 1:
        histogram = plots.histogram(result, values)
        drawn.append(figure_html(histogram, f"{result.title} by row", "By row; the line is the figure."))
    rest = [words.interval(result.figure), result.unit, f"{result.figure.rows:,} rows"]
    if result.better:
        rest.append(f"{result.better} is better")
    return _METRIC.format(
        name=text(result.metric),
        title=text(result.title),
        meaning=text(meanings.get(result.metric, "")),
        value=words.number(result.figure.value),
        rest=" · ".join(map(text, filter(None, rest))),
        plots="\n".join(drawn),
        worst=worst_rows(worst),
    )
