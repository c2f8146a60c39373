"""Texts for a pipeline: none longer than it reads, each encoded once."""

import copy
import hashlib
import inspect
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ....texts.shortening import sentences, shortened

LARGEST = 2**28  # bytes of kept embeddings: some sixty prompts of FLUX, a thousand of Stable Diffusion
ROOM = 32  # tokens of a chat template around a prompt
USUAL = 512  # tokens that a long reader takes, where the pipeline does not say


class Prompt(NamedTuple):
    """A text for the readers of a pipeline.

    Args:
        short: For CLIP, which reads 77 tokens.
        long: For the others; the same where there is none.
    """

    short: str
    long: str


class Texts:
    """The readers of a pipeline.

    Args:
        pipe: The pipeline.
    """

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._encode: Any = getattr(pipe, "encode_prompt", None) or getattr(pipe, "_encode_prompt", None)
        self._takes = inspect.signature(type(pipe).__call__).parameters
        # Embeddings with a mask have a length of their own, and some are of the image too.
        self._keeps = "prompt_embeds" in self._takes and "prompt_embeds_mask" not in self._takes
        # A tokenizer keeps whether it pads and cuts between calls, so that the pipeline's own, which may run
        # in another thread, are left alone.
        words = [
            copy.deepcopy(part) for name, part in pipe.components.items() if name.startswith("tokenizer")
        ]
        words = [one for one in words if one is not None]
        limit = self._takes["max_sequence_length"].default if "max_sequence_length" in self._takes else USUAL
        clips = [one for one in words if "CLIP" in type(one).__name__]
        self._short = [(one, int(one.model_max_length)) for one in clips]
        self._long = [(one, int(limit) - ROOM) for one in words if one not in clips]
        for one in words:  # else it warns of what is only being measured
            one.model_max_length = 10**9
        self._acting = sorted({token for one in words for token in one.all_special_tokens if len(token) > 1})
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        self._bytes = 0

    def fitted(self, *parts: str) -> tuple[Prompt, bool]:
        """Return texts as one prompt that is read to its end, and whether something was left out.

        Args:
            parts: Most important first. Of the first as much is kept as fits, of the others whole sentences.
        """
        parts = tuple(self._plain(part) for part in parts)
        with self._lock:
            short, long = (
                fit(parts, lambda text, readers=readers: _fits(text, readers))  # type: ignore[misc]
                for readers in (self._short or self._long, self._long or self._short)
            )
        whole = " ".join(filter(None, parts))
        return Prompt(short, long), long != whole

    def embeds(self, prompts: Sequence[Prompt], negative: str = "") -> dict[str, Any]:
        """Return what a call of the pipeline takes as its texts.

        Where it can, each text is encoded on its own and kept, so that no other row matters.

        Args:
            prompts: One a row.
            negative: What the picture shall not show, for pipelines that take it; empty for none.
        """
        import torch

        if not self._keeps:
            texts = {"prompt": [prompt.long for prompt in prompts]}
            if negative:
                texts["negative_prompt"] = [negative] * len(prompts)
            return texts
        rows = [self._embed(prompt) for prompt in prompts]
        if negative and "negative_prompt_embeds" in self._takes:
            unwanted = self._embed(self.fitted(negative)[0])
            rows = [row | {f"negative_{name}": value for name, value in unwanted.items()} for row in rows]
        device = self._pipe._execution_device
        return {name: torch.cat([row[name] for row in rows]).to(device) for name in rows[0]}

    def _embed(self, prompt: Prompt) -> dict[str, Any]:
        key = hashlib.sha256("\0".join(prompt).encode()).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = {name: value.cpu() for name, value in self._encoded(prompt).items()}
        self._kept[key] = made
        self._bytes += _size(made)
        while self._bytes > LARGEST and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return made

    def _encoded(self, prompt: Prompt) -> dict[str, Any]:
        takes = inspect.signature(self._encode).parameters
        more: dict[str, Any] = {"device": self._pipe._execution_device, "num_images_per_prompt": 1}
        if "prompt_3" in takes:
            more |= {"prompt_2": prompt.short, "prompt_3": prompt.long}
        elif "prompt_2" in takes:
            more["prompt_2"] = prompt.long
        guided = "do_classifier_free_guidance" in takes
        if guided:
            more["do_classifier_free_guidance"] = False
        made = self._encode(prompt=prompt.short, **more)
        if not isinstance(made, tuple):
            return {"prompt_embeds": made}
        # With guidance in pairs: text, unwanted, and for some pooled text, pooled unwanted; else the text,
        # for some pooled text, and positions.
        pooled = {4: 2}.get(len(made)) if guided else {3: 1}.get(len(made))
        return {
            "prompt_embeds": made[0],
            **({} if pooled is None else {"pooled_prompt_embeds": made[pooled]}),
        }

    def _plain(self, text: str) -> str:
        """Return a text without tokens that act: written by anyone, they would end or turn the prompt."""
        text = " ".join(text.encode("utf-8", "replace").decode().split())
        for token in self._acting:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text


def fit(parts: Sequence[str], fits: Callable[[str], bool]) -> str:
    """Return as much of some texts as fits: of the first what can be kept, of others whole sentences.

    Args:
        parts: Most important first.
        fits: Tells whether a text fits; one of which more is left out does too.

    Example:
        >>> fit(["Blur it.", "A man. A long, long road."], lambda text: len(text) <= 20)
        'Blur it. A man.'
        >>> fit(["Replace the face, and then the hair.", "A man."], lambda text: len(text) <= 20)
        'Replace the face.'
    """
    first, *others = (part for part in parts if part) if any(parts) else ("",)
    kept = _cut(first, fits)
    if kept != first:
        return kept
    for sentence in (one for part in others for one in sentences(part)):
        longer = f"{kept} {sentence}"
        if not fits(longer):
            return kept
        kept = longer
    return kept


def _cut(text: str, fits: Callable[[str], bool]) -> str:
    if text.split() and not fits(text):
        words = range(len(text.split()), 0, -1)  # the first that fits, from long to short
        at = bisect_left(words, True, key=lambda count: fits(shortened(text, count)))
        text = shortened(text, words[min(at, len(words) - 1)])
    while not fits(text) and text:
        text = text[: len(text) * 3 // 4]  # one word that is no word
    return text


def _fits(text: str, readers: Sequence[tuple[Any, int]]) -> bool:
    return all(len(words(text)["input_ids"]) <= most for words, most in readers)


def _size(embeds: dict[str, Any]) -> int:
    return sum(int(value.numel() * value.element_size()) for value in embeds.values())
