"""Cards as photos: drawn, put on a desk at an angle, spoiled a little. One seed, one set of photos."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from card_layouts import LAYOUTS, Printed, Sheet
from card_people import invent

from hf_unsafe2safe.records import Pixels

ANGLES = ("0", "5", "-5", "15", "90", "180", "any")
SPOILED = ("clean", "noise", "low contrast", "blur", "jpeg")
# Paper and ink of a light and of a dark card.
PAPERS = {
    "light": (
        ((255, 255, 255), (20, 20, 20)),
        ((246, 239, 220), (70, 40, 20)),
        ((214, 230, 245), (15, 40, 90)),
    ),
    "dark": (
        ((25, 35, 80), (240, 240, 240)),
        ((20, 70, 55), (245, 235, 200)),
        ((95, 25, 45), (250, 245, 240)),
    ),
}
DESKS = ((120, 90, 60), (190, 190, 185), (60, 65, 70), (150, 170, 150))
MARGIN = 30  # pixels of desk around the card


@dataclass(frozen=True)
class Card:
    """A photographed card.

    Args:
        pixels: (H, W, 3) RGB.
        ink: (H, W); i + 1 where string i is printed, 0 elsewhere.
        strings: In the order in which they were written.
        size_wh: Of the sheet.
        matrix: (2, 3), from the sheet to the photo.
        effects: What was done to it, by the name of the effect.
    """

    pixels: Pixels
    ink: Pixels
    strings: tuple[Printed, ...]
    size_wh: tuple[int, int]
    matrix: np.ndarray[Any, Any]
    effects: dict[str, str]


def draw(index: int, seed: int, font: Path | None = None) -> Card:
    """Return one card: layout, angle and how it is spoiled go round with the index, the rest is by lot."""
    rng = random.Random(f"{seed}/{index}")
    layout = list(LAYOUTS)[index % len(LAYOUTS)]
    angle, spoiled = ANGLES[index % len(ANGLES)], SPOILED[index // len(LAYOUTS) % len(SPOILED)]
    paper = "dark" if rng.random() < 0.3 else "light"
    sheet = Sheet(LAYOUTS[layout], *rng.choice(PAPERS[paper]), font)
    layout(sheet, invent(rng), rng, rng.randint(22, 30))
    matrix, size = _placed(sheet.image.size, rng.uniform(-180, 180) if angle == "any" else float(angle))
    desk = rng.choice(DESKS)
    photo = cv2.warpAffine(np.asarray(sheet.image), matrix, size, flags=cv2.INTER_LINEAR, borderValue=desk)
    ink = cv2.warpAffine(np.asarray(sheet.ink), matrix, size, flags=cv2.INTER_NEAREST)
    effects = {"layout": layout.__name__, "angle": angle, "photo": spoiled, "paper": paper}
    return Card(
        _spoil(photo, spoiled, rng.randrange(2**32)),
        ink,
        tuple(sheet.strings),
        sheet.image.size,
        matrix,
        effects,
    )


def _placed(size_wh: tuple[int, int], angle: float) -> tuple[np.ndarray[Any, Any], tuple[int, int]]:
    """Return the matrix from the sheet to the photo and the size of the photo."""
    width, height = size_wh
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    low, high = corners.min(1) - MARGIN, corners.max(1) + MARGIN
    matrix[:, 2] -= low
    return matrix, tuple(int(n) for n in np.ceil(high - low))  # type: ignore[return-value]


def _spoil(photo: Pixels, how: str, seed: int) -> Pixels:
    if how == "noise":
        noise = np.random.default_rng(seed).normal(0, 18, photo.shape)
        return np.clip(photo + noise, 0, 255).astype(np.uint8)
    if how == "low contrast":
        return (128 + 0.3 * (photo.astype(np.float32) - 128)).astype(np.uint8)
    if how == "blur":
        return cv2.GaussianBlur(photo, (0, 0), 1.3)
    if how == "jpeg":
        data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 25])[1]
        return cv2.imdecode(data, cv2.IMREAD_COLOR)  # channels in the order in which they came
    return photo
