"""The rows of one job: opened, looked at, shown to every metric. Images are in memory a few at a time."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import DatasetError, StageError
from ..imaging.cells import open_cell, read_cell
from ..imaging.open import OpenedImage
from ..protocols import Editor
from ..records import Pixels
from ..sources import Source
from .accumulator import Accumulator
from .looks.kept import KeptLooks, look_all
from .looks.look import Looker
from .metric import Metric
from .pair import Look, Pair, Seen
from .rows import Columns, Row, rows_of_others, rows_of_result
from .subjects import RAW, REENCODED, SAFE, attack, baseline, found_places, mask_of, recorded_places

BATCH = 8  # rows in memory, fewer where their originals have more than so many
PIXELS = 20_000_000  # each is there with its safe image and up to four baselines

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Job:
    """What is judged and how; it can be sent to another process.

    Args:
        folder: A result of ours, None for another dataset.
        safe: Another dataset, None for a result of ours.
        originals: What it was made from.
        columns: Of the originals.
        metrics: What is measured.
        lookers: What they need.
        baselines: Names.
        sampled: Rows for which baselines are made.
        recorded: Risky regions are what the result recorded; else they are found in the originals.
        paired_by: How rows were matched: hash, row key, name or order.
        attackers: Subject -> the editors of who attacks it; None for one that edits nothing. A subject that
            is not there is not attacked.
        rows: Only these; None for all.
        seed: Of intervals and samples.
        store: Where looks are kept, as for `Sanitizer`.
    """

    folder: Path | None
    safe: Source | None
    originals: Source
    columns: Columns
    metrics: tuple[Metric, ...]
    lookers: tuple[Looker, ...]
    baselines: tuple[str, ...]
    sampled: frozenset[str]
    recorded: bool
    paired_by: str
    attackers: Mapping[str, Mapping[str, Editor] | None]
    rows: frozenset[str] | None
    seed: int
    store: str | None

    def all_rows(self) -> Iterator[Row]:
        """Yield the rows of the originals with what became of them."""
        if self.folder is not None:
            rows = rows_of_result(self.folder, self.originals, self.columns)
        else:
            assert self.safe is not None
            rows = rows_of_others(self.safe, self.originals, self.columns)
        return (row for row in rows if self.rows is None or row.id in self.rows)


@dataclass
class Judged:
    """What was seen of some rows.

    Args:
        by_subject: Name of the dataset or a baseline -> name of a metric -> its rows.
        counts: Rows by what could be judged.
        statuses: Rows by status.
    """

    by_subject: dict[str, dict[str, Accumulator]]
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    def merge(self, other: "Judged") -> None:
        """Take over the rows that another process has seen."""
        for subject, metrics in other.by_subject.items():
            for name, accumulator in metrics.items():
                self.by_subject[subject][name].merge(accumulator)
        self.counts += other.counts
        self.statuses += other.statuses


def judge(job: Job, part: int = 0, parts: int = 1, progress: Progress = lambda rows: None) -> Judged:
    """Return what is seen of every `parts`-th row, from row `part` on.

    Args:
        job: What is judged.
        part: From 0.
        parts: Into how many parts the rows are divided.
        progress: Called with the number of rows after each batch.

    Raises:
        DatasetError: The originals are others than those of the result.
    """
    subjects = (SAFE, *job.baselines)
    judged = Judged({s: {m.name: Accumulator(m, job.seed) for m in job.metrics} for s in subjects})
    kept = KeptLooks(job.store)
    rows = islice(job.all_rows(), part, None, parts)
    for batch in _batches(rows, judged, progress):
        for subject, pair in _pairs(job, batch, kept):
            for accumulator in judged.by_subject[subject].values():
                accumulator.update([pair])
    return judged


@dataclass(frozen=True)
class _Opened:
    row: Row
    original: OpenedImage
    safe: OpenedImage
    before: bytes | None
    data: bytes | None


def _batches(rows: Iterator[Row], judged: Judged, progress: Progress) -> Iterator[list[_Opened]]:
    """Yield the rows of which there are both images, a few at a time, and count them all."""
    batch: list[_Opened] = []
    seen = pixels = 0
    for row in rows:
        seen += 1
        judged.counts["original"] += 1
        if row.status:
            judged.statuses[row.status] += 1
        if row.missing or row.safe is None:
            judged.counts["missing" if row.missing else "without_image"] += 1
            continue
        opened = _opened(row)
        judged.counts["judged" if opened else "unreadable"] += 1
        if opened:
            batch.append(opened)
            pixels += opened.original.size_wh[0] * opened.original.size_wh[1]
        if len(batch) == BATCH or pixels > PIXELS:
            yield batch
            progress(seen)
            batch, seen, pixels = [], 0, 0
    if batch:
        yield batch
    progress(seen)


def _opened(row: Row) -> _Opened | None:
    """Return both images of a row, None where one cannot be opened.

    Raises:
        DatasetError: The original is not the one that the result was made from.
    """
    original, safe = _image(row.original), _image(row.safe)
    if row.sha256 is not None and (original is None or row.sha256 != original.sha256):
        raise DatasetError(
            f"Row {row.id} of the result was made from another image.",
            hint="Name the source that the result was made from, as it was then.",
        )
    if original is None or safe is None:
        return None
    return _Opened(row, original, safe, _stored(row.original), _stored(row.safe))


def _image(cell: Any) -> OpenedImage | None:
    try:
        return open_cell(cell)
    except StageError:
        return None


def _stored(cell: Any) -> bytes | None:
    data = read_cell(cell)
    return data if isinstance(data, bytes) else None


def _pairs(job: Job, rows: Sequence[_Opened], kept: KeptLooks) -> Iterator[tuple[str, Pair]]:
    """Yield each row with its safe image and with those of its baselines."""
    looks = look_all([one.original.rgb for one in rows], job.lookers, kept)
    places = [
        recorded_places(one.row.regions or ()) if job.recorded else found_places(seen)
        for one, seen in zip(rows, looks, strict=True)
    ]
    shown: list[tuple[str, int, Pixels, bytes | None]] = []
    for i, one in enumerate(rows):
        shown.append((SAFE, i, one.safe.rgb, one.data))
        names = job.baselines if one.row.id in job.sampled else ()
        for name in names:
            data = one.before if name == RAW else None  # metadata: of the original alone
            made = baseline(name, one.original.rgb, places[i])
            if made is not None:
                shown.append((name, i, made, data))
    seen_looks = look_all([rgb for _, _, rgb, _ in shown], job.lookers, kept)
    for (subject, i, rgb, data), seen in zip(shown, seen_looks, strict=True):
        before = Seen(rows[i].original.rgb, looks[i])
        base = _pair(rows[i].row, before, Seen(rgb, seen, data), places[i])
        yield subject, _attacked(base, job, subject) if subject in job.attackers else base


def _pair(row: Row, original: Seen, safe: Seen, places: Any) -> Pair:
    height, width = original.rgb.shape[:2]
    return Pair(
        row.id,
        original,
        safe,
        places=places,
        mask=mask_of(places, (width, height)),
        status=row.status,
        label=row.label,
        public_caption=row.texts["public_caption"],
        private_caption=row.texts.get("private_caption", ""),
        question=row.texts["question"],
        answers=row.answers,
    )


def _attacked(pair: Pair, job: Job, subject: str) -> Pair:
    from dataclasses import replace

    faces: Look | None = pair.original.looks.get("faces")
    if faces is None:
        return pair
    return replace(pair, attack=attack(job.attackers[subject], pair.original.rgb, pair.places, faces))


def attackers_of(
    job_baselines: Sequence[str], editors: Mapping[str, Editor] | None, made: Callable[[str], Any]
) -> dict[str, Mapping[str, Editor] | None]:
    """Return who attacks each subject: whoever has its own editor.

    Args:
        job_baselines: Names of the baselines.
        editors: Of the dataset; None where they are not known.
        made: Name of an editor -> it by kind.
    """
    known: dict[str, Mapping[str, Editor] | None] = {SAFE: editors} if editors else {}
    for name in job_baselines:
        known[name] = None if name in (RAW, REENCODED) else made(name)
    return known
