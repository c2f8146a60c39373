"""What an evaluation found: figures with intervals, what was not run and why. No row is named in it.

It is written as `evaluation.json`; `publish` puts its figures on the card.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DatasetError

EVALUATION = "evaluation.json"
FORMAT = "unsafe2safe-evaluation/1"


@dataclass(frozen=True)
class Figure:
    """One number with its bootstrap interval.

    Args:
        value: The number.
        low: Lower end of the 95 % interval over images; None where there are too few rows.
        high: Upper end.
        rows: How many rows are behind it.
        excluded: Why rows are not -> how many.
    """

    value: float
    low: float | None = None
    high: float | None = None
    rows: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """A baseline beside the dataset, on the rows that both have.

    Args:
        figure: Of the baseline.
        safe: Of the dataset on the same rows.
        difference: Dataset minus baseline, paired by row, with its interval.
    """

    figure: Figure
    safe: Figure
    difference: Figure


@dataclass(frozen=True)
class Result:
    """A metric that ran.

    Args:
        group: Its dimension.
        metric: Its name.
        title: For people.
        unit: For people.
        better: `higher`, `lower` or empty.
        range: Least and largest value, None for infinite.
        figure: Of the dataset.
        baselines: Name of a baseline -> it beside the dataset. `raw` is the original against itself and
            `reencoded` the original saved again: together the noise floor.
    """

    group: str
    metric: str
    title: str
    unit: str
    better: str
    range: tuple[float | None, float | None]
    figure: Figure
    baselines: Mapping[str, Effect] = field(default_factory=dict)


@dataclass(frozen=True)
class NotRun:
    """A metric that did not run, and why: never a figure of 0."""

    group: str
    metric: str
    title: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """All of it.

    Args:
        subject: What was judged, in words fit to publish.
        rows: `original`, `judged` (both images there), `without_image`, `missing` (in the original only).
        statuses: Rows by status where the dataset has them.
        results: In the order of the four dimensions.
        not_run: What could not.
        settings: Models, seeds and counts that the figures depend on.
        package_version: Which made it.
    """

    subject: str
    rows: Mapping[str, int]
    results: tuple[Result, ...]
    not_run: tuple[NotRun, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    package_version: str = ""

    def __getitem__(self, metric: str) -> Result:
        """Return the result of a metric by its name."""
        for result in self.results:
            if result.metric == metric:
                return result
        raise KeyError(metric)

    def json(self) -> str:
        """Return the text of `evaluation.json`."""
        values = asdict(self)
        figures = [_flat(result) for result in values.pop("results")]
        return json.dumps({"format": FORMAT, **values, "metrics": figures}, indent=2, allow_nan=False) + "\n"


def _flat(result: Mapping[str, Any]) -> dict[str, Any]:
    figure = result["figure"]
    return {**{k: v for k, v in result.items() if k != "figure"}, **figure}


def read_evaluation(path: str | Path) -> Evaluation:
    """Return what `evaluate` wrote.

    Args:
        path: The file, or the folder that it is in.

    Raises:
        DatasetError: There is none, or it is of another form.
    """
    file = Path(path) / EVALUATION if Path(path).is_dir() else Path(path)
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise ValueError
        metrics = tuple(_result(one) for one in values.pop("metrics"))
        not_run = tuple(NotRun(**one) for one in values.pop("not_run"))
        return Evaluation(results=metrics, not_run=not_run, **values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # `from None`: the error of the file system names the file
        raise DatasetError(
            f"There is no {EVALUATION} that this version can read.",
            hint="Name the folder that was given to evaluate as --output.",
        ) from None


def _result(values: Mapping[str, Any]) -> Result:
    own = {name: values[name] for name in ("group", "metric", "title", "unit", "better")}
    baselines = {name: _effect(one) for name, one in values["baselines"].items()}
    low, high = values["range"]
    return Result(**own, range=(low, high), figure=_figure(values), baselines=baselines)


def _effect(values: Mapping[str, Any]) -> Effect:
    return Effect(*(_figure(values[name]) for name in ("figure", "safe", "difference")))


def _figure(values: Mapping[str, Any]) -> Figure:
    value, low, high = (values[name] for name in ("value", "low", "high"))
    numbers: Sequence[Any] = [n for n in (value, low, high) if n is not None]
    if value is None or not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
        raise ValueError
    return Figure(value, low, high, int(values["rows"]), dict(values["excluded"]))
