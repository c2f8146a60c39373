"""What an image server answers: a picture of the size that was asked for, or none. Every byte is possible."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from ...errors import ConfigError, StageError
from ...imaging.metadata import sniff
from ...imaging.open import flatten, open_image
from ...records import Pixels
from .retrying import Failure

MOST_PIXELS = 2**24  # of an answer: four times a side of 1024, which models that enlarge make
_FORMATS = ("PNG", "JPEG", "WEBP")
_STRETCHED = 0.02  # how far its aspect may be off: sides are rounded to the grid of a model


def picture(answer: Mapping[str, Any], size_wh: tuple[int, int]) -> Pixels | StageError | Failure:
    """Return the picture of an answer, at a size in pixels.

    Args:
        answer: With the bytes as `image`, or with base64 where OpenAI has it.
        size_wh: Of the canvas.

    Returns:
        `edit_failed` where the picture has another aspect; a `Failure` where there is none.

    Raises:
        ConfigError: The server sends an address instead.
    """
    data = answer["image"] if "image" in answer else _decoded(answer)
    if not isinstance(data, bytes) or sniff(data) not in _FORMATS:
        return Failure(unreadable=True)
    try:
        opened = open_image(data, max_pixels=MOST_PIXELS)
    except StageError:
        return Failure(unreadable=True)
    shown = flatten(opened.pixels) if opened.mode == "RGBA" else opened.rgb
    return _resized(shown, size_wh)


def _decoded(answer: Mapping[str, Any]) -> bytes | None:
    pictures = answer.get("data")
    first = pictures[0] if isinstance(pictures, list) and pictures else None
    if not isinstance(first, dict):
        return None
    text = first.get("b64_json")
    if not text and first.get("url"):
        raise ConfigError(
            "The server sends the address of an image instead of the image; nothing is fetched from there.",
            hint="Set the server to answer with b64_json.",
        )
    try:
        return base64.b64decode(text) if isinstance(text, str) else None
    except (binascii.Error, ValueError):  # the latter for letters beyond ASCII
        return None


def _resized(shown: Pixels, size_wh: tuple[int, int]) -> Pixels | StageError:
    (width, height), (wide, high) = size_wh, (shown.shape[1], shown.shape[0])
    if abs(wide * height / (high * width) - 1) > _STRETCHED:
        return StageError("edit_failed", stage="edit", hint="The server changed the aspect of the picture.")
    if (wide, high) == size_wh:
        return shown.copy()  # what is opened is read-only
    way = cv2.INTER_AREA if wide >= width else cv2.INTER_CUBIC
    resized: Pixels = cv2.resize(shown, size_wh, interpolation=way).astype(np.uint8, copy=False)
    return resized
