"""An evaluation as Markdown, for dataset cards and READMEs; nothing in it is private."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...hub.card.markdown import code, escaped, table
from ..results import Evaluation, Result
from . import words


def markdown(evaluation: Evaluation, *, level: int = 2) -> str:
    """Return figures by dimension, what was not run, the limits and the settings.

    Args:
        evaluation: What was found.
        level: Of its title, which has so many `#`; the dimensions are one deeper.
    """
    parts = [f"{'#' * level} Evaluation", escaped(f"{evaluation.subject}: {words.counted(evaluation)}")]
    names = words.baselines(evaluation.results)
    for group, results in words.groups(evaluation.results).items():
        parts += [f"{'#' * (level + 1)} {escaped(words.group_title(group))}", _table(results, names)]
    parts.append(words.LIMITS)
    if evaluation.results:
        parts.append(f"How to read it: {escaped(words.LEGEND)}.")
    parts += _listed("Rows that do not count", _excluded(evaluation.results))
    parts += _listed("Not run", ((one.title, one.reason) for one in evaluation.not_run))
    if evaluation.settings:
        parts += ["Settings:", table(("setting", "value"), _settings(evaluation.settings))]
    if evaluation.package_version:
        parts.append(f"Made with hf-unsafe2safe {escaped(evaluation.package_version)}.")
    return "\n\n".join(parts) + "\n"


def _table(results: Sequence[Result], names: Sequence[str]) -> str:
    head = ("metric", ">value", ">interval", ">rows", *(f">{escaped(name)}" for name in names), "better")
    return table(head, (_line(result, names) for result in results))


def _line(result: Result, names: Sequence[str]) -> list[Any]:
    figure = result.figure
    unit = f", {escaped(result.unit)}" if result.unit else ""
    beside = [escaped(words.baseline(result.baselines.get(name))) for name in names]
    cells = [f"**{words.number(figure.value)}**", escaped(words.interval(figure)), figure.rows]
    return [escaped(result.title) + unit, *cells, *beside, escaped(result.better)]


def _excluded(results: Iterable[Result]) -> Iterable[tuple[str, str]]:
    return ((one.title, words.tally(one.figure.excluded)) for one in results if one.figure.excluded)


def _listed(title: str, items: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"- {escaped(name)}: {escaped(text)}" for name, text in items]
    return [f"{title}:", "\n".join(lines)] if lines else []


def _settings(settings: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ((code(name), code(value)) for name, value in settings.items())
