"""What a run may ask of a server, and what it has asked so far."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import cast

from ...errors import BudgetError, ConfigError

_MILLION = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What a user allows, and what it costs.

    Args:
        max_requests: Requests sent, repeated ones included. None: any number.
        max_tokens: Input and output together. None: any number.
        input_price: US dollars a million tokens; None where the cost is not counted.
        output_price: The same, of replies.
        image_price: US dollars an answer that is an image; None where the cost is not counted.
    """

    max_requests: int | None = None
    max_tokens: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    image_price: float | None = None


class Budget:
    """Counts requests and tokens, and refuses the request that would pass a limit. Safe in threads.

    `max_requests` is exact. `max_tokens` is looked at before a request: those under way may pass it.

    Args:
        limits: What is allowed.
        counts: Where it is counted: `requests` (first ones), `retries`, `input_tokens`, `output_tokens`,
            `busy_s` (seconds with a request under way), and `cost_usd` where there are prices.
    """

    def __init__(self, limits: Limits, counts: Counter[str]) -> None:
        self._limits, self._lock = limits, Lock()
        self._counts = cast(dict[str, float], counts)
        self._sent = self._tokens = self._open = 0
        self._since = 0.0  # when the oldest of the requests under way began

    @contextmanager
    def request(self, *, again: bool) -> Iterator[None]:
        """Count a request that is sent inside.

        Args:
            again: It repeats another.

        Raises:
            BudgetError: It would pass a limit.
        """
        with self._lock:
            self._check()
            self._sent += 1
            self._counts["retries" if again else "requests"] += 1
            self._since = self._since if self._open else monotonic()
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
                if not self._open:
                    self._counts["busy_s"] += monotonic() - self._since

    def used(self, tokens: tuple[int, int] | None) -> None:
        """Count an answer, and its tokens of input and output; None where the server does not say.

        Raises:
            ConfigError: It does not say, and there is a limit.
        """
        limits = self._limits
        if limits.image_price is not None:
            with self._lock:
                self._counts["cost_usd"] += limits.image_price
        if tokens is None:
            if limits.max_tokens is not None:
                raise ConfigError(
                    "The server does not say how many tokens it used, so max_tokens cannot be kept.",
                    hint="Use max_requests.",
                )
            return
        with self._lock:
            self._tokens += sum(tokens)
            self._counts["input_tokens"] += tokens[0]
            self._counts["output_tokens"] += tokens[1]
            if limits.input_price is not None or limits.output_price is not None:
                cost = tokens[0] * (limits.input_price or 0) + tokens[1] * (limits.output_price or 0)
                self._counts["cost_usd"] += cost / _MILLION

    def _check(self) -> None:
        hint = "Finished rows are kept, of the batch under way none: the same call with a larger one goes on."
        if self._limits.max_requests is not None and self._sent >= self._limits.max_requests:
            raise BudgetError(f"The budget of {self._limits.max_requests} requests is used up.", hint=hint)
        if self._limits.max_tokens is not None and self._tokens >= self._limits.max_tokens:
            raise BudgetError(f"The budget of {self._limits.max_tokens} tokens is used up.", hint=hint)
