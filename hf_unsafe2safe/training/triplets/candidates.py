"""Rows that may become triplets: both images open, of one size, different, and the texts there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import DatasetError, StageError
from ...evaluation.rows import Row
from ...evaluation.subjects import recorded_places
from ...imaging.cells import open_cell
from ...imaging.encode import encode
from ...imaging.open import OpenedImage
from ...records import PublicCaption
from ...texts.instructions import TemplateInstructor


@dataclass(frozen=True)
class Candidate:
    """A row with both images.

    Args:
        row: As it was found.
        original: Upright, without metadata.
        edited: Likewise, of the same size.
        texts: The four of `features.TEXTS`.
    """

    row: Row
    original: OpenedImage
    edited: OpenedImage
    texts: Mapping[str, str] = field(repr=False)

    @property
    def kinds(self) -> list[str]:
        """The kinds of what was edited."""
        return sorted({place.kind for place in recorded_places(self.row.regions or ())})


def candidate(row: Row, instructor: TemplateInstructor) -> Candidate | str:
    """Return a row with its images, or in a few words why it is no triplet.

    Args:
        row: Of a result of ours or of another dataset; there a row without a status may be edited.
        instructor: Makes one text of the public caption and the instruction, as for an editor that takes
            one; a result does not keep it.

    Raises:
        DatasetError: The original is not the one that the result was made from.
    """
    if row.status == "safe":
        return "safe"
    if row.missing or row.safe is None:
        return "no image"
    original, edited = _opened(row.original), _opened(row.safe)
    if row.sha256 is not None and (original is None or original.sha256 != row.sha256):
        raise DatasetError(
            f"Row {row.id} of the result was made from another image.",
            hint="Name the source that the result was made from, as it was then.",
        )
    if original is None or edited is None:
        return "unreadable"
    if original.size_wh != edited.size_wh:
        return "another size"
    if np.array_equal(original.rgb, edited.rgb):
        return "copy"
    public, instruction = (row.texts[name].strip() for name in ("public_caption", "edit_instruction"))
    if not public or not instruction:
        return "no instruction" if public else "no public caption"
    (combined,) = instructor.combine([PublicCaption(public)], [instruction], [row.seed])
    texts = {
        "private_caption": row.texts.get("private_caption", ""),
        "public_caption": public,
        "edit_instruction": instruction,
        "combined_caption": combined,
    }
    return Candidate(row, original, edited, texts)


def stored(image: OpenedImage) -> dict[str, Any]:
    """Return an image as a cell: the file without its metadata, or its pixels encoded without loss."""
    data = image.kept if image.kept is not None else encode(image.pixels, icc=image.icc)
    return {"bytes": data, "path": None}


def _opened(cell: Any) -> OpenedImage | None:
    try:
        return open_cell(cell)
    except StageError:
        return None
