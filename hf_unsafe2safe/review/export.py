"""Rows that a person should look at, in a folder that stays on this machine."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import DatasetError
from ..imaging.encode import encode
from ..policy import resolve_policy
from ..rows import check_counts
from ..sources import Source
from ..storage.output import MANIFEST
from .candidate import Candidate, candidate_of
from .decisions import NAME, decisions_csv
from .folder import IMAGES, check_new_folder, private_folder, write_private
from .page import FILLED, NOW, ORIGINAL, Item, page
from .result import Originals, ResultRow, open_result, rows_of
from .unsure import WHY, why_of

REVIEW = "review.json"  # written last: a folder without it is not finished
_SUFFIXES = {b"\x89PNG": "png", b"RIFF": "webp"}


def export_review(
    result_dir: str | Path, source: Source, output_dir: str | Path, *, limit: int | None = None
) -> dict[str, int]:
    """Write the rows of a result that a person should look at into a folder of its own.

    It gets `review.html`, the pictures in `images/`, and `decisions.csv`, whose last column is for the
    person. It shows originals: only its owner may read it, and no model runs.

    Args:
        result_dir: A result of `materialize`, with its private folder.
        source: What the result was made from.
        output_dir: A new or empty folder, apart from the originals and the result.
        limit: At most so many rows; None for all.

    Returns:
        How many rows were exported, by why; see `unsure.WHY`.

    Raises:
        ConfigError: The output folder cannot be used.
        DatasetError: There is no result, or its rows are not those of this source.
    """
    check_counts(limit=limit)
    result, output = Path(result_dir), Path(output_dir)
    check_new_folder(output, originals=source.root, result=result)
    manifest = open_result(result)
    originals = Originals(source, manifest["image_column"])
    lowest = resolve_policy(manifest["config"]["policy"]).scores
    chosen = ((row, why) for row in rows_of(result, manifest) if (why := why_of(row, lowest)))
    items: list[Item] = []
    entries: dict[str, Any] = {}
    with private_folder(output) as folder:
        for row, why in islice(chosen, limit):
            item, entries[row.id] = _exported(
                row, why, folder, originals, lowest, manifest["config"]["encoding"]
            )
            items.append(item)
        lines = decisions_csv((item.id, item.status, item.reason, item.why) for item in items)
        write_private(folder / NAME, lines.encode())
        write_private(folder / "review.html", page(items).encode())
        values = {"result": result_digest(result), "rows": entries}
        write_private(folder / REVIEW, json.dumps(values, indent=1).encode())
    counts = Counter(item.why for item in items)
    return {why: counts[why] for why in WHY if counts[why]}


def _exported(
    row: ResultRow,
    why: str,
    folder: Path,
    originals: Originals,
    kinds: Collection[str],
    encoding: str,
) -> tuple[Item, dict[str, Any]]:
    """Write the pictures of a row; return what the page and what `review.json` says of it."""
    opened = originals.open(row.id, row.image_sha256)
    # Its boxes are still as the file was stored: no picture of it may be published beside them.
    offered = opened is not None and row.reason != "rotated_annotations"
    candidate, shown = None, None
    if opened:
        shown = encode(opened.pixels, encoding="png", icc=opened.icc)
    if opened and offered:
        candidate = candidate_of(opened, row.regions, kinds, encoding)
    name = row.id.replace("/", "-")
    pictures = {
        ORIGINAL: _write(folder, f"{name}-original", shown),
        NOW: _write(folder, f"{name}-now", row.image),
        FILLED: _write(folder, f"{name}-filled", candidate.data if candidate else None),
    }
    words = [
        *(("accept_fill",) if candidate else ()),
        "drop",
        *(("keep_by_consent",) if offered else ()),
    ]
    item = Item(
        id=row.id,
        status=row.status,
        reason=row.reason,
        why=why,
        regions=row.regions,
        size_wh=opened.size_wh if opened else None,
        pictures=pictures,
        words=words,
    )
    return item, {"original": offered, "candidate": _entry(candidate, pictures[FILLED])}


def _write(folder: Path, name: str, data: bytes | None) -> str | None:
    """Write a picture under the name of its format; return its path in the folder, None for none."""
    if data is None:
        return None
    path = f"{IMAGES}/{name}.{_SUFFIXES.get(data[:4], 'jpg')}"
    write_private(folder / path, data)
    return path


def _entry(candidate: Candidate | None, path: str | None) -> dict[str, Any] | None:
    if candidate is None:
        return None
    digest = hashlib.sha256(candidate.data).hexdigest()
    return {"path": path, "sha256": digest, "edited_fraction": candidate.edited_fraction}


def read_review(review: Path, result: Path) -> dict[str, Any]:
    """Return what a review says of its rows: id -> whether there is an original, and the candidate.

    Raises:
        DatasetError: There is no review in the folder, or it is one of another result.
    """
    try:
        values = json.loads((review / REVIEW).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict) or not {"result", "rows"} <= values.keys():
        raise DatasetError(
            "There is no finished review in this folder.", hint="Run `unsafe2safe review` first."
        )
    if values["result"] != result_digest(result):
        raise DatasetError(
            "The review was made of another result.", hint="Name the result that was reviewed."
        )
    rows: dict[str, Any] = values["rows"]
    return rows


def result_digest(result: Path) -> str:
    """Return what tells a result from others: the sha256 of its manifest, which names its files."""
    return hashlib.sha256((result / MANIFEST).read_bytes()).hexdigest()
