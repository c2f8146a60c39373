"""`vlm` captions: a vision-language model writes both, from the image and what was found in it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..backends.chat import ChatModel, Prompt, Reply
from ..backends.opening import open_chat
from ..detectors.pii import classify
from ..errors import ParseError, StageError
from ..records import Captions, Inspection, ModelInfo, Pixels, PublicCaption
from . import prompts
from .asking import ask, drawn, settled, unreadable
from .guard import CAPTION_WORDS, leaks
from .prose import clean, is_answer, is_prose
from .replies import read_json
from .shortening import shortened
from .told import tokens
from .words import GIVEN_NAMES

STAGE = "caption"
CONTEXT_LETTERS = 200  # of what the dataset says, in the prompt
MOST_ITEMS = 24  # in the prompt
ITEM_LETTERS = 80
AGAIN = 2  # times a public caption that leaks is written anew
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"private_caption": {"type": "string"}, "public_caption": {"type": "string"}},
    "required": ["private_caption", "public_caption"],
    "additionalProperties": False,
}
_TELLING = re.compile(r"[/\\@]|\d{3}")  # a path, an address, a number of somebody
# What a model is told about a public caption that leaks: fixed words by guard, nothing of the caption.
_LEAVE_OUT = {
    "read_text": "anything that is written in the photo and quotation marks",
    "personal": "addresses, dates and other personal data",
    "name": "names of people, places and companies",
    "number": "numbers",
    "brand": "brands and logos",
    "demographic": "gender, age, origin, religion and health of people",
    "item": "the review items",
    "private_caption": "names, numbers and capitalised words of the private caption",
}


class VlmCaptioner:
    """Describe an image with a vision-language model, in one call for both captions.

    The model is told the kinds that were found and, in the words of a model, what they are; never the text
    that was read, which could hold orders. A public caption that tells too much is written anew at most
    twice; what still leaks is left to the guard of the path, which redacts it.

    Args:
        model: `org/model[@revision]`, a folder, `endpoint:` and a server's model, or a `ChatModel`.

    Attributes:
        counts: What the model did, and `asked_again`, replies that could not be read or were too long, and
            `regenerated`, public captions that told too much.
    """

    def __init__(self, model: str | ChatModel) -> None:
        self._chat = open_chat(model, images=True, feature="Captioner 'vlm'")

    @property
    def counts(self) -> Counter[str]:
        """What the model did, and what was asked for again."""
        return self._chat.counts

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model and the prompt."""
        return (*self._chat.models, *prompts.info("captions"))

    def fingerprint(self) -> str:
        """Return what changes when the captions would."""
        return f"vlm-1-{prompts.load('captions').revision}-{self._chat.fingerprint()}"

    def caption(self, images: Sequence[Pixels], inspections: Sequence[Inspection]) -> list[Captions]:
        """Return the two captions of each image, each at most 50 words.

        Raises:
            StageError: The model failed on an image, or no reply about it could be read.
        """
        asked = [_prompt(rgb, inspection) for rgb, inspection in zip(images, inspections, strict=True)]
        done = settled(self._written(asked, tries=3))
        for attempt in range(AGAIN):
            told = {i: found for i, one in enumerate(inspections) if (found := _leaks(done[i], one))}
            if not told:
                break
            self._chat.counts["regenerated"] += len(told)
            again = [_without(asked[i], found) for i, found in told.items()]
            results = self._written([drawn(one, attempt) for one in again] if attempt else again, tries=1)
            for i, result in zip(told, results, strict=True):
                # What cannot be read is no better than what leaks: the guard of the path redacts that.
                done[i] = done[i] if unreadable(result) else settled([result])[0]
        return done

    def _written(self, asked: Sequence[Prompt], *, tries: int) -> list[Captions | StageError]:
        results = ask(self._chat, asked, _read, stage=STAGE, tries=tries, good=_fits)
        return [one if isinstance(one, StageError) else _cut(one) for one in results]


def _prompt(rgb: Pixels, inspection: Inspection) -> Prompt:
    parts = [f"Review items:\n{_items(inspection)}"]
    if context := _context(inspection.context):
        parts.append(f'The dataset says that the photo is about: "{context}"')
    text = "\n\n".join([*parts, "Write the two captions."])
    return Prompt(prompts.load("captions").text, text, rgb, SCHEMA, max_new_tokens=320)


def _items(inspection: Inspection) -> str:
    """Return a line for each different thing that was found, in the order of the findings."""
    lines = []
    for finding in inspection.findings:
        item = clean(finding.item or "")[:ITEM_LETTERS]
        kind = finding.kind.replace("_", " ")
        lines.append(f"- {kind}: {item}" if item and is_answer(item) else f"- {kind}")
    return "\n".join(list(dict.fromkeys(lines))[:MOST_ITEMS]) or "- none"


def _context(said: str) -> str:
    """Return what the dataset says as it may be quoted to a model, "" where it tells who somebody is."""
    text = clean(said.replace("_", " ").replace('"', "'"))
    told = classify(text) != "text" or not tokens(text).isdisjoint(GIVEN_NAMES) or _TELLING.search(text)
    return text[:CONTEXT_LETTERS] if text and not told and is_answer(text) else ""


def _without(prompt: Prompt, told: Sequence[str]) -> Prompt:
    left_out = "; ".join(_LEAVE_OUT[guard] for guard in told)
    return replace(prompt, text=f"{prompt.text}\n\nLeave out of the public caption: {left_out}.")


def _read(_: int, reply: Reply) -> Captions:
    values = read_json(reply, SCHEMA)
    private, public = values["private_caption"], values["public_caption"]
    if not is_answer(private) or not is_prose(public):
        raise ParseError("unreadable_reply")
    return Captions(private, PublicCaption(public))


def _fits(captions: Captions) -> bool:
    return all(len(text.split()) <= CAPTION_WORDS for text in (captions.private, captions.public))


def _cut(captions: Captions) -> Captions:
    private, public = (shortened(text, CAPTION_WORDS) for text in (captions.private, captions.public))
    return Captions(private, PublicCaption(public))


def _leaks(captions: Captions, inspection: Inspection) -> tuple[str, ...]:
    return leaks(captions.public, inspection, private=captions.private)
