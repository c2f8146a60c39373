"""Canvases for painters, and what is asked of every painter."""

from dataclasses import replace

import numpy as np

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.errors import StageError


def canvas(row: int = 0, size_wh: tuple[int, int] = (64, 64), **more) -> Canvas:
    """Return a canvas of noise whose middle is masked; the same for the same row."""
    width, height = size_wh
    mask = np.zeros((height, width), np.uint8)
    mask[16:48, 16:48] = 255
    texts = {
        "public_caption": f"A person walks along street {row}. The sky is grey.",
        "edit_instruction": f"Replace the person with another adult number {row}.",
        "seed": 100 + row,
    }
    pixels = np.random.default_rng(row).integers(0, 256, (height, width, 3), np.uint8)
    return Canvas(pixels, mask, **{**texts, **more})


def several() -> list[Canvas]:
    """Return canvases of two sizes, mixed."""
    return [canvas(0), canvas(1, (96, 64)), canvas(2)]


def apart(one, other) -> int:
    """Return by how many grey levels two pictures differ, at most."""
    assert not isinstance(one, StageError)
    assert not isinstance(other, StageError)
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def mean_apart(one, other) -> float:
    """Return by how many grey levels two pictures differ, in the mean."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def check_painter(painter, canvases=None) -> None:
    """Check that a canvas gives the same picture in any batch and order, and another one by its seed."""
    canvases = canvases or several()
    together = painter.paint(canvases)
    for one, picture in zip(canvases, together, strict=True):
        assert (picture.shape, picture.dtype) == (one.pixels.shape, np.uint8)
        assert apart(picture, painter.paint([one])[0]) <= 1
    for picture, turned in zip(together, painter.paint(canvases[::-1])[::-1], strict=True):
        assert apart(picture, turned) <= 1
    reseeded = painter.paint([replace(canvases[0], seed=7)])[0]
    assert mean_apart(reseeded, together[0]) > 5
