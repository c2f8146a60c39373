"""`evaluate`: how good a safe dataset is, ours or another tool's, against the originals and baselines."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from ..errors import ConfigError
from ..extras import need
from ..manifest import read_manifest
from ..private_file import check_place
from ..rows import check_counts
from ..sources import Source, open_source
from ..storage.output import is_result, overlap
from ..storage.store import DEFAULT, place_of
from .catalogue import choose
from .judging import Job, Judged, attackers_of, judge
from .metric import Metric
from .output.write import PAGE, write_all
from .results import Evaluation
from .rows import Columns, is_wanted, paired_by
from .subjects import BASELINES, check_baselines, chosen_rows, editors_of
from .summary import summarised

ROWS_OF_BASELINES = 50
_PLACES = ("faces", "lines", "codes")  # looks that tell what was risky where nobody recorded it


def evaluate(
    safe: Any,
    original: Any,
    *,
    metrics: Sequence[str | Metric] | None = None,
    options: Mapping[str, Any] | None = None,
    baselines: Sequence[str] = BASELINES,
    baseline_rows: int = ROWS_OF_BASELINES,
    attack_editor: Any = None,
    regions: Literal["recorded", "found"] = "recorded",
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    caption_column: str | None = None,
    keep_labels: bool = False,
    repo_id: str | None = None,
    limit: int | None = None,
    num_proc: int = 1,
    seed: int = 0,
    store: str | Path | None = DEFAULT,
    output: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Judge a safe dataset against its originals; nothing of either is changed or sent anywhere.

    Args:
        safe: A folder that `sanitize` wrote; or any dataset, folder of images or Hub id that another tool
            made. Images in folders belong together by name, rows of other datasets by order or row key.
        original: What it was made from, as `open_source` takes it.
        metrics: Names, dimensions such as `privacy`, or objects; None for all that are registered.
        options: What some metrics need, for example `{"clip": "org/model"}`; without it they are not run.
        baselines: What the dataset is compared with, made here of the same originals and regions.
        baseline_rows: For how many rows, drawn by `seed`.
        attack_editor: With which editor an attacker edits a gallery; None for those that made the result.
            Only embedded editors can be run for it.
        regions: What counts as risky: what a result of ours recorded as edited, or what is found in the
            originals here (faces, personal texts, codes), as for every other tool. To compare tools fairly
            take `found` for all.
        split: Of the originals; None for all.
        config_name: Of the originals on the Hub, as for `load_source`.
        revision: Of the originals on the Hub.
        image_column: Of the originals; None for the only one.
        label_column: Of the originals, for what is trained; None for `label` where it is there.
        caption_column: Of the originals, where the dataset has no public captions.
        keep_labels: For a folder of originals: the names of its folders are the classes.
        repo_id: Of a dataset that was published with row keys and was not opened from the Hub here.
        limit: At most so many rows, drawn by `seed`.
        num_proc: Processes; the figures do not depend on it.
        seed: Of intervals, samples and probes.
        store: Where looks at images are kept for the next time, for their owner only; None for nowhere.
        output: A folder for `evaluation.json`, `evaluation.md` and a page that shows originals; None to
            write nothing.
        progress: Called with the rows that are done and their number.

    Raises:
        ConfigError: An argument or option cannot be.
        DatasetError: Nothing tells which rows belong together, or the originals are others.
        MissingExtraError: A package is missing.
        UnknownNameError: There is no such metric, baseline or option.
    """
    need("evaluate", "evaluate", "sklearn", "skimage", "rapidfuzz", "imagehash", "matplotlib")
    check_counts(limit=limit, num_proc=num_proc, baseline_rows=baseline_rows)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ConfigError(f"seed must be a whole number from 0, got {seed!r}.")
    folder = Path(safe) if isinstance(safe, str | Path) and is_result(Path(safe)) else None
    if regions not in ("recorded", "found"):
        raise ConfigError(f"regions must be 'recorded' or 'found', got {regions!r}.")
    other = None if folder else open_source(safe)
    recorded = regions == "recorded" and (other is None or _has_regions(other))
    chosen = choose(metrics, options or {}, () if recorded else _PLACES)
    how = {"config_name": config_name, "revision": revision, "keep_labels": keep_labels}
    named = {name: value for name, value in how.items() if value}
    originals = open_source(original, split=split, image_column=image_column, **named)
    names = check_baselines(baselines)
    editors = _editors(folder, attack_editor)
    place = _output(output, folder, originals, other)
    ids = _ids(folder, originals, split)
    rows = None if limit is None else chosen_rows(ids, limit, seed)
    job = Job(
        folder=folder,
        safe=other,
        originals=originals,
        columns=Columns(image_column, label_column, caption_column, repo_id, split),
        metrics=chosen.metrics,
        lookers=chosen.lookers,
        baselines=names,
        sampled=chosen_rows(ids if rows is None else rows, baseline_rows, seed),
        recorded=recorded,
        paired_by="hash" if other is None else paired_by(other, originals),
        attackers=attackers_of(names, editors, editors_of),
        rows=rows,
        seed=seed,
        store=place_of(store),
    )
    judged = _judged(job, len(ids if rows is None else rows), num_proc, progress)
    evaluation = summarised(job, judged, chosen, dict(options or {}), baseline_rows)
    if place is not None:
        write_all(place, evaluation, job, judged)
    return evaluation


