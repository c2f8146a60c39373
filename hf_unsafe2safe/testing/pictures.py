"""Pictures that the fakes understand: a face is a block of pure magenta, personal text one of pure cyan."""

from io import BytesIO

import numpy as np
import PIL.Image

from ..records import Pixels

COLOURS = {"face": (255, 0, 255), "name": (0, 255, 255)}
SECRET = "Zebulon Quillfeather"  # what the fakes read in personal text: search your outputs for it


def blank(size_wh: tuple[int, int] = (48, 32), colour: tuple[int, int, int] = (90, 120, 60)) -> bytes:
    """Return a PNG of one colour, in which the fakes find nothing."""
    return _png(np.full((size_wh[1], size_wh[0], 3), colour, np.uint8))


def with_face(size_wh: tuple[int, int] = (48, 32), box: tuple[int, int, int, int] = (8, 8, 20, 20)) -> bytes:
    """Return a PNG with a block in which the fakes see a face."""
    return _with("face", size_wh, box)


def with_text(size_wh: tuple[int, int] = (48, 32), box: tuple[int, int, int, int] = (8, 8, 40, 16)) -> bytes:
    """Return a PNG with a block in which the fakes read a name, `SECRET`."""
    return _with("name", size_wh, box)


def _with(kind: str, size_wh: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    image = np.full((size_wh[1], size_wh[0], 3), (90, 120, 60), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = COLOURS[kind]
    return _png(image)


def _png(rgb: Pixels) -> bytes:
    buffer = BytesIO()
    PIL.Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()
