"""The shipped photos, and what a person sees in them."""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from hf_unsafe2safe.records import Pixels

FOLDER = Path(__file__).parent.parent / "examples" / "photos"

# Faces that a person counts; the negatives show nothing that the default policy edits.
FACES = {
    "people_astronaut.jpg": 1,
    "people_biden_official.jpg": 1,
    "people_cameraman.png": 1,  # a profile, grey
    "people_grace_hopper.jpg": 1,
    "people_obama_official.jpg": 1,
    "neg_cat.png": 0,  # the SSD alone calls the cat a face with 0.91
    "neg_coffee.jpg": 0,
    "neg_flower.jpg": 0,
    "neg_motorcycle.jpg": 0,
    "neg_rocket.jpg": 0,
    "neg_temple.jpg": 0,
    "plate_skoda.jpg": 0,
}
PEOPLE = [name for name, count in FACES.items() if count]
NEGATIVES = [name for name in FACES if name.startswith("neg_")]


@cache
def rgb(name: str) -> Pixels:
    """Return a photo as (H, W, 3) uint8 RGB."""
    with PIL.Image.open(FOLDER / name) as image:
        return np.asarray(image.convert("RGB"))


def png(pixels: Pixels) -> bytes:
    """Return pixels as an encoded PNG."""
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def decoded(data: bytes) -> Pixels:
    """Return encoded bytes as (H, W, 3) uint8 RGB."""
    with PIL.Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def card(*lines: str, angle: float = 0, size: int = 26, size_wh: tuple[int, int] = (480, 360)) -> Pixels:
    """Return a drawn card with lines of black text on a light ground, turned by `angle` degrees."""
    image = PIL.Image.new("RGB", size_wh, (236, 232, 220))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((24, 40 + row * 2.2 * size), line, (20, 20, 30), ImageFont.load_default(size))
    turned = image.rotate(
        angle, expand=True, fillcolor=(236, 232, 220), resample=PIL.Image.Resampling.BICUBIC
    )
    return np.asarray(turned)