def _has_regions(source: Source) -> bool:
    """Return whether a dataset says what was edited, as our published ones do."""
    return all("risk_regions" in part.features for part in source.splits.values())


def _output(
    output: str | Path | None, folder: Path | None, originals: Source, other: Source | None
) -> Path | None:
    """Return the folder to write to; what cannot be written is said before the work, not after it."""
    if output is None:
        return None
    place = Path(output)
    check_place(place / PAGE, originals=originals.root)
    if other is not None and other.root is not None and overlap(place, other.root):
        raise ConfigError("The page would lie in the dataset that is judged.", hint="Name another folder.")
    if is_result(place) and (folder is None or place.resolve() != folder.resolve()):
        raise ConfigError("The output folder is another result.", hint="Name a new folder.")
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The output folder cannot be made: {error.strerror}.") from None
    return place


def _editors(folder: Path | None, given: Any) -> Any:
    if given is None:
        return editors_of(read_manifest(folder)["config"].get("editor")) if folder else None
    editors = editors_of(given)
    if editors is None:
        raise ConfigError(
            "attack_editor is no embedded editor.", hint="For example 'pixelate' or 'blur:0.1'."
        )
    return editors


def _ids(folder: Path | None, originals: Source, split: str | None) -> list[str]:
    """Return the names of all rows that will be seen."""
    if folder is None:
        sizes = {split: len(part) for split, part in originals.splits.items()}
    else:  # a result may have been made of the first rows only
        splits = read_manifest(folder)["splits"]
        sizes = {name: sum(rows.values()) for name, rows in splits.items() if is_wanted(name, split)}
    return [f"{name}/{i}" for name, size in sizes.items() for i in range(size)]


def _judged(job: Job, total: int, num_proc: int, progress: Callable[[int, int], None] | None) -> Judged:
    done = 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        if progress:
            progress(done, total)

    if num_proc == 1:
        return judge(job, progress=tell)
    with ProcessPoolExecutor(num_proc, mp_context=get_context("spawn")) as pool:
        parts = [pool.submit(judge, job, part, num_proc) for part in range(num_proc)]
        finished, running = wait(parts, return_when=FIRST_EXCEPTION)
        if running:  # one failed: what the others find is not wanted any more
            for process in list(pool._processes.values()):
                process.terminate()
            next(part for part in finished if part.exception()).result()
        judged, *others = [part.result() for part in parts]
    for other in others:
        judged.merge(other)
    tell(total)
    return judged
