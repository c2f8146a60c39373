"""VLMScore: a vision-language model judges how hard it is to link the safe image to the original."""

import re
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from ...backends.chat import ChatModel, Prompt, Reply
from ...backends.opening import open_chat
from ...errors import StageError
from ...records import ModelInfo, Pixels
from ...texts.asking import ask, unreadable
from ...texts.prompts import info, load
from ...texts.replies import read_json
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair

HIGHEST = 100
SIDE = 768  # pixels of the longer side of a half
TRIES = 2  # how often a pair is shown before it is excluded
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"score": {"type": "number", "minimum": 0, "maximum": HIGHEST}},
    "required": ["score"],
    "additionalProperties": False,
}
_GAP = 16  # white pixels between the halves
# Names of models whose makers, and so whose training data, are the same.
_RELATED = (
    frozenset({"gemma", "gemini", "paligemma"}),
    frozenset({"mistral", "ministral", "magistral", "pixtral"}),
    frozenset({"qwen", "qwq", "qvq"}),
    frozenset({"smolvlm", "idefics"}),
    frozenset({"gpt", "chatgpt"}),
)


def same_family(a: str, b: str) -> bool:
    """Return whether two models may be of one family: a judge that also wrote the captions judges itself.

    Args:
        a: `org/model`, as `models` of a stage has it; upper and lower case are the same.
        b: Of the other one.

    Returns:
        Whether they have a maker, or the first word of their names, in common. Another maker's copy of a
        model is known by its name; a name that has no letters is taken for the same.

    Example:
        >>> [same_family("Qwen/Qwen3-VL-8B", b) for b in ("copies/qwen2.5-vl", "org/pixtral")]
        [True, False]
    """
    (maker_a, name_a), (maker_b, name_b) = _family(a), _family(b)
    if not name_a or not name_b or name_a == name_b or maker_a == maker_b != "":
        return True
    return any({name_a, name_b} <= related for related in _RELATED)


def _family(model: str) -> tuple[str, str]:
    """Return the maker of a model, "" where that is not told, and the first word of its name."""
    maker, _, name = model.casefold().partition("@")[0].rpartition("/")
    return maker, "".join(re.findall("[a-z]+", name)[:1])


class VlmScore(Metric):
    """How hard it is to link the safe image to the original, as a vision-language model sees it.

    Formula:
        The mean over rows of what the model answers, 0 (the same photo) to 100 (nobody could link them), when
        it sees the original on the left and the safe image on the right.

    Meaning:
        An overall impression: faces, clothes, words and surroundings together, which no other figure has.

    Range:
        0 to 100, higher is more private. Models rarely use the whole of it.

    Source:
        Unsafe2Safe (arXiv 2603.28605), section 4, VLMScore; the prompt is this project's, `unlinkable`.

    Pitfalls:
        An opinion, not an attack: scores of two judges cannot be compared. A judge gives more than 0 to an
        original beside itself (the paper's gives 7.70): read the score against the raw baseline. Take a judge
        of another family than the model that wrote the captions, see `same_family`. Text in an image may try
        to talk to the judge. A row for which it names no number is asked once more, then excluded, never 0.
        Both images are sent to the model: with `endpoint:` they leave this machine.

    Args:
        judge: `org/model[@revision]`, a folder, `endpoint:` and a server's model, or a `ChatModel`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    name = "vlm-score"
    title = "VLMScore"
    dimension = "privacy"
    higher_is_better = True
    unit = "points"
    high = float(HIGHEST)
    option = "judge"

    def __init__(self, judge: str | ChatModel) -> None:
        self._chat = open_chat(judge, images=True, feature="Metric 'vlm-score'")

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The judge and its prompt."""
        return (*self._chat.models, *info("unlinkable"))

    def fingerprint(self) -> str:
        """Return what changes when the scores would."""
        return f"{self.name}-1-{load('unlinkable').revision}-{self._chat.fingerprint()}"

    def observe(self, pair: Pair) -> Observation:
        """Return the score of a row.

        Raises:
            ExcludedRowError: The judge gave no number, twice.
            StageError: The judge failed in another way, for example because its server is down.
        """
        shown = side_by_side(pair.original.rgb, pair.safe.rgb)
        prompt = Prompt(load("unlinkable").text, "How hard are they to link?", shown, SCHEMA)
        (score,) = ask(self._chat, [prompt], _read, stage="evaluate", tries=TRIES)
        if unreadable(score):
            raise ExcludedRowError("the judge gave no number")
        if isinstance(score, StageError):
            raise score
        return part(score)


def _read(_: int, reply: Reply) -> float:
    return float(read_json(reply, SCHEMA)["score"])


def side_by_side(left: Pixels, right: Pixels) -> Pixels:
    """Return two images as the halves of one, (h, w, 3) uint8 RGB; each keeps its shape.

    The longer side of each is `SIDE` pixels, whatever its size was: the size tells nothing then. The lower
    one is filled up with white.
    """
    halves = [_sized(pixels) for pixels in (left, right)]
    height = max(half.shape[0] for half in halves)
    full = [
        cv2.copyMakeBorder(half, 0, height - half.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        for half in halves
    ]
    return np.concatenate([full[0], np.full((height, _GAP, 3), 255, np.uint8), full[1]], axis=1)


def _sized(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
