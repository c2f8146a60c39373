"""The editor of every image model: masks to crops, crops to a painter, pictures back under the mask."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..backends.painting import Canvas, Painter
from ..errors import StageError, Unsafe2SafeError
from ..records import EditRequest, ModelInfo, Pixels
from .blending import blend
from .crops import Crop, crops_of, cut, uncut
from .fill import FillEditor

MOST_BYTES = 256 * 2**20  # of pictures that are remembered
MOST_BLOCKED = 20  # images in a row of which nothing was painted: something is wrong with the model
GREY = 127  # what a blind painter gets in place of what was there


class GenerativeEditor:
    """Repaint the masked regions with an image model, at its own resolution.

    All crops of all images go to the painter in one call, which makes batches of them. The last pictures are
    remembered: a batch that runs again row by row, and a region beside one that is tried again, cost nothing.
    What a model does not give, because its safety checker blocks it or a provider refuses it, is filled.

    Args:
        painter: The model.
    """

    stochastic = True
    generative = True

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.one_text, self.sees_private = painter.one_text, painter.sees_private
        self._recent: dict[str, Pixels] = {}
        self._blocked = 0  # images in a row

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """Those of the painter."""
        return self.painter.models

    @property
    def counts(self) -> Counter[str]:
        """What the painter counts."""
        return self.painter.counts

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        return f"generative-1-{self.painter.fingerprint()}"

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return the images with their masked regions repainted.

        Raises:
            StageError: A region could not be painted now, and may be later.
            Unsafe2SafeError: Of 20 images in a row nothing could be painted at all.
        """
        plan = [
            (row, crop)
            for row, request in enumerate(requests)
            for crop in crops_of(request.mask, self.painter.side, self.painter.grid)
        ]
        pictures = self._painted([self._canvas(requests[row], crop) for row, crop in plan])
        self._count_blocked([row for row, _ in plan], pictures)
        edited = [request.pixels.copy() for request in requests]
        for (row, crop), picture in zip(plan, pictures, strict=True):
            own = _own(requests[row].mask, crop)
            if isinstance(picture, StageError):
                edited[row] = FillEditor().edit([replace(requests[row], pixels=edited[row], mask=own)])[0]
                continue
            place, part = uncut(picture, crop, (own.shape[1], own.shape[0]))
            edited[row][place] = blend(edited[row][place], part, own[place])
        return edited

    def _painted(self, canvases: Sequence[Canvas]) -> list[Pixels | StageError]:
        keys = [_key(canvas) for canvas in canvases]
        done: dict[str, Pixels | StageError] = {key: self._recent[key] for key in keys if key in self._recent}
        new = {key: canvas for key, canvas in zip(keys, canvases, strict=True) if key not in done}
        if new:
            done |= zip(new, self.painter.paint(list(new.values())), strict=True)
        for key in keys:
            self._remember(key, done[key])
        pictures = [_checked(done[key], canvas) for key, canvas in zip(keys, canvases, strict=True)]
        for picture in pictures:
            if isinstance(picture, StageError) and picture.retryable:
                raise picture
        return pictures

    def _count_blocked(self, rows: Sequence[int], pictures: Sequence[Pixels | StageError]) -> None:
        painted = dict.fromkeys(rows, False)
        for row, picture in zip(rows, pictures, strict=True):
            painted[row] |= not isinstance(picture, StageError)
            self.painter.counts["filled"] += isinstance(picture, StageError)
        for one in painted.values():
            self._blocked = 0 if one else self._blocked + 1
            if self._blocked >= MOST_BLOCKED:
                self._blocked = 0
                raise Unsafe2SafeError(
                    f"Of {MOST_BLOCKED} images in a row nothing could be painted.",
                    hint="Something is wrong with the image model, or its safety checker blocks everything.",
                )

    def _remember(self, key: str, picture: Pixels | StageError) -> None:
        if isinstance(picture, StageError):
            return
        self._recent[key] = self._recent.pop(key, picture)  # to the end
        while sum(one.nbytes for one in self._recent.values()) > MOST_BYTES:
            del self._recent[next(iter(self._recent))]

    def _canvas(self, request: EditRequest, crop: Crop) -> Canvas:
        pixels = request.pixels
        if self.painter.blind:
            # Before it is scaled: afterwards what was there would be in the pixels around it, too.
            pixels = np.where(request.mask[..., None] > 0, np.uint8(GREY), pixels)
        mixed = hashlib.sha256(f"{request.seed}:{crop.box}".encode()).digest()
        return Canvas(
            cut(pixels, crop),
            cut(request.mask, crop),
            request.public_caption,
            request.edit_instruction,
            int.from_bytes(mixed[:8], "big") % 2**63,
            request.target_caption,
            request.private_caption,
            request.retry,
        )


def _own(mask: Pixels, crop: Crop) -> Pixels:
    """Return the part of a mask that a crop paints."""
    x1, y1, x2, y2 = crop.inside
    own = np.zeros_like(mask)
    own[y1:y2, x1:x2] = mask[y1:y2, x1:x2]
    return own


def _key(canvas: Canvas) -> str:
    digest = hashlib.sha256(canvas.pixels.tobytes() + canvas.mask.tobytes())
    texts = (canvas.public_caption, canvas.edit_instruction, canvas.target_caption, canvas.private_caption)
    digest.update(repr((canvas.pixels.shape, texts, canvas.seed, canvas.retry)).encode())
    return digest.hexdigest()


def _checked(picture: Pixels | StageError, canvas: Canvas) -> Pixels | StageError:
    if isinstance(picture, StageError):
        return picture
    if picture.shape != canvas.pixels.shape or picture.dtype != np.uint8:
        raise StageError("edit_failed", stage="edit", hint="A painter changed the size or type of a picture.")
    return picture
