"""Which safe image belongs to which original.

A result of ours knows by hash what each row was made from, a published one by its row keys; images in
folders belong together by their names, rows of other datasets by their order.
"""

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import PIL.Image
from datasets import Dataset, IterableDataset

from ..errors import DatasetError
from ..hub.keys import ROW_KEY, local_key, row_key
from ..imaging.cells import read_cell
from ..review.result import open_result
from ..sources import Source
from ..storage.shards import read_rows
from ..taxonomy import STATUSES

_OURS = ("privacy_status", "risk_regions", "public_caption", "edit_instruction", "provenance")
_HINT = "Name the source that it was made from, as it was then."


@dataclass(frozen=True)
class Row:
    """One row of the originals and what became of it; cells as `open_cell` takes them.

    Args:
        id: `split/index` in the originals.
        original: The cell.
        safe: The cell, None where there is no image.
        missing: The dataset has no such row at all.
        sha256: Of the original, where the dataset knows it.
        status: As in our results, else empty.
        regions: Values of `risk_regions`; None where nobody says what was risky.
        texts: `public_caption`, `private_caption`, `edit_instruction`, `question`.
        answers: To the question.
        label: The class, None for none.
        seed: Of the row in a result of ours.
    """

    id: str
    original: Any = field(repr=False)
    safe: Any = field(repr=False)
    missing: bool = False
    sha256: str | None = field(default=None, repr=False)
    status: str = ""
    regions: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    label: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Columns:
    """Names of columns of the originals.

    Args:
        image: None for the only image column.
        label: None for `label` where it is there.
        caption: Of a public caption, where the judged dataset has none of ours.
        repo_id: Where the judged dataset was published; None for where it was opened from.
        split: The one split that is wanted; None for all.
    """

    image: str | None = None
    label: str | None = None
    caption: str | None = None
    repo_id: str | None = None
    split: str | None = None


