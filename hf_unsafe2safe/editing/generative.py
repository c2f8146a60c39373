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
MOST_BLOCKED = 20  # pictures in a row that were none: something is wrong with the model, not with the images


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
        self._blocked = 0  # in a row

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
            Unsafe2SafeError: 20 regions in a row could not be painted at all.
        """
        plan = [
            (row, crop)
            for row, request in enumerate(requests)
            for crop in crops_of(request.mask, self.painter.side, self.painter.grid)
        ]
        pictures = self._painted([_canvas(requests[row], crop) for row, crop in plan])
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
        return [self._checked(done[key], canvas) for key, canvas in zip(keys, canvases, strict=True)]

    def _checked(self, picture: Pixels | StageError, canvas: Canvas) -> Pixels | StageError:
        if isinstance(picture, StageError):
            if picture.retryable:
                raise picture
            self.painter.counts["filled"] += 1
            self._blocked += 1
            if self._blocked >= MOST_BLOCKED:
                self._blocked = 0
                raise Unsafe2SafeError(
                    f"{MOST_BLOCKED} regions in a row could not be painted.",
                    hint="Something is wrong with the image model, or its safety checker blocks everything.",
                )
            return picture
        self._blocked = 0
        if picture.shape != canvas.pixels.shape or picture.dtype != canvas.pixels.dtype:
            hint = "A painter changed the size or type of a picture."
            raise StageError("edit_failed", stage="edit", hint=hint)
        return picture

    def _remember(self, key: str, picture: Pixels | StageError) -> None:
        if isinstance(picture, StageError):
            return
        self._recent[key] = self._recent.pop(key, picture)  # to the end
        while sum(one.nbytes for one in self._recent.values()) > MOST_BYTES:
            del self._recent[next(iter(self._recent))]


def _own(mask: Pixels, crop: Crop) -> Pixels:
    """Return the part of a mask that a crop paints."""
    x1, y1, x2, y2 = crop.inside
    own = np.zeros_like(mask)
    own[y1:y2, x1:x2] = mask[y1:y2, x1:x2]
    return own


def _canvas(request: EditRequest, crop: Crop) -> Canvas:
    mixed = hashlib.sha256(f"{request.seed}:{crop.box}".encode()).digest()
    return Canvas(
        cut(request.pixels, crop),
        cut(request.mask, crop),
        request.public_caption,
        request.edit_instruction,
        int.from_bytes(mixed[:8], "big") % 2**63,
        request.target_caption,
        request.private_caption,
        request.retry,
    )


def _key(canvas: Canvas) -> str:
    digest = hashlib.sha256(canvas.pixels.tobytes() + canvas.mask.tobytes())
    texts = (canvas.public_caption, canvas.edit_instruction, canvas.target_caption, canvas.private_caption)
    digest.update(repr((canvas.pixels.shape, texts, canvas.seed, canvas.retry)).encode())
    return digest.hexdigest()
