"""How well an inspector tells risky images from safe ones, on a folder annotated like VISPR."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import StageError
from ..imaging.open import OpenedImage
from ..protocols import Inspector
from ..records import Inspection
from ..rows import check_counts
from ..rowwise import Rowwise
from ..views import inspect_views, views_of
from .vispr import annotated

MOST_POINTS = 101  # of the curve
THRESHOLD = 0.5


@dataclass(frozen=True)
class FlagPoint:
    """How good the flag is when everything from a score on is called risky. A value of 0 / 0 is None.

    Args:
        threshold: The score, in [0, 1].
        tp: Risky images that are flagged.
        fp: Safe images that are flagged.
        tn: Safe images that are not.
        fn: Risky images that are not.
    """

    threshold: float
    tp: int
    fp: int
    tn: int
    fn: int

    @property
    def n(self) -> int:
        """All images."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def accuracy(self) -> float | None:
        """The share of images that are told right."""
        return _share(self.tp + self.tn, self.n)

    @property
    def precision(self) -> float | None:
        """The share of flagged images that are risky; None when none is flagged."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        """The share of risky images that are flagged; None when none is risky."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; None when no image is risky or flagged."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def as_dict(self) -> dict[str, float | int | None]:
        """Return counts and shares as plain values."""
        counts = {"tp": self.tp, "fp": self.fp, "tn": self.tn, "fn": self.fn}
        shares = {name: getattr(self, name) for name in ("accuracy", "precision", "recall", "f1")}
        return {"threshold": self.threshold, **counts, **shares}


@dataclass(frozen=True)
class FlagReport:
    """What was measured: numbers only, no name of a file.

    Args:
        at: The flag at the threshold that was asked for.
        curve: The flag at every score that occurs, ascending, at most 101 of them, evenly chosen. An
            inspector has no findings under a threshold of its own: there the curve ends.
        failed: Images that could not be opened or inspected; they count as flagged with the score 1.
    """

    at: FlagPoint
    curve: tuple[FlagPoint, ...]
    failed: int

    @property
    def n(self) -> int:
        """All images."""
        return self.at.n

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        curve = [point.as_dict() for point in self.curve]
        return {"n": self.n, "failed": self.failed, **self.at.as_dict(), "curve": curve}


def evaluate_flags(
    inspector: Inspector,
    images: str | Path,
    annotations: str | Path,
    *,
    kinds: Collection[str] | None = None,
    threshold: float = THRESHOLD,
    batch_size: int = 16,
) -> FlagReport:
    """Inspect every annotated image and compare.

    The score of an image is the highest of its findings of `kinds`, 0 without any.

    Args:
        inspector: For example `VlmInspector("org/model,threshold=0")`, whose curve then begins at 0.
        images: A folder; images that no annotation names are not looked at.
        annotations: A folder with one `.json` file an image, see `vispr.annotated`.
        kinds: What is looked for; None for all that the inspector covers.
        threshold: The score from which an image is flagged.
        batch_size: Images at a time.

    Raises:
        DatasetError: There are no annotations, some cannot be read, or their images are missing.
        Unsafe2SafeError: The inspector failed 20 times in a row.
    """
    check_counts(batch_size=batch_size)
    labelled = annotated(Path(images), Path(annotations))
    wanted = set(inspector.covers if kinds is None else kinds)
    scores, failed = [], 0
    for found in _inspected(inspector, [path for path, _ in labelled], wanted, batch_size):
        failed += found is None
        scores.append(1.0 if found is None else _score(found, wanted))
    return report(scores, [risky for _, risky in labelled], threshold=threshold, failed=failed)


def report(
    scores: Sequence[float], risky: Sequence[bool], *, threshold: float = THRESHOLD, failed: int = 0
) -> FlagReport:
    """Return the report of images with known scores.

    Args:
        scores: One an image, in [0, 1]; what is no such number counts as 1.
        risky: What is true.
        threshold: As for `evaluate_flags`.
        failed: How many of the scores stand for a failure.

    Example:
        >>> report([0.9, 0.2, 0.6], [True, False, False]).at.as_dict()["precision"]
        0.5
    """
    values, truth = np.asarray(scores, np.float64), np.asarray(risky, bool)
    values = np.where((values >= 0) & (values <= 1), values, 1.0)
    steps = np.unique(values)
    if len(steps) > MOST_POINTS:
        steps = steps[np.linspace(0, len(steps) - 1, MOST_POINTS).round().astype(int)]
    curve = tuple(_point(values, truth, float(step)) for step in steps)
    return FlagReport(_point(values, truth, threshold), curve, failed)


def _point(values: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], threshold: float) -> FlagPoint:
    flagged = values >= threshold
    pairs = ((flagged & truth), (flagged & ~truth), (~flagged & ~truth), (~flagged & truth))
    return FlagPoint(threshold, *(int(np.count_nonzero(one)) for one in pairs))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _inspected(
    inspector: Inspector, paths: Sequence[str], kinds: Collection[str], batch_size: int
) -> Iterator[Inspection | None]:
    """Yield what is in each image, None where it could not be opened or inspected."""

    def work(opened: list[OpenedImage]) -> list[Inspection]:
        return inspect_views(inspector, [views_of(image) for image in opened], kinds)

    rowwise = Rowwise()
    for start in range(0, len(paths), batch_size):
        cells = [{"bytes": None, "path": path} for path in paths[start : start + batch_size]]
        for result, _ in rowwise.over_cells(work, cells):
            yield None if isinstance(result, StageError) else result


def _score(found: Inspection, kinds: Collection[str]) -> float:
    # Not `max` alone: it may pass over a score that is no number.
    scores = [f.score for f in found.findings if f.kind in kinds]
    return 1.0 if any(math.isnan(score) for score in scores) else max(scores, default=0.0)
