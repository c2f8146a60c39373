"""A language model that says what a test tells it to."""

from collections import Counter
from collections.abc import Callable, Sequence

from ..backends.chat import Prompt, Reply
from ..errors import StageError
from ..records import ModelInfo


def _nothing(prompt: Prompt) -> str:
    return ""


def _no(prompt: Prompt) -> float:
    return 0.0


class ScriptedChat:
    """A `ChatModel` whose replies come from functions; it pickles where they do.

    Args:
        reply: Returns the reply to a prompt, or the error that it fails with.
        yes: Returns the probability of yes for a prompt.

    Attributes:
        prompts: All that it was asked so far.
    """

    models: tuple[ModelInfo, ...] = (ModelInfo("scripted", "1"),)

    def __init__(
        self,
        reply: Callable[[Prompt], str | Reply | StageError] = _nothing,
        yes: Callable[[Prompt], float | StageError] = _no,
    ) -> None:
        self._reply, self._yes = reply, yes
        self.prompts: list[Prompt] = []
        self.counts: Counter[str] = Counter()

    def generate(self, prompts: Sequence[Prompt]) -> list[Reply | StageError]:
        """Return the scripted replies."""
        self.prompts += prompts
        said = [self._reply(prompt) for prompt in prompts]
        return [Reply(one) if isinstance(one, str) else one for one in said]

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the scripted probabilities."""
        self.prompts += prompts
        return [self._yes(prompt) for prompt in prompts]

    def fingerprint(self) -> str:
        """Return the same for all scripts: use `store=None`, or rows of another script may be served."""
        return "scripted"
