"""An image model that paints what a test tells it to."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ..backends.painting import Canvas
from ..errors import StageError
from ..records import ModelInfo, Pixels


def _noise(canvas: Canvas) -> Pixels:
    return np.random.default_rng(canvas.seed).integers(0, 256, canvas.pixels.shape, np.uint8)


class ScriptedPainter:
    """A `Painter` whose pictures come from a function; it pickles where that does.

    Args:
        paint: Returns the picture of a canvas, or the error that it fails with; by default noise by its seed.
        side: As of a painter.
        grid: As of a painter.
        one_text: As of a painter.
        sees_private: As of a painter.
        blind: As of a painter.

    Attributes:
        canvases: All that it was asked so far, a list a call.
    """

    models: tuple[ModelInfo, ...] = (ModelInfo("scripted-painter", "1"),)

    def __init__(
        self,
        paint: Callable[[Canvas], Pixels | StageError] = _noise,
        *,
        side: int = 64,
        grid: int = 8,
        one_text: bool = False,
        sees_private: bool = False,
        blind: bool = False,
    ) -> None:
        self._paint, self.side, self.grid = paint, side, grid
        self.one_text, self.sees_private, self.blind = one_text, sees_private, blind
        self.counts: Counter[str] = Counter()
        self.canvases: list[list[Canvas]] = []

    def paint(self, canvases: Sequence[Canvas]) -> list[Pixels | StageError]:
        """Return the scripted pictures."""
        self.canvases.append(list(canvases))
        return [self._paint(canvas) for canvas in canvases]

    def fingerprint(self) -> str:
        """Return the same for all scripts: use `store=None`, or rows of another script may be served."""
        return "scripted-painter"
