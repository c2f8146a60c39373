"""A before/after contact sheet. It shows originals: it stays on this machine, readable by its owner only."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from datasets import Dataset

from .errors import ConfigError, DatasetError, StageError
from .imaging.cells import open_cell
from .manifest import read_manifest
from .schema import PUBLIC_FEATURES
from .sources import Source
from .storage.shards import read_rows
from .taxonomy import STATUSES

CELL_WH = (372, 279)  # two pairs side by side: 4 cells and margins are 1,600 pixels
_GAP, _BETWEEN, _LINE, _PAIRS = 24, 8, 24, 2
_PAPER, _INK, _EMPTY = (250, 250, 248), (34, 34, 34), (226, 226, 222)
_INK_OF = {"safe": (34, 110, 60), "edited": (30, 80, 160), "rejected": (176, 84, 0), "failed": (170, 30, 30)}


@dataclass(frozen=True)
class Pair:
    """A row as it was and as it is; None where there is no image.

    Args:
        original: The opened original.
        safe: The safe image.
        status: One of `taxonomy.STATUSES`.
        caption: Status and counts; never a file name.
    """

    original: PIL.Image.Image | None = field(repr=False)
    safe: PIL.Image.Image | None = field(repr=False)
    status: str
    caption: str


def contact_sheet(pairs: Iterable[Pair], path: str | Path) -> None:
    """Write a PNG with pairs of original and safe image, two pairs a line, 1,600 pixels wide.

    Args:
        pairs: In the order in which they are shown.
        path: Ends in `.png`; replaced when it is there. Its mode is 0600.

    Raises:
        ConfigError: The path does not end in `.png` or cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ConfigError("A contact sheet is a PNG file.", hint="Name one that ends in .png.")
    cells = list(pairs)
    width = _GAP + _PAIRS * (2 * CELL_WH[0] + _BETWEEN + _GAP)
    height = CELL_WH[1] + _LINE + _GAP
    sheet = PIL.Image.new("RGB", (width, 2 * _GAP + _LINE + -(-len(cells) // _PAIRS) * height), _PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    for i in range(min(_PAIRS, max(1, len(cells)))):
        x = _GAP + i * (2 * CELL_WH[0] + _BETWEEN + _GAP)
        for k, title in enumerate(("original", "sanitized")):
            draw.text((x + k * (CELL_WH[0] + _BETWEEN), _GAP), title, _INK, PIL.ImageFont.load_default(18))
    for i, pair in enumerate(cells):
        x = _GAP + i % _PAIRS * (2 * CELL_WH[0] + _BETWEEN + _GAP)
        y = 2 * _GAP + _LINE + i // _PAIRS * height
        _paste(sheet, pair.original, (x, y))
        _paste(sheet, pair.safe, (x + CELL_WH[0] + _BETWEEN, y))
        below = (x, y + CELL_WH[1] + 4)
        draw.text(below, pair.caption, _INK_OF.get(pair.status, _INK), PIL.ImageFont.load_default(15))
    _save(sheet, path)


def pairs_of(output_dir: str | Path, original: Source, *, limit: int | None = None) -> Iterator[Pair]:
    """Yield the rows of a result with their originals, split by split, in their order.

    Args:
        output_dir: A result of `materialize`, with its private folder.
        original: The source that it was made from.
        limit: At most so many rows; None for all.

    Raises:
        DatasetError: There is no result, or the rows are not those of this source.
    """
    folder, manifest = Path(output_dir), read_manifest(output_dir)
    return islice(_pairs(folder, manifest, original), limit)


def _pairs(folder: Path, manifest: Mapping[str, Any], original: Source) -> Iterator[Pair]:
    column = manifest["image_column"]
    for split, counts in manifest["splits"].items():
        rows = original.splits.get(split)
        if not sum(counts.values()):
            continue
        if rows is None or column not in rows.features or len(rows) < sum(counts.values()):
            raise DatasetError(f"Split '{split}' of the result is not in this source.", hint=_HINT)
        public = read_rows(folder / "data", split, [column, "privacy_status", "risk_regions"])
        private = read_rows(folder / "private", split, ["row", "image_sha256"])
        for cell, row, beside in zip(_cells(rows, column), public, private, strict=False):
            yield _pair(cell, row, beside, column)


_HINT = "Name the source that the result was made from, as it was then."


def _cells(rows: Dataset, column: str) -> Iterator[Any]:
    for table in rows.select_columns([column]).with_format("arrow").iter(1):
        yield from table[column].to_pylist()


def _pair(cell: Any, row: Mapping[str, Any], beside: Mapping[str, Any], column: str) -> Pair:
    try:
        opened = open_cell(cell)
        original, digest = PIL.Image.fromarray(opened.pixels), opened.sha256
    except StageError:
        original, digest = None, None
    if digest != beside["image_sha256"]:
        raise DatasetError(f"Row {beside['row']} of the result was made from another image.", hint=_HINT)
    safe = row[column] and PIL.Image.open(BytesIO(row[column]["bytes"]))
    status = STATUSES[row["privacy_status"]]
    return Pair(original, safe, status, f"{beside['row']}   {status}{_counts(row['risk_regions'])}")


def _counts(regions: Sequence[Mapping[str, Any]]) -> str:
    edited = PUBLIC_FEATURES["risk_regions"].feature["action"].str2int("edited")
    found = Counter((region["kind"], region["action"] == edited) for region in regions)
    words = {True: "", False: " (labelled)"}
    parts = [f"{count} {kind}{words[done]}" for (kind, done), count in sorted(found.items())]
    return f": {', '.join(parts[:4])}{', ...' if len(parts) > 4 else ''}" if parts else ""


def _paste(sheet: PIL.Image.Image, image: PIL.Image.Image | None, xy: tuple[int, int]) -> None:
    cell = PIL.Image.new("RGB", CELL_WH, _EMPTY)
    if image is None:
        text = PIL.ImageDraw.Draw(cell)
        middle = (CELL_WH[0] // 2, CELL_WH[1] // 2)
        text.text(middle, "no image", _INK, PIL.ImageFont.load_default(18), anchor="mm")
    else:
        small = image.convert("RGBA")
        small.thumbnail(CELL_WH)
        cell.paste(small, ((CELL_WH[0] - small.width) // 2, (CELL_WH[1] - small.height) // 2), small)
    sheet.paste(cell, xy)


def _save(sheet: PIL.Image.Image, path: Path) -> None:
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    try:
        path.unlink(missing_ok=True)  # an older file would keep its own mode
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(buffer.getvalue())
    except OSError as error:
        raise ConfigError(f"The contact sheet cannot be written: {error.strerror}.") from None