def rows_of_result(folder: Path, originals: Source, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a result of ours, each with the original that it was made from.

    Raises:
        DatasetError: It is not whole, or its originals are others.
    """
    manifest = open_result(folder)
    image = manifest["image_column"]
    original_image = _image_column(originals, columns.image or image)
    for split in (name for name in manifest["splits"] if is_wanted(name, columns.split)):
        part = _part(originals, split)
        public = read_rows(folder / "data", split, [image, *_OURS])
        kept = read_rows(folder / "private", split, ["row", "image_sha256", "private_caption"])
        both: Iterator[tuple[Any, Any]] = zip(public, kept, strict=True)
        for index, (row, beside) in enumerate(both):
            if index >= len(part):
                raise DatasetError(f"Row {beside['row']} of the result is not in this source.", hint=_HINT)
            before: Mapping[str, Any] = part[index]
            private = beside["private_caption"] or ""
            yield Row(
                beside["row"],
                original=before[original_image],
                safe=row[image],
                sha256=beside["image_sha256"],
                status=STATUSES[row["privacy_status"]],
                regions=tuple(row["risk_regions"]),
                texts={**_texts(before, columns, row), "private_caption": private},
                seed=row["provenance"]["seed"],
                **_said(before, columns),
            )


def rows_of_others(safe: Source, originals: Source, columns: Columns) -> Iterator[Row]:
    """Yield the originals, each with its image in another dataset.

    Raises:
        DatasetError: Nothing tells which belongs to which.
    """
    image, safe_image = _image_column(originals, columns.image), _image_column(safe, None)
    how = paired_by(safe, originals)
    if how == "row key":
        found = _by_row_key(safe, originals, image, columns.repo_id)
    else:
        found = (_by_name if how == "name" else _by_order)(safe, originals)
    for split, part in originals.splits.items():
        for index, before in enumerate(part):
            at = found.get((split, index))
            after: Mapping[str, Any] = {} if at is None else safe.splits[at[0]][at[1]]
            status = after.get("privacy_status")
            regions = after.get("risk_regions")
            yield Row(
                f"{split}/{index}",
                original=before[image],
                safe=after.get(safe_image),
                missing=at is None,
                status=STATUSES[status] if isinstance(status, int) else "",
                regions=tuple(regions) if isinstance(regions, list) else None,
                texts=_texts(before, columns, after),
                **_said(before, columns),
            )


Place = tuple[str, int]  # split and index


def paired_by(safe: Source, originals: Source) -> str:
    """Return how rows of another dataset are matched with their originals.

    Raises:
        DatasetError: One of them is a stream.
    """
    if any(isinstance(p, IterableDataset) for s in (safe, originals) for p in s.splits.values()):
        raise DatasetError("A stream cannot be judged: its rows have no numbers.", hint="Load it whole.")
    if all(ROW_KEY in part.features for part in safe.splits.values()):
        return "row key"
    return "name" if safe.kind == originals.kind == "folder" else "order"


def is_wanted(split: str, wanted: str | None) -> bool:
    """Return whether a split is the one that a user named, by itself or in each configuration."""
    return wanted in (None, split, split.rpartition("/")[2])


def _by_row_key(safe: Source, originals: Source, image: str, repo_id: str | None) -> dict[Place, Place]:
    key = local_key()
    if repo_id is None and safe.kind != "hub":
        raise DatasetError(
            "Rows of this dataset are known by row keys, and these by the repo that it was published in.",
            hint="Name it: repo_id='owner/name'.",
        )
    repo_id = repo_id or safe.description.partition("@")[0]
    if key is None:
        raise DatasetError(
            "Rows of this dataset are known by row keys, and the key that made them is not here.",
            hint="Set UNSAFE2SAFE_KEY to it, or evaluate the result that was published.",
        )
    known = {row[ROW_KEY]: (s, i) for s, part in _only(safe, ROW_KEY) for i, row in enumerate(part)}
    found: dict[Place, Place] = {}
    for split, part in _only(originals, image):
        for index, row in enumerate(part):
            data = _encoded(row[image])
            digest = data and hashlib.sha256(data).hexdigest()
            at = digest and known.get(row_key(key, repo_id, f"original:{digest}"))
            if at:
                found[split, index] = at
    if not found:
        raise DatasetError("No row of this dataset was made from these originals.", hint=_HINT)
    return found


def _encoded(cell: Any) -> bytes | None:
    data = cell and read_cell(cell)
    return None if isinstance(data, PIL.Image.Image) else data


def _by_name(safe: Source, originals: Source) -> dict[Place, Place]:
    """Match by the path below the folder without its ending: tools write other formats."""
    known = _names(safe)
    found = {at: known[name] for name, at in _names(originals).items() if name in known}
    if not found:
        raise DatasetError(
            "No image has the name of an original.", hint="Both folders need the same names, endings apart."
        )
    return found


def _names(source: Source) -> dict[str, Place]:
    """Return the images of a folder by name; names that two of them share have no place."""
    names: dict[str, Place] = {}
    twice: set[str] = set()
    for split, part in _only(source, "image"):
        for index, row in enumerate(part):
            path = PurePath(os.path.relpath(row["image"]["path"], source.root)).with_suffix("").as_posix()
            twice |= {path} & names.keys()
            names[path] = split, index
    if twice:
        raise DatasetError(
            f"{len(twice)} names stand for more than one image.", hint="Give each image a name of its own."
        )
    return names


def _by_order(safe: Source, originals: Source) -> dict[Place, Place]:
    pairs = {split: split for split in originals.splits}
    if len(safe.splits) == len(originals.splits) == 1:
        pairs = {next(iter(originals.splits)): next(iter(safe.splits))}
    same = len(safe.splits) == len(pairs) and all(
        two in safe.splits and len(safe.splits[two]) == len(originals.splits[one])
        for one, two in pairs.items()
    )
    if not same:
        raise DatasetError(
            "Nothing tells which row was made from which original: splits or numbers of rows differ.",
            hint="Evaluate the folder that `unsafe2safe sanitize` wrote, or folders with the same names.",
        )
    return {(one, i): (two, i) for one, two in pairs.items() for i in range(len(safe.splits[two]))}


def _only(source: Source, column: str) -> Iterator[tuple[str, Dataset]]:
    yield from ((split, part.select_columns([column])) for split, part in source.splits.items())


def _part(originals: Source, split: str) -> Dataset:
    part = originals.splits.get(split)
    if part is None:
        raise DatasetError(f"Split '{split}' of the result is not in this source.", hint=_HINT)
    return part


def _image_column(source: Source, named: str | None) -> str:
    from datasets import Image

    features = next(iter(source.splits.values())).features
    found = [name for name, f in features.items() if isinstance(f, Image)]
    if named in found:
        return str(named)
    if named or len(found) != 1:
        raise DatasetError(
            f"{'No' if not found else 'Not one'} image column. The dataset has: {', '.join(features)}.",
            hint="Name it: image_column='...'.",
        )
    return str(found[0])


def _said(row: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    """Return what the originals say of a row beside its image, as arguments of `Row` without texts."""
    label, answers = row.get(columns.label or "label"), row.get("answers")
    for named in filter(None, (columns.label, columns.caption)):
        if named not in row:
            raise DatasetError(
                f"Column '{named}' not found. The dataset has: {', '.join(row)}.",
                hint="Name another label_column or caption_column.",
            )
    if isinstance(label, str):
        label = zlib.crc32(label.encode())  # the same name, the same number
    return {
        "label": label if isinstance(label, int) and label >= 0 else None,  # -1 is `datasets` for unknown
        "answers": tuple(_answer(one) for one in answers) if isinstance(answers, list) else (),
    }


def _answer(one: Any) -> str:
    return str(one.get("answer", "")) if isinstance(one, Mapping) else str(one)


def _texts(row: Mapping[str, Any], columns: Columns, safe: Mapping[str, Any]) -> dict[str, str]:
    caption = safe.get("public_caption") or row.get(columns.caption or "") or ""
    if isinstance(caption, list):
        caption = caption[0]
    return {
        "question": str(row.get("question") or ""),
        "public_caption": str(caption),
        "edit_instruction": str(safe.get("edit_instruction") or ""),
    }
