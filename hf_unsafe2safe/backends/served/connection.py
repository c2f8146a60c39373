"""The connection of a process to an endpoint, made when it is first used, and what it counts."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event
from typing import TypeVar

from ...errors import BackendError, ConfigError, StageError
from .asker import Asker, Send
from .budget import Budget
from .parallel import in_order
from .spec import EndpointSpec

T = TypeVar("T")
R = TypeVar("R")


class Connection:
    """Asks an endpoint several things at a time. It is not to be pickled.

    Args:
        spec: What is asked, with its budget.
        connect: Makes what sends requests; called once a process.
        concurrency: Requests at a time.
        retries: How often a request is sent again where that may help.
        needed: Parameters that are never left out.

    Attributes:
        counts: See `Budget`.
    """

    def __init__(
        self,
        spec: EndpointSpec,
        connect: Callable[[], Send],
        *,
        concurrency: int,
        retries: int,
        needed: frozenset[str] = frozenset(),
    ) -> None:
        self._spec, self._connect, self._needed = spec, connect, needed
        self._concurrency, self._retries = concurrency, retries
        self.counts: Counter[str] = Counter()
        self._asker: tuple[int, Asker] | None = None

    def each(
        self, ask: Callable[[Asker, T, Event], R | StageError], items: Sequence[T]
    ) -> list[R | StageError]:
        """Return what is answered to each, in order, or the error that its row fails with.

        Raises:
            ConfigError: The server has never answered, or as `ask` raises.
            BudgetError: As `ask` raises.
        """
        asking = self._asking()  # here, so that the threads find it
        asking.heard = False
        answers = in_order(lambda item, stop: ask(asking, item, stop), items, self._concurrency)
        failed = bool(answers) and all(isinstance(one, BackendError) for one in answers)
        if failed and not asking.answered:
            raise ConfigError(
                "The server has given no answer at all.",
                hint="Check that it runs, its address, and that this machine may reach it.",
            )
        asking.patient = asking.heard or not failed  # waiting did not help: until it answers, nothing waits
        return answers

    def _asking(self) -> Asker:
        """Return what asks, of this process: connections and locks do not survive a fork."""
        if self._asker is None or self._asker[0] != os.getpid():
            budget = Budget(self._spec.limits, self.counts)
            asker = Asker(self._connect(), budget, retries=self._retries, needed=self._needed)
            self._asker = (os.getpid(), asker)
        return self._asker[1]


def check_key(spec: EndpointSpec) -> None:
    """Raise unless there is a key, and a network for Inference Providers.

    Raises:
        ConfigError: There is none.
    """
    secret = spec.secret()
    if spec.url is not None:
        return
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        raise ConfigError("HF_HUB_OFFLINE is set.", hint="Inference Providers are on the network.")
    if spec.provider == "auto" and not secret.startswith("hf_"):
        raise ConfigError("provider=auto needs a token of the Hub.", hint="Name the provider of the key.")
