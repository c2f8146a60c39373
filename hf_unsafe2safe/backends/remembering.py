"""A model that is asked the same prompt once: a batch that runs again row by row then costs nothing."""

import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..errors import StageError
from ..records import ModelInfo
from .chat import ChatModel, Prompt, Reply

T = TypeVar("T")


class Remembering:
    """A `ChatModel` in front of another one, which remembers its last replies.

    They are kept in memory only, by the content of the prompt; what failed is asked again.

    Args:
        chat: The model.
        size: How many replies to keep, and as many decisions.
    """

    def __init__(self, chat: ChatModel, size: int = 4096) -> None:
        self._chat, self._size = chat, size
        self._forget()

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """Those of the model."""
        return self._chat.models

    def fingerprint(self) -> str:
        """Return that of the model."""
        return self._chat.fingerprint()

    def generate(self, prompts: Sequence[Prompt]) -> list[Reply | StageError]:
        """Return a reply a prompt, as the model gives or gave it."""
        return self._recall(self._replies, prompts, self._chat.generate)

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the probability of "yes" a prompt, as the model gives or gave it."""
        return self._recall(self._decisions, prompts, self._chat.decide)

    def _recall(
        self,
        known: "OrderedDict[bytes, T]",
        prompts: Sequence[Prompt],
        ask: Callable[[Sequence[Prompt]], list[T | StageError]],
    ) -> list[T | StageError]:
        keys = _keys(prompts)
        answers: dict[bytes, T | StageError] = {key: known[key] for key in keys if key in known}
        new = {key: prompt for key, prompt in zip(keys, prompts, strict=True) if key not in answers}
        if new:
            answers |= zip(new, ask(list(new.values())), strict=True)
        for key in dict.fromkeys(keys):
            answer = answers[key]
            if not isinstance(answer, StageError):
                known[key] = answer
                known.move_to_end(key)
        while len(known) > self._size:
            known.popitem(last=False)
        return [answers[key] for key in keys]

    def _forget(self) -> None:
        self.counts: Counter[str] = self._chat.counts
        self._replies: OrderedDict[bytes, Reply] = OrderedDict()
        self._decisions: OrderedDict[bytes, float] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the model's own state, no replies."""
        return {"_chat": self._chat, "_size": self._size}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with an empty memory."""
        self.__dict__.update(state)
        self._forget()


def _keys(prompts: Sequence[Prompt]) -> list[bytes]:
    """Return a digest a prompt, of everything that its reply depends on."""
    images = {id(prompt.image): prompt.image for prompt in prompts if prompt.image is not None}
    digests = {
        of: hashlib.sha256(str(rgb.shape).encode() + rgb.tobytes()).hexdigest() for of, rgb in images.items()
    }
    return [
        hashlib.sha256(
            json.dumps(
                [
                    prompt.system,
                    prompt.text,
                    digests.get(id(prompt.image)),
                    prompt.schema,
                    prompt.max_new_tokens,
                    prompt.temperature,
                    prompt.seed,
                ],
                default=dict,
            ).encode()
        ).digest()
        for prompt in prompts
    ]
