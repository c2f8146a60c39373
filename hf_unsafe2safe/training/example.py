"""One example of the training: a part of a triplet as an editor sees it. Private."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..records import Pixels

MOST_FACES = 4  # of an example, the largest first


@dataclass(frozen=True)
class Example:
    """A square of an original, what is to become of it, and the texts that say so.

    Args:
        id: Row of the triplets and number of the square in it, `train/12:0`.
        original: (side, side, 3) uint8 RGB.
        target: The same of the edited image.
        mask: (side, side) uint8; 255 = repaint.
        public_caption: What an editor is told of the image.
        edit_instruction: What it is told to do.
        combined_caption: Both in one, for editors that take one text.
        private_caption: Of the original.
        weight: How often it is drawn where sampling is balanced, above 0.
        landmarks: (F, 5, 2) float32 of the faces in `original`, pixels; F up to `MOST_FACES`.
        embeddings: (F, 128) float32 of these faces.
    """

    id: str
    original: Pixels = field(repr=False)
    target: Pixels = field(repr=False)
    mask: Pixels = field(repr=False)
    public_caption: str = field(default="", repr=False)
    edit_instruction: str = field(default="", repr=False)
    combined_caption: str = field(default="", repr=False)
    private_caption: str = field(default="", repr=False)
    weight: float = 1.0
    landmarks: np.ndarray = field(default_factory=lambda: np.zeros((0, 5, 2), np.float32), repr=False)
    embeddings: np.ndarray = field(default_factory=lambda: np.zeros((0, 128), np.float32), repr=False)


# What the frozen models say of an example, once: tensors on the CPU, without a batch axis. An objective names
# what it needs; of every objective it has
#   target     latents of `target` as the loss compares them, (c, h, w)
#   mask       (1, h, w) float32 in [0, 1] of the size of the latents: the share of each place that is masked
#   landmarks  (MOST_FACES, 5, 2) float32, 0 where there is no face
#   embeddings (MOST_FACES, 128) float32
#   faces      (MOST_FACES,) bool: which there are
Encoded = Mapping[str, Any]
