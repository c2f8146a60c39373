"""`llm` instructions: a language model writes them, from the public caption alone."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from copy import copy
from pathlib import Path

from ..backends.chat import ChatModel, Prompt
from ..backends.opening import open_chat
from ..backends.specs import Options, number, take
from ..records import Inspection, ModelInfo, PublicCaption
from . import attributes as looks
from . import prompts
from .asking import ask, settled
from .guard import CAPTION_WORDS, INSTRUCTION_WORDS, leaks
from .replies import read_text
from .shortening import shortened

STAGE = "instruct"
MAX_NEW_TOKENS = 256
_OPTIONS: Options = {"attributes": str, "temperature": number(0.0, 2.0)}


class LlmInstructor:
    """Write identity-neutral instructions with a language model, which sees public captions and nothing else.

    How invented people look is drawn by the seed of the row from a table, evenly, and told to the model: left
    to itself it would invent the same person again and again.

    Args:
        model: `org/model[@revision]`, a folder, `endpoint:` and a server's model, or a `ChatModel`. A text
            may have the options `attributes=FILE.yaml` and `temperature=0.7`.
        attributes: Column to values, or a YAML file with such a table; None for `attributes.DEFAULT`.
        demographics: Draw age, gender presentation and skin tone too.
        temperature: 0 for the likeliest text; above, texts are drawn by the seed of the row.
    """

    def __init__(
        self,
        model: str | ChatModel,
        attributes: looks.Table | str | Path | None = None,
        demographics: bool = False,
        temperature: float = 0.0,
    ) -> None:
        if isinstance(model, str):
            model, own = take(model, _OPTIONS)
            attributes, temperature = own.get("attributes", attributes), own.get("temperature", temperature)
        self._all, self._temperature = looks.read(attributes), temperature
        self._looks = looks.chosen(self._all, demographics=demographics)
        self.demographics = demographics
        self._chat = open_chat(model, images=False, feature="Instructor 'llm'")

    @property
    def counts(self) -> Counter[str]:
        """What the model did, and `asked_again`: replies that could not be used."""
        return self._chat.counts

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model and the prompts."""
        return (*self._chat.models, *prompts.info("instruct", "combine"))

    def fingerprint(self) -> str:
        """Return what changes when the instructions would."""
        table = hashlib.sha256(json.dumps(self._looks).encode()).hexdigest()[:12]
        revisions = "-".join(one.revision for one in prompts.info("instruct", "combine"))
        settings = f"{self.demographics}-{self._temperature}"
        return f"llm-1-{settings}-{table}-{revisions}-{self._chat.fingerprint()}"

    def with_demographics(self) -> "LlmInstructor":
        """Return the same instructor, which draws age, gender presentation and skin tone too."""
        other = copy(self)
        other.demographics, other._looks = True, looks.chosen(self._all, demographics=True)
        return other

    def instruct(self, captions: Sequence[PublicCaption], seeds: Sequence[int]) -> list[str]:
        """Return one instruction a caption, at most 45 words; the same caption and seed give the same.

        Raises:
            StageError: The model failed on a caption, or no reply to it could be read.
        """
        rows = [
            (f"Caption: {caption}\n\nLooks: {self._drawn(seed)}.", seed)
            for caption, seed in zip(captions, seeds, strict=True)
        ]
        return self._written("instruct", rows, INSTRUCTION_WORDS)

    def combine(
        self, captions: Sequence[PublicCaption], instructions: Sequence[str], seeds: Sequence[int]
    ) -> list[str]:
        """Return a caption of each image as it should be after the edit, at most 50 words.

        Raises:
            StageError: As `instruct`.
        """
        rows = [
            (f"Caption: {caption}\n\nInstruction: {instruction}", seed)
            for caption, instruction, seed in zip(captions, instructions, seeds, strict=True)
        ]
        return self._written("combine", rows, CAPTION_WORDS)

    def _drawn(self, seed: int) -> str:
        return "; ".join(f"{name}: {value}" for name, value in looks.draw(self._looks, seed).items())

    def _written(self, prompt: str, rows: Sequence[tuple[str, int]], words: int) -> list[str]:
        rules = prompts.load(prompt).text
        asked = [
            Prompt(rules, text, max_new_tokens=MAX_NEW_TOKENS, temperature=self._temperature, seed=seed)
            for text, seed in rows
        ]

        def good(text: str) -> bool:
            told = leaks(text, Inspection(), demographics=not self.demographics)
            return len(text.split()) <= words and not told

        results = ask(self._chat, asked, lambda _, reply: read_text(reply), stage=STAGE, good=good)
        return [shortened(text, words) for text in settled(results)]
