"""`make_triplets`: an original, its safe image and the texts in one row, to train editors on. Private."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ...config import package_version
from ...detectors.identity import SAME_PERSON
from ...errors import ConfigError, DatasetError
from ...evaluation.looks.clip import Clip
from ...evaluation.rows import Columns, Row, paired_by, rows_of_others, rows_of_result
from ...extras import need
from ...manifest import read_manifest, result_digest
from ...rows import check_counts
from ...sources import Source, open_source
from ...storage.output import is_result
from ...texts.instructions import TemplateInstructor
from .balance import BALANCES, weights
from .card import card
from .features import DATA, FORMAT, MANIFEST, TEXTS, TRAIN, VALIDATION
from .groups import NEAR_DUPLICATE, grouped
from .looking import Kept, Looking
from .place import building, check_place, write_private
from .splitting import validation_rows
from .writing import write_rows, write_split

_ROWS = ".rows.unfinished"  # all triplets, before they are split


@dataclass(frozen=True)
class Triplets:
    """What was made.

    Args:
        folder: Where it is.
        counts: Rows by what became of them: `kept`, or why not.
        rows: By split.
        groups: Groups by split; none is in both.
    """

    folder: Path = field(repr=False)
    counts: Mapping[str, int]
    rows: Mapping[str, int]
    groups: Mapping[str, int]


def make_triplets(
    result: Any,
    original: Any,
    output: str | Path,
    *,
    clip: str | None = None,
    clip_ratio: float = 0.7,
    clip_text: str = "public_caption",
    keep_reidentified: bool = False,
    validation: float = 0.1,
    balance: str = "kinds",
    seed: int = 0,
    overwrite: bool = False,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    image_column: str | None = None,
    label_column: str | None = None,
    keep_labels: bool = False,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Triplets:
    """Write triplets of edited rows into a private folder, which appears when it is finished.

    Left out and counted are rows that nobody edited (`safe`), without an image, of two sizes, without texts,
    that are copies, and what the filters refuse. Rows that show the same picture or person are one group
    (see `groups`), and no group is in both splits.

    Args:
        result: A folder that `sanitize` wrote; or another dataset with `public_caption` and
            `edit_instruction`, matched with its originals as `evaluate` does.
        original: What it was made from, as `open_source` takes it.
        output: A new or empty folder, or earlier triplets together with `overwrite`.
        clip: A CLIP model, `org/model[@revision]` or a folder; None does not filter by it.
        clip_ratio: Rows stay whose edited image fits the text more than so many times as well as the
            original.
        clip_text: That text: one of `features.TEXTS`.
        keep_reidentified: Keep rows in which a face of the original is still recognised.
        validation: Share of the rows in [0, 1) that is set apart for validation.
        balance: What `sampling_weight` evens out: `kinds` (each combination of edited kinds is drawn alike),
            `label` (each class) or `none`. It is 1 in the mean and at most `balance.MOST`.
        seed: Of the split.
        overwrite: Replace earlier triplets.
        split: Of the originals; None for all.
        config_name: Of the originals on the Hub, as for `load_source`.
        revision: Of the originals on the Hub.
        image_column: Of the originals; None for the only one.
        label_column: Of the originals; None for `label` where it is there.
        keep_labels: For a folder of originals: the names of its folders are the classes.
        limit: Only so many of the first rows.
        progress: Called with the rows that were looked at and their number.

    Raises:
        ConfigError: An argument cannot be, or the folder cannot be written.
        DatasetError: The originals are others, no row is left, or all rows are one group.
        MissingExtraError: A package is missing.
    """
    need("evaluate", "Triplets", "imagehash")
    _check(clip_ratio, clip_text, validation, balance, seed, limit)
    folder = Path(result) if isinstance(result, str | Path) and is_result(Path(result)) else None
    other = None if folder else open_source(result)
    how = {"config_name": config_name, "revision": revision, "keep_labels": keep_labels}
    named = {name: value for name, value in how.items() if value}
    originals = open_source(original, split=split, image_column=image_column, **named)
    check_place(Path(output), (folder, other.root if other else None, originals.root), overwrite=overwrite)
    columns = Columns(image_column, label_column, split=split)
    made_by = read_manifest(folder) if folder else {}
    looking = Looking(
        instructor=_instructor(made_by.get("config", {})),
        clip=None if clip is None else Clip(clip),
        clip_ratio=clip_ratio,
        clip_text=clip_text,
        keep_reidentified=keep_reidentified,
        by_label=balance == "label",
    )
    with building(Path(output)) as part:
        rows = islice(_rows(folder, other, originals, columns), limit)
        total = sum(len(one) for one in originals.splits.values())
        write_rows(part / _ROWS, looking.kept(_told(rows, min(total, limit or total), progress)))
        chosen = _split(part, looking.rows, looking.counts, validation, balance, seed)
        write_private(part / "README.md", card(chosen[0]))
        manifest = {
            "format": FORMAT,
            "package_version": package_version(),
            "counts": dict(sorted(looking.counts.items())),
            "rows": chosen[0],
            "groups": chosen[1],
            "clip": _clip_filter(looking),
            "reidentified_rows": "kept" if keep_reidentified else "left out",
            "validation": validation,
            "balance": balance,
            "seed": seed,
            "near_duplicate_bits": NEAR_DUPLICATE,
            "same_person": SAME_PERSON,
            "combined_caption": "by the instructor 'template': a result does not keep that of its run",
            "result": _about(folder, made_by),
            "licence": made_by.get("source_licence") or originals.licence,
        }
        write_private(part / MANIFEST, manifest)
    return Triplets(Path(output), dict(looking.counts), *chosen)


def _check(
    clip_ratio: float, clip_text: str, validation: float, balance: str, seed: int, limit: int | None
) -> None:
    check_counts(limit=limit)
    if not (math.isfinite(clip_ratio) and clip_ratio > 0):
        raise ConfigError(f"clip_ratio must be above 0, got {clip_ratio}.")
    if clip_text not in TEXTS:
        raise ConfigError(f"clip_text must be one of {', '.join(TEXTS)}.")
    if not 0 <= validation < 1:
        raise ConfigError(f"validation must be a share from 0 to under 1, got {validation}.")
    if balance not in BALANCES:
        raise ConfigError(f"balance must be one of {', '.join(BALANCES)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ConfigError(f"seed must be a whole number from 0, got {seed!r}.")


def _rows(folder: Path | None, other: Source | None, originals: Source, columns: Columns) -> Iterator[Row]:
    if folder is not None:
        return rows_of_result(folder, originals, columns)
    assert other is not None
    paired_by(other, originals)  # refuses streams
    return rows_of_others(other, originals, columns)


def _told(rows: Iterator[Row], total: int, progress: Callable[[int, int], None] | None) -> Iterator[Row]:
    for i, row in enumerate(rows):
        yield row
        if progress:
            progress(i + 1, total)


def _instructor(config: Mapping[str, Any]) -> TemplateInstructor:
    invents = config.get("demographics") or config.get("instructor") == "template:demographics"
    return TemplateInstructor("demographics" if invents else "")


def _split(
    part: Path, kept: list[Kept], counts: Counter[str], validation: float, balance: str, seed: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Write both splits and return their rows and groups."""
    if not kept:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(counts.items()))
        raise DatasetError(f"No row became a triplet ({reasons or 'there are no rows'}).")
    groups = grouped([row.marks for row in kept])
    apart = validation_rows(groups, validation, seed)
    drawn = np.ones(len(kept), np.float32)
    if balance != "none":
        for rows in (np.flatnonzero(~apart), np.flatnonzero(apart)):
            drawn[rows] = weights([kept[i].balanced for i in rows])
    (part / DATA).mkdir(mode=0o700)
    columns: dict[str, np.ndarray] = {"group": groups, "sampling_weight": drawn}
    sizes = {
        name: write_split(part / _ROWS, part / DATA, name, wanted, columns)
        for name, wanted in ((TRAIN, ~apart), (VALIDATION, apart))
    }
    (part / _ROWS).unlink()
    return sizes, {TRAIN: len(np.unique(groups[~apart])), VALIDATION: len(np.unique(groups[apart]))}


def _clip_filter(looking: Looking) -> Any:
    if looking.clip is None:
        return "not run: no model was named"
    models = [{"name": model.name, "revision": model.revision} for model in looking.clip.models]
    return {"ratio_above": looking.clip_ratio, "text": looking.clip_text, "models": models}


def _about(folder: Path | None, manifest: Mapping[str, Any]) -> dict[str, Any]:
    if folder is None:
        return {"made_by": "another tool"}
    return {
        "digest": result_digest(folder),
        "config_digest": manifest["config_digest"],
        "models": manifest["models"],
    }
