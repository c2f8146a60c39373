"""Where in an image a phrase is meant: zero-shot detectors such as Grounding DINO and OWLv2."""

import json
import math
from collections.abc import Sequence
from typing import Any

from ...detectors.geometry import area, clip
from ...records import Box, ModelInfo, Pixels
from .helpers import Helper, can_be_seen, running

LONGEST = 200  # letters of a phrase; the text parts of these models take 16 to 256 tokens
MOST_PLACES = 64  # what fits more places than this fits everything, and tells none


class GroundingLocator:
    """Look for phrases with a zero-shot detector, at the lowest score that its own processor takes.

    Each phrase is looked for alone: several in one text would take words from each other, and the result of
    a row would depend on what else was named.

    Args:
        argument: `org/model[@revision]` or a folder; option `device_map`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(self, argument: str) -> None:
        classes = ("AutoProcessor", "AutoModelForZeroShotObjectDetection")
        self._helper = Helper(argument, feature="The locator", classes=classes)

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The detector."""
        return self._helper.models

    def fingerprint(self) -> str:
        """Return what changes when its places would."""
        return json.dumps(["grounding-1", *([m.name, m.revision] for m in self.models)])

    def locate(
        self, images: Sequence[Pixels], phrases: Sequence[Sequence[str]]
    ) -> list[list[list[tuple[Box, float]]]]:
        """Return the places of each phrase of each image, as xyxy pixels with a score, best first.

        Args:
            images: (H, W, 3) uint8 RGB each.
            phrases: A list an image. Private: never logged.

        Raises:
            BackendError: Memory ran out.
        """
        pairs = zip(images, phrases, strict=True)
        return [[self._places(rgb, phrase) for phrase in wanted] for rgb, wanted in pairs]

    def _places(self, rgb: Pixels, phrase: str) -> list[tuple[Box, float]]:
        import PIL.Image

        text = " ".join(phrase.replace(".", " ").split())[:LONGEST]  # a dot would end the phrase
        if not text or not can_be_seen(rgb):
            return []
        height, width = rgb.shape[:2]
        processor, model = self._helper.loaded()
        with running():
            image = PIL.Image.fromarray(rgb)
            inputs = processor(images=[image], text=[[text]], truncation=True, return_tensors="pt")
            outputs = model(**inputs.to(model.device))
            (found,) = processor.post_process_grounded_object_detection(
                outputs, target_sizes=[(height, width)]
            )
        return _sorted(found, (width, height))


def _sorted(found: Any, size_wh: tuple[int, int]) -> list[tuple[Box, float]]:
    places = []
    for (x1, y1, x2, y2), score in zip(found["boxes"].tolist(), found["scores"].tolist(), strict=True):
        if all(map(math.isfinite, (x1, y1, x2, y2, score))):
            box = clip((x1, y1, x2, y2), size_wh)
            if area(box) > 0:
                places.append((box, min(max(score, 0.0), 1.0)))
    return sorted(places, key=lambda one: (-one[1], one[0])) if len(places) <= MOST_PLACES else []
