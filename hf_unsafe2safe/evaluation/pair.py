"""What a metric sees of one row: two images, what was found in each, and what the dataset says of the row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..records import Box, Pixels

# What one look says of one image: arrays by name, texts as arrays of dtype `U`. Private.
Look = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Place:
    """A risky region: what the result calls edited, or what was found in the original.

    Args:
        kind: As in `taxonomy.KINDS`.
        box: xyxy in pixels of the original.
    """

    kind: str
    box: Box


@dataclass(frozen=True)
class Seen:
    """One image of a row with what the looks of the run say of it.

    Args:
        rgb: (H, W, 3) uint8.
        looks: Name of a look -> its arrays; those that the metrics of the run need.
        data: The bytes as stored; None for images that were made here.
    """

    rgb: Pixels = field(repr=False)
    looks: Mapping[str, Look] = field(repr=False)
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Pair:
    """A row with both images. What is in it is private; metrics keep numbers.

    Args:
        row: `split/index`.
        original: As it was.
        safe: The other tool's or our image of it, or that of a baseline.
        places: The risky regions; empty where there are none.
        mask: (H, W) uint8 of the size of the original, 255 inside the risky regions.
        status: `safe` or `edited` as our results have it, empty for other datasets.
        label: Class of the row, None where the dataset has none.
        public_caption: Empty where there is none.
        private_caption: Empty where there is none.
        question: Of visual question answering, empty where there is none.
        answers: What people answered.
        attack: Makes what an attacker makes who has the editor: another rendition of the original, edited
            by the same editor, with the faces at their places there; None where the editor is not known.
            Call it as `attack(i)` for rendition i.
    """

    row: str
    original: Seen = field(repr=False)
    safe: Seen = field(repr=False)
    places: tuple[Place, ...] = ()
    mask: Pixels = field(default_factory=lambda: np.zeros((1, 1), np.uint8), repr=False)
    status: str = ""
    label: int | None = None
    public_caption: str = field(default="", repr=False)
    private_caption: str = field(default="", repr=False)
    question: str = field(default="", repr=False)
    answers: Sequence[str] = field(default=(), repr=False)
    attack: Callable[[int], tuple[Pixels, np.ndarray]] | None = field(default=None, repr=False)
