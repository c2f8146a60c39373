"""From what was seen to an `Evaluation`: fit to publish, so no path, no address and no row is in it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config import package_version
from ..manifest import result_digest
from ..sources import DESCRIPTIONS
from .accumulator import Accumulator
from .catalogue import Chosen
from .judging import Job, Judged
from .metric import DIMENSIONS, Metric, describe
from .results import Effect, Evaluation, NotRun, Result
from .statistics import LEVEL
from .subjects import SAFE

# A model of the Hub, with a stage before it and options behind it or not; no path and no address is one.
_HUB = re.compile(r"(?:[a-z-]+:)?(\w[\w.-]*/\w[\w.-]*(?:@[\w.-]+)?)(?:,.*)?")


def summarised(
    job: Job, judged: Judged, chosen: Chosen, options: Mapping[str, Any], baseline_rows: int
) -> Evaluation:
    """Return the figures of all metrics with their intervals, what was not run, and what they depend on.

    Args:
        job: What was judged.
        judged: What was seen.
        chosen: The metrics.
        options: As they were given; of models only what may be published is told.
        baseline_rows: At most so many rows have baselines.
    """
    results, not_run = [], list(chosen.not_run)
    for metric in chosen.metrics:
        result = _result(metric, judged)
        if isinstance(result, Result):
            results.append(result)
        else:
            not_run.append(result)
    counts = {name: judged.counts[name] for name in ("original", "judged")}
    others = ("without_image", "missing", "unreadable")
    return Evaluation(
        subject=_subject(job),
        rows={**counts, **{name: judged.counts[name] for name in others if judged.counts[name]}},
        results=tuple(results),
        not_run=tuple(sorted(not_run, key=lambda one: (DIMENSIONS.index(one.group), one.metric))),
        statuses=dict(sorted(judged.statuses.items())),
        settings={
            "confidence": LEVEL,
            "seed": job.seed,
            "baseline_rows": baseline_rows,
            "regions": "recorded" if job.recorded else "found",
            "looks": {looker.name: looker.version for looker in job.lookers},
            "options": {name: _model(value) for name, value in options.items() if value is not None},
            "models": _models(job),
            "paired_by": job.paired_by,
            "result": result_digest(job.folder) if job.folder else "",
        },
        package_version=package_version(),
    )


def _result(metric: Metric, judged: Judged) -> Result | NotRun:
    mine = judged.by_subject[SAFE][metric.name]
    figure = mine.compute()
    if figure is None:
        why = [f"{reason} ({rows} rows)" for reason, rows in mine.excluded.items()]
        if mine.rows:
            why.insert(0, f"{metric.least or 'too little for a figure'} ({len(mine.rows)} rows)")
        reason = "; ".join(why) or "no rows that it can measure"
        return NotRun(metric.dimension, metric.name, metric.title, reason)
    baselines = {
        name: effect
        for name, metrics in judged.by_subject.items()
        if name != SAFE and (effect := _effect(mine, metrics[metric.name])) is not None
    }
    said = describe(metric)
    return Result(**{**said, "range": tuple(said["range"])}, figure=figure, baselines=baselines)


def _effect(mine: Accumulator, theirs: Accumulator) -> Effect | None:
    beside = mine.beside(theirs)
    if beside is None:
        return None
    safe, figure, difference = beside
    return Effect(figure, safe, difference)


def _subject(job: Job) -> str:
    if job.safe is None:
        return "a result of hf-unsafe2safe"
    return DESCRIPTIONS.get(job.safe.description, job.safe.description)


def _models(job: Job) -> list[str]:
    """Return the models of metrics and looks that tell theirs, with their revisions; never their paths."""
    owners = (*job.metrics, *job.lookers)
    found = {model for owner in owners for model in getattr(owner, "models", ())}
    return sorted(f"{model.name}@{model.revision}" for model in found)


def _model(value: Any) -> str:
    """Return how the settings name a model: one of the Hub by its name, all others by no more than a word.

    Example:
        >>> _model("vlm:org/model@main,dtype=float16"), _model("~/mine/clip"), _model("endpoint:http://host/v1")
        ('org/model@main', 'LOCAL', 'LOCAL')
    """
    if not isinstance(value, str):
        return type(value).__name__
    found = _HUB.fullmatch(value)
    return found[1] if found and not Path(found[1].partition("@")[0]).exists() else "LOCAL"
