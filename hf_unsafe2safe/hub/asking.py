"""Calls to the Hub: tried again where that may help, and their errors in our words."""

import json
import logging
import re
import time
from collections.abc import Callable
from typing import TypeVar

from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from ..errors import PublishError
from .http import HTTP_ERROR

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
# As the storage behind the Hub (Xet) tells a refusal: in the message only.
_REFUSED = re.compile(
    r"\b(401|403)\b\W{0,2}(?:Unauthorized|Forbidden)|\bstatus\W{1,6}(?:code\W{1,3})?(401|403)\b",
    re.IGNORECASE,
)

TRIES = 5
WAIT_S = 1.0  # before the second try; twice as long before each next one, or as long as the Hub asks for
LONGEST_WAIT_S = 300.0  # the Hub counts requests in windows of five minutes
_AGAIN = frozenset((408, 429, 500, 502, 503, 504))


class UnreachableError(PublishError):
    """The Hub did not answer as it should; later it may."""

    retryable = True


class ConflictError(PublishError):
    """Somebody else committed in between (HTTP 412): read the repo again, then try again."""


def ask(what: str, call: Callable[[], Answer]) -> Answer:
    """Return what a call to the Hub gives.

    Args:
        what: What the call does, for messages: `create the repo`. Nothing private.
        call: Safe to be called again: after an error nobody knows whether the Hub did it.

    Raises:
        ConflictError: Somebody else committed in between.
        PublishError: The Hub refused, or did not answer after `TRIES` tries.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return call()
        except OfflineModeIsEnabled:
            raise PublishError(f"Cannot {what}: offline mode is on.", hint="Unset HF_HUB_OFFLINE.") from None
        except LocalTokenNotFoundError:
            raise PublishError(f"Cannot {what}: no token.", hint=_LOGIN) from None
        except HFValidationError:
            raise PublishError(
                f"Cannot {what}: the Hub allows no such name.", hint="A repo is named 'owner/name'."
            ) from None
        except (HTTP_ERROR, OSError, json.JSONDecodeError, RuntimeError) as raised:
            error = _behind(raised)
            if isinstance(error, RuntimeError) and type(error) is not RuntimeError:
                raise  # a bug
            status = status_of(error)
            if attempt == TRIES or not (status in _AGAIN or (status is None and is_network(error))):
                raise _refusal(what, error, status) from None  # its own message has addresses in it
            wait = min(_asked_wait(error) or WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S)
            logger.info("Cannot %s yet (%s); again in %.0f s", what, status or type(error).__name__, wait)
            time.sleep(wait)
    raise AssertionError  # the last try returns or raises


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an error, None where there was no answer."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is None and (isinstance(error, ConnectionError) or type(error) is RuntimeError):
        refused = _REFUSED.search(str(error))
        return int(refused[1] or refused[2]) if refused else None
    return status


def is_network(error: Exception) -> bool:
    """Return whether an error came from the connection, not from a disk of this machine."""
    # a proxy before the Hub answers with a page of its own, which the client reads as JSON
    known = isinstance(error, HTTP_ERROR | ConnectionError | TimeoutError | json.JSONDecodeError)
    return known or type(error) is RuntimeError  # an upload that failed, for a reason that nobody tells


def _behind(error: Exception) -> Exception:
    """Return what really happened: the client hides it when it downloads a file, and when it uploads one."""
    cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError | RuntimeError) else None
    return cause if isinstance(cause, HTTP_ERROR | OSError | json.JSONDecodeError) else error


def _asked_wait(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return None


_LOGIN = "`hf auth login`, or set HF_TOKEN, with a token that may write to this repo."


def _refusal(what: str, error: Exception, status: int | None) -> PublishError:
    if status is None and not is_network(error):
        reason = getattr(error, "strerror", None) or type(error).__name__
        return PublishError(
            f"Cannot {what}: {reason}.", hint="When there is space again, run the same again."
        )
    if status == 412:
        return ConflictError(f"Cannot {what}: somebody else changed the repo meanwhile.", hint="Try again.")
    if isinstance(error, GatedRepoError):
        return PublishError(f"Cannot {what}: access is restricted.", hint="Ask for access on its page.")
    if status == 401:
        return PublishError(f"Cannot {what}: the token is missing or not valid.", hint=_LOGIN)
    if status == 403:
        return PublishError(f"Cannot {what}: this token may not do that.", hint=_LOGIN)
    if isinstance(error, RepositoryNotFoundError) or status == 404:
        return PublishError(
            f"Cannot {what}: there is no such repo or revision, or this token may not see it.",
            hint="Check its name and the token.",
        )
    if status in _AGAIN or status is None:
        said = f"status {status}" if status else type(error).__name__
        return UnreachableError(
            f"Cannot {what}: the Hub did not answer as it should, {TRIES} times ({said}).",
            hint="Run the same again later: it goes on where it stopped.",
        )
    return PublishError(f"Cannot {what}: the Hub refused it (status {status}).")
