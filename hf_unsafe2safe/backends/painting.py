"""What a generative editor asks of an image model: repaint a crop as two texts say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ..errors import StageError
from ..records import ModelInfo, Pixels, PublicCaption


@dataclass(frozen=True)
class Canvas:
    """A crop at the resolution of a model, and what to do with it.

    Args:
        pixels: (h, w, 3) uint8 RGB; both sides are multiples of the painter's `grid`.
        mask: (h, w) uint8; 255 = repaint, 0 = keep. What a painter changes elsewhere is dropped.
        public_caption: What the image shows, without sensitive attributes.
        edit_instruction: What to do, identity-neutral.
        seed: Of this crop; the same seed gives the same pixels alone and in any batch, up to rounding.
        target_caption: Both texts in one, for a painter with `one_text`; else empty.
        private_caption: For a painter with `sees_private`, which runs on this machine; else empty. Private.
        retry: How often this crop was painted before and refused: a painter may guide more strongly.
    """

    pixels: Pixels = field(repr=False)
    mask: Pixels = field(repr=False)
    public_caption: PublicCaption
    edit_instruction: str
    seed: int
    target_caption: str = ""
    private_caption: str = field(default="", repr=False)
    retry: int = 0


@runtime_checkable
class Painter(Protocol):
    """An image model that is guided by text."""

    side: int  # pixels of the sides of a square that the model was made for
    grid: int  # both sides of a canvas are multiples of it
    one_text: bool  # takes `Canvas.target_caption`
    sees_private: bool  # takes `Canvas.private_caption`; never where pixels leave this machine
    counts: Counter[str]  # `images`, `out_of_memory`, `busy_s` and others, for the manifest

    @property
    def blind(self) -> bool:
        """Whether it gets grey in place of what is masked: before the crop is made, so that no rim tells."""
        ...

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """For provenance and digest."""
        ...

    def fingerprint(self) -> str:
        """Return what changes when the results would."""
        ...

    def paint(self, canvases: Sequence[Canvas]) -> list[Pixels | StageError]:
        """Return a picture a canvas, in order and of its size, or an error.

        A region whose error may pass fails its row for now; one whose error may not is filled.

        Raises:
            ConfigError: The model cannot be loaded.
        """
        ...
