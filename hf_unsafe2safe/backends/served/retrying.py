"""What went wrong between here and a server, whether it may pass, and how long to wait."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ...errors import BackendError, BudgetError, ConfigError, StageError

FIRST_WAIT_S = 1.0  # before the first retry; each next one waits twice as long
LONGEST_WAIT_S = 60.0  # whatever a server asks for
_PASSES = frozenset({408, 409, 425, 429})


@dataclass(frozen=True)
class Failure:
    """A request that got no answer, as a value: an exception would carry the address and the prompt along.

    Args:
        status: HTTP status; None where there was no whole, readable answer at all.
        retry_after_s: What the server asks for.
        named: Parameters of the request that the server's message names.
        unreadable: Whether there was a whole answer, which is not what was asked for.
    """

    status: int | None = None
    retry_after_s: float | None = None
    named: frozenset[str] = frozenset()
    unreadable: bool = False

    @property
    def passes(self) -> bool:
        """Whether the same request may work later."""
        return self.status is None or self.status in _PASSES or self.status >= 500


def wait_s(attempt: int, asked_s: float | None) -> float:
    """Return how many seconds to wait after an attempt, the first of which is 0.

    Example:
        >>> [wait_s(0, None), wait_s(3, None), wait_s(30, None), wait_s(3, 2.5), wait_s(0, 7200)]
        [1.0, 8.0, 60.0, 2.5, 60.0]
    """
    wanted = FIRST_WAIT_S * 2.0 ** min(attempt, 30) if asked_s is None else asked_s
    return min(wanted, LONGEST_WAIT_S)


def retry_after_s(header: str | None) -> float | None:
    """Return what a `Retry-After` header asks for, in seconds from now; None where it cannot be read.

    Example:
        >>> retry_after_s("2.5"), retry_after_s("-1"), retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT")
        (2.5, 0.0, 0.0)
        >>> retry_after_s("soon") is retry_after_s("nan") is retry_after_s(None) is None
        True
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            when = parsedate_to_datetime(header)
        except ValueError:
            return None
        zoned = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (zoned - datetime.now(UTC)).total_seconds()
    return None if math.isnan(seconds) else max(0.0, seconds)


def verdict(failure: Failure) -> StageError:
    """Return the error of the one row whose prompt could not be answered.

    Raises:
        ConfigError: No row would be: the key, the model or the address is wrong.
        BudgetError: No row would be: the account has no credit.
    """
    status = failure.status
    if failure.unreadable:
        return StageError("unreadable_reply", hint="The server answers, with something else.")
    if failure.passes:
        return BackendError("backend_unavailable")
    if status in (401, 403):
        raise ConfigError(
            f"The server refuses the key (HTTP {status}).",
            hint="Name the environment variable that holds it: key=NAME.",
        )
    if status == 402:
        raise BudgetError("The server asks for payment (HTTP 402).", hint="Finished rows are kept.")
    if status == 404:
        raise ConfigError(
            "The server has no such model or no such address.",
            hint="The address of an OpenAI-compatible server mostly ends in /v1.",
        )
    if status is not None and status < 400:
        raise ConfigError(f"The server points elsewhere (HTTP {status}).", hint="Give its final address.")
    return StageError("unreadable_reply", hint=f"The server refused this prompt (HTTP {status}).")
