"""The rows of a result as the page shows them: a short entry for the filters, the rest with the picture."""

import math
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import PIL.Image

from ..errors import DatasetError, StageError
from ..imaging.decode import bordered
from ..imaging.open import OpenedImage, open_pil
from ..review.result import Originals
from ..storage.shards import read_rows
from ..taxonomy import ACTIONS, RISK_GROUPS, STATUSES
from .thumbnails import same_pixels, small_size, thumbnail

_PUBLIC = (
    "privacy_status", "risk_labels", "risk_regions", "public_caption", "edit_instruction", "provenance",
)  # fmt: skip
_PRIVATE = ("row", "image_sha256", "private_caption", "read_text")


class Card(NamedTuple):
    """A row of the page as JSON values.

    Args:
        entry: What filters need: id, status, reason, labels, and kind and score of each region. All entries
            are in memory at once, here and in the browser.
        details: Pictures, regions and texts, read only when the row is shown.
    """

    entry: dict[str, Any]
    details: dict[str, Any]


def cards_of(
    folder: Path, manifest: Mapping[str, Any], originals: Originals | None, side: int
) -> Iterator[Card]:
    """Yield the rows of a result, split by split, in their order; a row group is in memory at a time.

    Args:
        folder: A result that is whole.
        manifest: Its manifest.
        originals: None for a page without them.
        side: Long side of the thumbnails in pixels.

    Raises:
        DatasetError: An original is another image now, or a safe image cannot be opened.
    """
    column = manifest["image_column"]
    for split in manifest["splits"]:
        public = read_rows(folder / "data", split, [column, *_PUBLIC])
        private = read_rows(folder / "private", split, list(_PRIVATE))
        for row, beside in zip(public, private, strict=True):
            yield _card(row, beside, column, originals, side)


def _card(
    row: Mapping[str, Any], beside: Mapping[str, Any], column: str, originals: Originals | None, side: int
) -> Card:
    name, cell, regions = beside["row"], row[column], row["risk_regions"]
    original = originals.open(name, beside["image_sha256"]) if originals else None
    safe = _opened(cell["bytes"], name) if cell else None
    status, reason = STATUSES[row["privacy_status"]], row["provenance"]["reason"]
    entry = {
        "id": name,
        "status": status,
        "reason": reason,
        "labels": [RISK_GROUPS[i] for i in row["risk_labels"]],
        "found": [[region["kind"], _number(region["score"])] for region in regions],
    }
    details = {
        **_pictures(original, safe, side),
        "regions": [[*r["box"], ACTIONS[r["action"]], r["source"]] for r in regions],  # as in `found`
        "private_caption": beside["private_caption"],
        "public_caption": row["public_caption"],
        "edit_instruction": row["edit_instruction"],
        "read": [[part["kind"], part["text"]] for part in beside["read_text"]],
    }
    return Card(entry, details)


def _opened(data: bytes, name: str) -> OpenedImage:
    try:
        # Without the check that the file can be kept, which takes longer than the rest.
        return open_pil(bordered(lambda: PIL.Image.open(BytesIO(data))))
    except StageError:
        raise DatasetError(
            f"The image of row {name} in the result cannot be opened.", hint="Sanitize the source again."
        ) from None


def _pictures(original: OpenedImage | None, safe: OpenedImage | None, side: int) -> dict[str, Any]:
    """Return the size in pixels and the thumbnails; `original` is True where it looks as the safe image."""
    any_image = safe or original
    if any_image is None:
        return {"size": None, "safe": None, "original": None}
    size_wh = small_size(any_image.size_wh, side)
    before: str | bool | None = None
    if original is not None:
        same = safe is not None and same_pixels(original, safe)
        before = True if same else thumbnail(original, size_wh)
    after = thumbnail(safe, size_wh) if safe else None
    return {"size": any_image.size_wh, "safe": after, "original": before}


def _number(score: float) -> float | None:
    """Return a score for JSON, None for one that is no number: every range of the filter shows it.

    Example:
        >>> _number(0.8999999761581421), _number(float("nan"))
        (0.9, None)
    """
    return round(score, 3) if math.isfinite(score) else None
