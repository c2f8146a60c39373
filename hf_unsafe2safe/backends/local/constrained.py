"""What a model may say next: by a JSON schema, and drawn by a seed. Each row on its own.

Both work on the scores of the next token, (rows, vocabulary) float32, inside `generate` of transformers.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any

from ...errors import ConfigError
from ..chat import Prompt

log = logging.getLogger(__name__)

# As `json.dumps` writes, which is what models have seen most; free white space may go on for ever.
_LAYOUT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class Drawn:
    """Makes the likeliest token a drawn one, for the rows with a temperature.

    The likeliest token after adding Gumbel noise to scores / temperature is one drawn from their softmax;
    the noise of a row comes from its seed alone, so that its neighbours do not matter.

    Source: the Gumbel-max trick, Gumbel 1954; Maddison et al. 2014 (arXiv 1411.0030).
    """

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        import torch

        self._rows = [
            (row, prompt.temperature, torch.Generator().manual_seed(prompt.seed % 2**63))
            for row, prompt in enumerate(prompts)
            if prompt.temperature > 0
        ]

    def __call__(self, tokens: Any, scores: Any) -> Any:
        """Return the scores with noise."""
        import torch

        for row, temperature, source in self._rows:
            drawn = torch.empty(scores.shape[1]).exponential_(generator=source)
            scores[row] = scores[row] / temperature - drawn.log().to(scores.device)
        return scores


class Grammars:
    """Schemas as llguidance knows them, for one tokenizer.

    Args:
        tokenizer: Of transformers.
        ends: Ids of the tokens that end a reply.
    """

    def __init__(self, tokenizer: Any, ends: Sequence[int]) -> None:
        import llguidance.hf

        self._compiled: dict[str, str] = {}
        try:
            # More ids than the tokenizer has words would be a panic in llguidance, fewer are masked below.
            self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, eos_token=list(ends))
        except (ValueError, TypeError, RuntimeError, AttributeError):
            self._tokenizer = None
            log.warning("The tokenizer cannot hold replies to a schema; they are free text.")

    def held(self, prompts: Sequence[Prompt], start: int) -> "Held | None":
        """Return what holds the rows with a schema to it, None where there are none.

        Args:
            prompts: One a row.
            start: How many tokens the padded prompts have.

        Raises:
            ConfigError: A schema has what llguidance does not know.
        """
        if self._tokenizer is None or all(prompt.schema is None for prompt in prompts):
            return None
        return Held([self._matcher(prompt) for prompt in prompts], start)

    def _matcher(self, prompt: Prompt) -> Any:
        from llguidance import LLMatcher

        if prompt.schema is None:
            return None
        schema = json.dumps(prompt.schema, default=dict)
        if schema not in self._compiled:
            self._compiled[schema] = LLMatcher.grammar_from_json_schema(schema, defaults=_LAYOUT)
        matcher = LLMatcher(self._tokenizer, self._compiled[schema], log_level=0)
        if matcher.is_error():
            raise ConfigError("The JSON schema of a reply has a part that cannot be held to.")
        return matcher


class Held:
    """Leaves each row only the tokens that can go on in its schema. For one call of `generate`.

    Args:
        matchers: One a row; None for free text.
        start: How many tokens the padded prompts have.
    """

    def __init__(self, matchers: Sequence[Any], start: int) -> None:
        self._matchers, self._start = matchers, start

    def __call__(self, tokens: Any, scores: Any) -> Any:
        """Return the scores with minus infinity for what may not come."""
        import torch

        for row, matcher in enumerate(self._matchers):
            if matcher is None:
                continue
            if tokens.shape[1] > self._start and not matcher.is_stopped():
                matcher.consume_token(int(tokens[row, -1]))
            bits = torch.frombuffer(bytearray(matcher.compute_bitmask()), dtype=torch.uint8)
            allowed = ((bits[:, None] >> torch.arange(8, dtype=torch.uint8)) & 1).flatten().bool()
            may = torch.zeros(scores.shape[1], dtype=torch.bool)
            known = min(len(may), len(allowed))
            may[:known] = allowed[:known]
            scores[row].masked_fill_(~may.to(scores.device), float("-inf"))
        return scores
