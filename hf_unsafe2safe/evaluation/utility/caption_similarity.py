"""Whether a captioner says the same of both images."""

import re
from collections import Counter
from typing import Any

from ...config import fingerprint
from ...errors import StageError
from ...protocols import Captioner
from ...records import Box, Inspection, ModelInfo, SceneObject
from ...registry import create
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair, Seen


def shared_words(a: str, b: str) -> float:
    """Return the share of the words of two texts that both have, each as often as in both, in [0, 1].

    Source: ROUGE-1, F-measure (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004).

    Example:
        >>> shared_words("a red car", "A car.")
        0.8
    """
    first, second = (Counter(re.findall(r"\w+", text.casefold())) for text in (a, b))
    every = first.total() + second.total()
    return 2 * (first & second).total() / every if every else 0.0


class CaptionSimilarity(Metric):
    """Whether the same captioner says the same of the safe image as of the original.

    Formula:
        For each row, `2 |W(original) and W(safe)| / (|W(original)| + |W(safe)|)`, where `W` are the words of
        the public caption, each as often as it stands there (ROUGE-1, F-measure); the mean over rows.

    Meaning:
        1 says that a model which learns from the captions of the safe images learns the same as from those of
        the originals. Words that are lost and words that are new both cost.

    Range:
        0 to 1, higher is more useful. The original against itself is 1 for a captioner that does not guess.

    Source:
        This project. Not BLEU or CIDEr of the paper: those judge a captioner that was trained on the safe
        images.

    Pitfalls:
        "A photo of a" is shared by all captions, so two unrelated images do not give 0. Synonyms count as
        different. The captioner `template` knows the 80 things of COCO, colours and light only: with it this
        says little more than `detection-agreement`. Public captions leave persons out as far as they can:
        that a person was replaced is not to cost anything.

    Args:
        captioner: A spec, for example `template` or `vlm:org/model`, or a `Captioner` with `fingerprint()`.
        It is
            told of the objects in each image, and of no risks.

    Raises:
        ConfigError: The spec cannot work.
        UnknownNameError: There is no captioner of that name.
        MissingExtraError: A package is missing.
    """

    name = "caption-similarity"
    title = "Caption similarity (ROUGE-1)"
    dimension = "utility"
    higher_is_better = True
    unit = "similarity"
    needs = ("objects",)
    option = "captioner"

    def __init__(self, captioner: str | Captioner) -> None:
        self._captioner: Captioner = create("captioner", captioner)

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """Those of the captioner."""
        return self._captioner.models

    def fingerprint(self) -> str:
        """Return what changes when the captions would."""
        return f"{self.name}-1-{fingerprint(self._captioner)}"

    def observe(self, pair: Pair) -> Observation:
        """Return the similarity of a row.

        Raises:
            ExcludedRowError: The captioner says nothing of one of the images that can be read.
            StageError: It failed in another way.
        """
        both = (pair.original, pair.safe)
        try:
            captions = self._captioner.caption([seen.rgb for seen in both], [_scene(seen) for seen in both])
        except StageError as error:
            if error.reason != "unreadable_reply":
                raise
            raise ExcludedRowError("the captioner gave no caption") from None
        return part(shared_words(captions[0].public, captions[1].public))


def _scene(seen: Seen) -> Inspection:
    look = seen.looks["objects"]
    columns = (look[name].tolist() for name in ("labels", "scores", "boxes"))
    return Inspection(
        objects=tuple(SceneObject(label, score, _box(b)) for label, score, b in zip(*columns, strict=True))
    )


def _box(corners: Any) -> Box:
    x1, y1, x2, y2 = corners
    return x1, y1, x2, y2
