"""The files of an evaluation: the figures, a text for the card, and a page that shows the worst rows."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ...errors import ConfigError
from ...imaging.cells import open_cell
from ...records import Pixels
from ...report.thumbnails import small_size
from ...storage.output import write_text
from ..accumulator import Accumulator
from ..judging import Job, Judged
from ..metric import Metric
from ..results import EVALUATION, Evaluation
from ..subjects import SAFE
from .markdown import markdown
from .page import write_page
from .worst import MOST, SIDE, WorstRow

TEXT: Final = "evaluation.md"
PAGE: Final = "report-evaluation.html"  # `report*` is kept from git and uploads in a result


def write_all(folder: Path, evaluation: Evaluation, job: Job, judged: Judged) -> None:
    """Write the three files; the figures come last, so that they stand for the rest.

    Args:
        folder: It exists.
        evaluation: What was found.
        job: What was judged.
        judged: The rows of it.

    Raises:
        ConfigError: A file cannot be written.
        DatasetError: The originals are others now.
    """
    values = {name: seen.values() for name, seen in judged.by_subject[SAFE].items()}
    write_page(
        folder / PAGE,
        evaluation,
        {name: tuple(rows.values()) for name, rows in values.items()},
        _worst(job, judged.by_subject[SAFE]),
        meanings={metric.name: _meaning(metric) for metric in job.metrics},
        originals=job.originals.root,
    )
    for name, text in ((TEXT, markdown(evaluation)), (EVALUATION, evaluation.json())):
        try:
            write_text(folder / name, text)
        except OSError as error:
            raise ConfigError(f"{name} cannot be written: {error.strerror}.") from None


def _worst(job: Job, seen: Mapping[str, Accumulator]) -> dict[str, list[WorstRow]]:
    """Return the rows with the worst figures of each metric that can be good or bad."""
    chosen = {name: _chosen(accumulator) for name, accumulator in seen.items()}
    pictures = _thumbnails(job, {row for rows in chosen.values() for row, _ in rows})
    return {
        name: [WorstRow(row, value, *pictures[row]) for row, value in rows]
        for name, rows in chosen.items()
        if rows
    }


def _chosen(seen: Accumulator) -> Sequence[tuple[str, float]]:
    metric = seen.metric
    if metric.higher_is_better is None:
        return ()
    best = metric.high if metric.higher_is_better else metric.low
    rows = [(row, value) for row, value in seen.values().items() if value != best]
    return sorted(rows, key=lambda item: item[1], reverse=not metric.higher_is_better)[:MOST]


def _thumbnails(job: Job, rows: set[str]) -> dict[str, tuple[Pixels, Pixels]]:
    """Return small copies of both images of some rows, which are opened once more for it."""
    found = {}
    for row in job.all_rows():
        if row.id in rows:
            found[row.id] = _small(open_cell(row.original).rgb), _small(open_cell(row.safe).rgb)
    return found


def _small(rgb: Pixels) -> Pixels:
    size_wh = small_size((rgb.shape[1], rgb.shape[0]), SIDE)
    return np.asarray(cv2.resize(rgb, size_wh, interpolation=cv2.INTER_AREA))


def _meaning(metric: Metric) -> str:
    return (inspect.getdoc(type(metric)) or "").partition("\n\n")[0].replace("\n", " ")
