"""One prompt until it is answered: retries, and weaker requests for servers that take less."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Lock
from typing import Any, TypeVar

from ...errors import StageError
from .answers import usage
from .bodies import Body, next_refused, weakened
from .budget import Budget
from .retrying import Failure, verdict, wait_s

Send = Callable[[Body], Mapping[str, Any] | Failure]
T = TypeVar("T")

_logger = logging.getLogger(__name__)


class Asker:
    """Asks a server. It remembers what the server refuses, once the request without it was answered.

    So a prompt that is refused for itself, such as one that is too long, does not turn a schema off for
    the prompts after it.

    Args:
        send: Sends a request, once. Called by several threads.
        budget: Asked before each request.
        retries: How often a request is sent again where that may help.
        needed: Parameters that are never left out.
    """

    def __init__(
        self, send: Send, budget: Budget, *, retries: int, needed: frozenset[str] = frozenset()
    ) -> None:
        self._send, self._budget, self._retries, self._needed = send, budget, retries, needed
        self._refused: frozenset[str] = frozenset()
        # Whether it ever said anything, and since `patient` was set; whether retries may wait.
        self.answered, self.heard, self.patient = False, False, True
        self._lock = Lock()

    def ask(
        self, body: Body, read: Callable[[Mapping[str, Any], Body], T | Failure], stop: Event
    ) -> T | StageError:
        """Return what an answer says, or the error of its row.

        Args:
            body: The request.
            read: Reads an answer, given the request as it was sent.
            stop: Ends the waiting between retries.

        Raises:
            ConfigError: No prompt can be answered.
            BudgetError: Neither.
        """
        refused, again = self._refused, False
        while True:
            form = weakened(body, refused)
            said = self._retried(form, read, stop, again=again)
            if not isinstance(said, Failure):
                self._remember(refused)
                return said
            known = said.status in (400, 422) and next_refused(form, said.named, self._needed)
            if not known:
                return verdict(said)
            refused, again = refused | {known}, True

    def _retried(
        self,
        form: Body,
        read: Callable[[Mapping[str, Any], Body], T | Failure],
        stop: Event,
        *,
        again: bool,
    ) -> T | Failure:
        said: T | Failure = Failure()
        for attempt in range(self._retries + 1):
            with self._budget.request(again=again or attempt > 0):
                answer = self._send(form)
            if not isinstance(answer, Failure) or answer.status is not None:
                self.answered = self.heard = self.patient = True
            if isinstance(answer, Failure):
                said = answer
            else:
                self._budget.used(usage(answer))
                said = read(answer, form)
            if (
                not isinstance(said, Failure)
                or not said.passes
                or attempt == self._retries
                or not self.patient
            ):
                break
            wait = wait_s(attempt, said.retry_after_s)
            _logger.debug("HTTP status %s, next attempt in %.1f s", said.status, wait)
            if stop.wait(wait):
                break
        return said

    def _remember(self, refused: frozenset[str]) -> None:
        with self._lock:
            if new := sorted(refused - self._refused):
                _logger.warning("The server takes no %s as asked for; it goes without.", ", ".join(new))
            self._refused |= refused
