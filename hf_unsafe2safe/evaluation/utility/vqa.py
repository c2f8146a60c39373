"""Visual question answering: whether the safe image still answers the question of its row."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ...backends.chat import ChatModel, Prompt, Reply
from ...backends.opening import open_chat
from ...errors import StageError
from ...records import ModelInfo, Pixels
from ...texts.asking import ask, settled
from ...texts.prompts import info, load
from ...texts.replies import read_json
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair

AGREEING = 3  # people whose answer makes one fully right
TRIES = 2  # how often a question is asked
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {"none": "0", **{word: str(number) for number, word in enumerate(_NUMBERS)}}
_ARTICLES = frozenset({"a", "an", "the"})


def normalised(answer: str) -> str:
    """Return an answer as it is compared: no case, articles, punctuation; numbers up to ten as digits.

    Points and commas inside numbers are the exception: 3.5 stays, 1,000 is 1000.

    Example:
        >>> [normalised(a) for a in ("The  red car.", "Two!", "1,000", "don't", "t-shirt")]
        ['red car', '2', '1000', 'dont', 't shirt']
    """
    text = re.sub(r"['\u2019]|(?<=\d),(?=\d)", "", answer.casefold())
    text = re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w\s.]|_", " ", text)
    return " ".join(_DIGITS.get(word, word) for word in text.split() if word not in _ARTICLES)


def vqa_accuracy(answer: str, people: Sequence[str]) -> float:
    """Return how right an answer is, in [0, 1]: a third for each person who gave it, 1 from three on.

    With fewer than three people, all of them must have given it.

    Raises:
        ValueError: Nobody answered.

    Source: Antol et al., "VQA: Visual Question Answering" (arXiv 1505.00468).

    Example:
        >>> vqa_accuracy("Two", ["2", "two.", "3", "4"]), vqa_accuracy("red", ["red"])
        (0.6666666666666666, 1.0)
    """
    if not people:
        raise ValueError("Nobody answered.")
    given = normalised(answer)
    agreeing = sum(normalised(one) == given for one in people)
    return min(agreeing / min(AGREEING, len(people)), 1.0)


@runtime_checkable
class Answerer(Protocol):
    """Answers questions about images."""

    def answer(self, images: Sequence[Pixels], questions: Sequence[str]) -> list[str]:
        """Return one short answer an image, in order; images are RGB (H, W, 3) uint8.

        Raise `StageError("unreadable_reply")` where the model gave no answer, rather than return a guess.
        """
        ...

    def fingerprint(self) -> str:
        """Return what changes when its answers would."""
        ...


class ChatAnswerer:
    """An `Answerer` that asks a vision-language model.

    Args:
        model: `org/model[@revision]`, a folder, `endpoint:` and a server's model, or a `ChatModel`.
    """

    def __init__(self, model: str | ChatModel) -> None:
        self._chat = open_chat(model, images=True, feature="Metric 'vqa-accuracy'")

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model and the prompt."""
        return (*self._chat.models, *info("answer"))

    def fingerprint(self) -> str:
        """Return what changes when the answers would."""
        return f"answer-1-{load('answer').revision}-{self._chat.fingerprint()}"

    def answer(self, images: Sequence[Pixels], questions: Sequence[str]) -> list[str]:
        """Return the answers in the words of the model.

        Raises:
            StageError: The model failed, or a reply could not be read the second time either.
        """
        rules = load("answer").text
        prompts = [
            Prompt(rules, question, rgb, SCHEMA) for rgb, question in zip(images, questions, strict=True)
        ]
        return settled(ask(self._chat, prompts, _read, stage="evaluate", tries=TRIES))


def _read(_: int, reply: Reply) -> str:
    return str(read_json(reply, SCHEMA)["answer"])


class VqaAccuracy(Metric):
    """How often a model answers the question of a row from the safe image as people did from the original.

    Formula:
        For each row, `min(people who gave the model's answer / 3, 1)`; with fewer than three people, the
        share of them. The mean over rows. Answers are compared without case, articles and punctuation, small
        numbers as digits.

    Meaning:
        Whether a question that could be answered before can still be answered.

    Range:
        0 to 1, higher is more useful. Compare it with the raw baseline: no model reaches 1 there either.

    Source:
        Antol et al., "VQA: Visual Question Answering" (arXiv 1505.00468), section 3; OK-VQA in Unsafe2Safe
        (arXiv 2603.28605), section 5, which trains a model on the safe images first.

    Pitfalls:
        The model is not trained here: it may answer from what it knows, without the image. The published
        scorer of VQA averages over all choices of nine of ten people, which gives a little less for one to
        three agreeing people. Synonyms and longer answers count as wrong. A question about what was hidden on
        purpose ("what is on his name tag?") ought to fail. Rows without a question or answers are excluded.

    Args:
        vqa: `org/model[@revision]`, a folder, `endpoint:` and a server's model, or an `Answerer`.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    name = "vqa-accuracy"
    title = "VQA accuracy"
    dimension = "utility"
    higher_is_better = True
    unit = "share"
    option = "vqa"

    def __init__(self, vqa: str | Answerer) -> None:
        self._answerer = ChatAnswerer(vqa) if isinstance(vqa, str) else vqa

    def fingerprint(self) -> str:
        """Return what changes when the answers would."""
        return f"{self.name}-1-{self._answerer.fingerprint()}"

    def observe(self, pair: Pair) -> Observation:
        """Return how right the answer of a row is.

        Raises:
            ExcludedRowError: There is no question, nobody answered it, or the model did not.
            StageError: The model failed in another way.
        """
        if not pair.question.strip() or not len(pair.answers):
            raise ExcludedRowError("no question with answers")
        try:
            (said,) = self._answerer.answer([pair.safe.rgb], [pair.question])
        except StageError as error:
            if error.reason != "unreadable_reply":
                raise
            raise ExcludedRowError("the model gave no answer") from None
        return part(vqa_accuracy(said, pair.answers))
