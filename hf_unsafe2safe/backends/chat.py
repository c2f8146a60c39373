"""What a stage asks of a language model, wherever it runs: prompts in, replies or probabilities out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ..errors import StageError
from ..records import ModelInfo, Pixels

LEAST_MASS = 0.5  # that yes and no have together as a first word: with less, a model answers something else


@dataclass(frozen=True)
class Prompt:
    """One question to a model. An image stands before the text, so that questions about it share a prefix.

    Args:
        system: The rules of the task, the same for all its rows; may be empty.
        text: The question. Private: never logged.
        image: (H, W, 3) uint8 RGB, at its original size; the backend makes it smaller. None for none.
        schema: JSON schema of the reply; None for free text. Backends that can hold a model to it.
        max_new_tokens: Where a reply is cut.
        temperature: 0 takes the likeliest token each time; above, tokens are drawn by `seed`.
        seed: Of a drawn reply: the same prompt and seed give the same reply in every batch.
    """

    system: str = field(repr=False)
    text: str = field(repr=False)
    image: Pixels | None = field(default=None, repr=False, compare=False)
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    max_new_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Reply:
    """What a model said.

    Args:
        text: As it came, special tokens removed. Private: never logged.
        finished: False where `max_new_tokens` cut it.
    """

    text: str = field(repr=False)
    finished: bool = True


@runtime_checkable
class ChatModel(Protocol):
    """A model that answers prompts. Nothing is loaded or connected before the first call.

    Attributes:
        counts: What was done since it was made: `requests` (prompts answered), `input_tokens`,
            `output_tokens`, `busy_s` (seconds inside the model), and what went wrong on the way:
            `out_of_memory` (batches halved), `retries` (requests sent again).
    """

    counts: Counter[str]

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model and its revision; known before it is loaded."""
        ...

    def fingerprint(self) -> str:
        """Return what changes when its replies would; no key, no address of a server."""
        ...

    def generate(self, prompts: Sequence[Prompt]) -> list[Reply | StageError]:
        """Return a reply a prompt, in order; where one failed for good, the error that its row fails with."""
        ...

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the probability of "yes" against "no" as the first word of the reply, in [0, 1]."""
        ...
