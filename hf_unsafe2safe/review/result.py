"""The rows of a finished result, the public and the private part side by side, and their originals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import DatasetError, StageError
from ..imaging.cells import open_cell
from ..imaging.open import OpenedImage
from ..manifest import read_manifest
from ..records import SCHEMA_VERSION
from ..sources import Source, undecoded
from ..storage.shards import read_rows, shards
from ..taxonomy import STATUSES

_HINT = "Name the source that the result was made from, as it was then."


@dataclass(frozen=True)
class ResultRow:
    """A row of a result.

    Args:
        id: `split/index`.
        status: One of `taxonomy.STATUSES`.
        reason: One of `taxonomy.REASONS`.
        regions: Its `risk_regions`, as in `schema.PUBLIC_FEATURES`.
        image: The bytes of the safe image, None where there is none.
        image_sha256: Of the original; None where it could not be opened. Private.
    """

    id: str
    status: str
    reason: str
    regions: tuple[Mapping[str, Any], ...]
    image: bytes | None = field(repr=False)
    image_sha256: str | None = field(repr=False)


def open_result(folder: Path) -> dict[str, Any]:
    """Return the manifest of a result that is whole.

    Raises:
        DatasetError: There is none, it was made by another version, or its private part is not there.
    """
    manifest = read_manifest(folder)
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DatasetError("The result was made by another version.", hint="Sanitize the source again.")
    for split, counts in manifest["splits"].items():
        for part in ("data", "private"):
            if _count(folder / part, split) != sum(counts.values()):
                raise DatasetError(
                    f"Split '{split}' of the result is not whole in its folder '{part}'.",
                    hint="Both data and private are needed, as they were written.",
                )
    return manifest


def _count(folder: Path, split: str) -> int | None:
    """Return the rows of a split on disk, None where a file cannot be read."""
    try:
        rows: int = sum(pq.read_metadata(path).num_rows for path in shards(folder, split))
    except (OSError, pa.ArrowException):
        return None
    return rows


def rows_of(folder: Path, manifest: Mapping[str, Any]) -> Iterator[ResultRow]:
    """Yield the rows of a result, split by split, in their order."""
    column = manifest["image_column"]
    for split in manifest["splits"]:
        public = read_rows(folder / "data", split, [column, "privacy_status", "risk_regions", "provenance"])
        private = read_rows(folder / "private", split, ["row", "image_sha256"])
        for row, beside in zip(public, private, strict=True):
            yield _row(row, beside, column)


def _row(row: Mapping[str, Any], beside: Mapping[str, Any], column: str) -> ResultRow:
    return ResultRow(
        id=beside["row"],
        status=STATUSES[row["privacy_status"]],
        reason=row["provenance"]["reason"],
        regions=tuple(row["risk_regions"]),
        image=row[column] and row[column]["bytes"],
        image_sha256=beside["image_sha256"],
    )


class Originals:
    """The originals of a result, by row.

    Args:
        source: What the result was made from.
        column: The image column.
    """

    def __init__(self, source: Source, column: str) -> None:
        parts = {s: undecoded(p, column) for s, p in source.splits.items() if column in p.features}
        self._column = column
        self._parts = {s: p.select_columns([column]).with_format("arrow") for s, p in parts.items()}

    def open(self, row_id: str, sha256: str | None) -> OpenedImage | None:
        """Return the original of a row, None for one that could not be opened when it was sanitized.

        That one is not tried again: a table from elsewhere may name a file that was refused.

        Args:
            row_id: `split/index`.
            sha256: Of the original, as the result has it.

        Raises:
            DatasetError: What is there now is another image.
        """
        if sha256 is None:
            return None
        split, _, index = row_id.rpartition("/")
        part = self._parts.get(split)
        if part is None or int(index) >= len(part):
            raise DatasetError(f"Row {row_id} of the result is not in this source.", hint=_HINT)
        (cell,) = part[int(index)][self._column].to_pylist()
        try:
            opened = open_cell(cell)
        except StageError:
            opened = None
        if opened is None or opened.sha256 != sha256:
            raise DatasetError(f"Row {row_id} of the result was made from another image.", hint=_HINT)
        return opened
