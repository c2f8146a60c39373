"""The editor of every image model: masks to crops, crops to a painter, pictures back under the mask."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from ..backends.painting import Canvas, Painter
from ..errors import StageError
from ..records import EditRequest, ModelInfo, Pixels
from .blending import blend
from .crops import Crop, crops_of, cut, uncut

MOST_BYTES = 256 * 2**20  # of pictures that are remembered


class GenerativeEditor:
    """Repaint the masked regions with an image model, at its own resolution.

    All crops of all images go to the painter in one call, which makes batches of them. The last pictures are
    remembered: a batch that runs again row by row, and a region beside one that is tried again, cost nothing.

    Args:
        painter: The model.
    """

    stochastic = True
    generative = True

    def __init__(self, painter: Painter) -> None:
        self.painter = painter
        self.one_text, self.sees_private = painter.one_text, painter.sees_private
        self._recent: dict[str, Pixels] = {}

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
            StageError: A region could not be painted.
        """
        plan = [
            (row, crop)
            for row, request in enumerate(requests)
            for crop in crops_of(request.mask, self.painter.side, self.painter.grid)
        ]
        pictures = self._painted([_canvas(requests[row], crop) for row, crop in plan])
        edited = [request.pixels.copy() for request in requests]
        for (row, crop), picture in zip(plan, pictures, strict=True):
            request = requests[row]
            x1, y1, x2, y2 = crop.inside
            place, part = uncut(picture, crop, (request.pixels.shape[1], request.pixels.shape[0]))
            own = request.mask * 0
            own[y1:y2, x1:x2] = request.mask[y1:y2, x1:x2]
            edited[row][place] = blend(edited[row][place], part, own[place])
        return edited

    def _painted(self, canvases: Sequence[Canvas]) -> list[Pixels]:
        keys = [_key(canvas) for canvas in canvases]
        done: dict[str, Pixels | StageError] = {key: self._recent[key] for key in keys if key in self._recent}
        new = {key: canvas for key, canvas in zip(keys, canvases, strict=True) if key not in done}
        if new:
            done |= zip(new, self.painter.paint(list(new.values())), strict=True)
        for key in keys:
            self._remember(key, done[key])
        return [_checked(done[key], canvas) for key, canvas in zip(keys, canvases, strict=True)]

    def _remember(self, key: str, picture: Pixels | StageError) -> None:
        if isinstance(picture, StageError):
            return
        self._recent[key] = self._recent.pop(key, picture)  # to the end
        while sum(one.nbytes for one in self._recent.values()) > MOST_BYTES:
            del self._recent[next(iter(self._recent))]


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


def _checked(picture: Pixels | StageError, canvas: Canvas) -> Pixels:
    if isinstance(picture, StageError):
        raise picture
    if picture.shape != canvas.pixels.shape or picture.dtype != canvas.pixels.dtype:
        raise StageError("edit_failed", stage="edit", hint="A painter changed the size or type of a picture.")
    return picture
