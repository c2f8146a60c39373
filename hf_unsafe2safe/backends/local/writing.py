"""Prompts as the numbers that a model takes, by its own chat template and processor."""

import threading
from collections.abc import Sequence
from typing import Any

import PIL.Image

from ...errors import ConfigError
from ...records import Pixels
from ..chat import Prompt
from ..resizing import fit, whole

_MARK = "Mark of the rules."


class Writer:
    """Writes prompts for one model.

    Args:
        processor: Of a model that sees; None for one that only reads.
        tokenizer: Of the model.
        name: Of the model, for messages.

    Raises:
        ConfigError: The model has no chat template, or no words.
    """

    def __init__(self, processor: Any, tokenizer: Any, name: str) -> None:
        self.processor, self.tokenizer = processor, tokenizer
        # A tokenizer keeps whether it pads between calls: two threads would pad each other's batches.
        self._lock = threading.Lock()
        self._template = getattr(processor, "chat_template", None) or tokenizer.chat_template
        if not self._template:
            raise ConfigError(
                f"The model {name} has no chat template.", hint="Name one that follows instructions."
            )
        # Without its file of words, transformers makes a tokenizer that knows none, and says nothing.
        if not self.tokens(_MARK):
            raise ConfigError(f"The tokenizer of the model {name} knows no words: a file of it is missing.")
        tokenizer.padding_side = "left"  # what is generated follows the prompt without a gap
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        self.image_token = str(getattr(processor, "image_token", ""))
        # Written into a prompt by anyone, these would act as the turns of a conversation.
        added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
        self._acting = sorted({*added, self.image_token}, key=len)
        self._crops = bool(getattr(getattr(processor, "image_processor", None), "do_center_crop", False))
        self._rules_apart = self._knows_rules()

    def inputs(self, prompts: Sequence[Prompt], pictures: Sequence[Pixels]) -> Any:
        """Return the padded inputs of prompts that all have an image, or none.

        Args:
            prompts: One a row.
            pictures: Their images as `picture` returns them.
        """
        texts = [self.text(prompt) for prompt in prompts]
        first = self.tokenizer.bos_token
        more: dict[str, Any] = {
            "padding": True,
            "return_tensors": "pt",
            # Once only: by the template, or by the tokenizer.
            "add_special_tokens": not (first and texts[0].startswith(first)),
        }
        images = [[PIL.Image.fromarray(rgb)] for rgb in pictures]
        with self._lock:
            if not images:
                return self.tokenizer(texts, **more)
            return self.processor(text=texts, images=images, **more)

    def text(self, prompt: Prompt) -> str:
        """Return a prompt as the model's chat template has it."""
        return self._render(self._plain(prompt.system), self._plain(prompt.text), prompt.image is not None)

    def picture(self, rgb: Pixels, size: int) -> Pixels:
        """Return an image as the processor gets it.

        Args:
            rgb: (H, W, 3) uint8.
            size: Pixels of its longer side, at most.
        """
        return whole(fit(rgb, size), square=self._crops)

    def tail(self, prompt: Prompt) -> list[int] | None:
        """Return the tokens of a prompt after its image; None where that cannot be told without it."""
        before, _, after = self.text(prompt).rpartition(self.image_token or "\0")
        return self.tokens(after) if before else None

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, and nothing around them."""
        with self._lock:
            return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _render(self, rules: str, text: str, image: bool) -> str:
        if rules and not self._rules_apart:
            rules, text = "", f"{rules}\n\n{text}"
        turns = [("system", [_part(rules)])] if rules else []
        turns.append(("user", [*([{"type": "image"}] if image else []), _part(text)]))
        messages = [
            {"role": role, "content": parts if self.processor else parts[0]["text"]} for role, parts in turns
        ]
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                chat_template=self._template,
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,  # templates of models that think know it, others ignore it
            )
        )

    def _knows_rules(self) -> bool:
        """Return whether the template has a place for a system prompt: some refuse or drop it."""
        from jinja2 import TemplateError

        self._rules_apart = True
        try:
            return _MARK in self._render(_MARK, "Question.", False)
        except TemplateError:
            return False

    def _plain(self, text: str) -> str:
        """Return a text without what a tokenizer refuses, and without tokens that act."""
        text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no character
        for token in reversed(self._acting):
            if len(token) > 1:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def _part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
