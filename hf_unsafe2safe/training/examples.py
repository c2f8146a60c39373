"""A row of triplets becomes examples: squares of the size that a model is trained at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..detectors import faces, identity
from ..editing.crops import Crop, crops_of, cut, moved
from ..errors import StageError
from ..evaluation.privacy.face_gaps import LEAST_FACE
from ..imaging.cells import open_cell
from ..records import Finding, Pixels
from .example import MOST_FACES, Example

MASKED = 0.5  # of a face: one that is hardly masked is to stay as it is


class BadRowError(Exception):
    """A row is not learnt from; the reason is counted, so it names no content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Face:
    """A face of an original that is to go.

    Args:
        landmarks: (5, 2) in pixels of the original.
        embedding: (128,) float32.
        height: Of its box, in pixels.
    """

    landmarks: np.ndarray
    embedding: np.ndarray
    height: float


def examples_of(
    row: Mapping[str, Any],
    side: int,
    grid: int,
    framing: Literal["crops", "whole"],
    *,
    with_faces: bool = True,
) -> list[Example]:
    """Return the examples of a row, at least one.

    Args:
        row: Of triplets, with images as cells.
        side: Pixels of the square of an example.
        grid: The sides of a canvas are multiples of it.
        framing: `crops`: a square around each masked region, as generative editors see images; `whole`: the
            middle square of the image.
        with_faces: Whether faces are looked for; only the identity term needs them.

    Raises:
        BadRowError: An image cannot be opened, sizes differ, nothing is masked, or the weight is none.
    """
    weight = weight_of(row)
    original, target, mask = _images(row)
    found = _faces(original, mask) if with_faces else []
    height, width = mask.shape
    crops = [_middle(width, height, side)]
    if framing == "crops":
        crops = crops_of(mask, side, grid, ratios=(1.0,))
    made = []
    for number, crop in enumerate(crops):
        part = cut(mask, crop)
        if not part.any():  # the middle of an image may have nothing to learn
            continue
        landmarks, embeddings = _seen(found, crop, (width, height))
        made.append(
            Example(
                id=f"{row['row']}:{number}",
                original=cut(original, crop),
                target=cut(target, crop),
                mask=part,
                public_caption=row["public_caption"] or "",
                edit_instruction=row["edit_instruction"] or "",
                combined_caption=row["combined_caption"] or "",
                private_caption=row["private_caption"] or "",
                weight=weight,
                landmarks=landmarks,
                embeddings=embeddings,
            )
        )
    if not made:
        raise BadRowError("nothing is masked")
    return made


def weight_of(row: Mapping[str, Any]) -> float:
    """Return how often a row is drawn where sampling is balanced, above 0.

    Raises:
        BadRowError: It is no such number.
    """
    weight = row["sampling_weight"]
    if weight is None or not (np.isfinite(weight) and weight > 0):
        raise BadRowError("no sampling weight")
    return float(weight)


def _images(row: Mapping[str, Any]) -> tuple[Pixels, Pixels, Pixels]:
    try:
        original, target = (open_cell(row[name]).rgb for name in ("original_image", "edited_image"))
        mask = np.where(open_cell(row["mask"]).rgb[..., 0] > 127, 255, 0).astype(np.uint8)
    except StageError:
        raise BadRowError("unreadable") from None
    if not original.shape == target.shape == (*mask.shape, 3):
        raise BadRowError("another size")
    if not mask.any():
        raise BadRowError("nothing is masked")
    return original, target, mask


def _middle(width: int, height: int, side: int) -> Crop:
    span = min(width, height)
    left, top = (width - span) // 2, (height - span) // 2
    box = (left, top, left + span, top + span)
    return Crop(box, (side, side), box)


def _faces(original: Pixels, mask: Pixels) -> list[Face]:
    """Return the faces that are to go, the largest first."""
    found = [one for one in faces.find(original) if _is_to_go(one, mask)]
    embeddings = identity.embed(original, found)
    made = [
        Face(np.array(one.landmarks, np.float64), embedding, one.box[3] - one.box[1])
        for one, embedding in zip(found, embeddings, strict=True)
        if np.isfinite(embedding).all()
    ]
    return sorted(made, key=lambda face: -face.height)


def _is_to_go(face: Finding, mask: Pixels) -> bool:
    x1, y1, x2, y2 = (round(n) for n in face.box)
    part = mask[max(0, y1) : y2, max(0, x1) : x2]
    large = face.box[3] - face.box[1] >= LEAST_FACE and face.landmarks is not None
    return large and part.size > 0 and float((part > 0).mean()) >= MASKED


def _seen(found: list[Face], crop: Crop, size_wh: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return landmarks (F, 5, 2) and embeddings (F, 128) of the faces that are whole in a crop."""
    placed = [(moved(face.landmarks, crop, size_wh), face.embedding) for face in found]
    whole = [
        (points, embedding)
        for points, embedding in placed
        if (points >= 0).all() and (points < crop.size_wh).all()
    ][:MOST_FACES]
    landmarks = np.array([points for points, _ in whole], np.float32).reshape(-1, 5, 2)
    embeddings = np.array([embedding for _, embedding in whole], np.float32).reshape(-1, 128)
    return landmarks, embeddings
