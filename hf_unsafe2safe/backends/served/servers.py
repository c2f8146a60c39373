"""A request over HTTP, once: to an OpenAI-compatible server, or to Inference Providers.

Failures are values, see `Failure`: the exceptions of both clients hold the address, the request or the key.
"""

import json
import os
import ssl
import weakref
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from .bodies import Body, named_in
from .retrying import Failure, retry_after_s

if TYPE_CHECKING:
    import httpx2
    from huggingface_hub import InferenceClient

LARGEST_ANSWER = 4 * 2**20  # bytes; a reply of 4096 tokens has 20 thousand
LARGEST_MESSAGE = 2**16  # bytes of an error that are looked at
_CONNECT_S = 10.0
# Nothing else is sent. The client adds an organisation and other headers from environment variables, which
# are meant for another server. By the last one it knows that the body is to be left to us.
_HEADERS = frozenset(
    {
        *("host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"),
        "x-stainless-raw-response",
    }
)
_EXTRA = ("max_completion_tokens",)  # what a provider may want and its client has no parameter for


class _RefusedError(Exception):
    """Carries a failure out of the client, before it reads the body without a bound."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__()


class Server:
    """An OpenAI-compatible server, through the `openai` package. It follows no redirect.

    Args:
        url: Base address, for example `http://127.0.0.1:8000/v1`.
        key: Sent as a bearer token.
        timeout_s: For a whole answer.
        proxies: Whether proxies that environment variables name may be used.
    """

    largest_answer = LARGEST_ANSWER

    def __init__(self, url: str, key: str, *, timeout_s: float, proxies: bool) -> None:
        import openai

        def only_ours(request: "httpx2.Request") -> None:
            for name in set(request.headers) - _HEADERS:
                del request.headers[name]
            request.headers["Authorization"] = f"Bearer {key}"

        self._timeout_s = timeout_s
        self._client = openai.OpenAI(
            base_url=url,
            api_key=key,
            max_retries=0,
            timeout=openai.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            http_client=openai.DefaultHttpxClient(
                follow_redirects=False,
                trust_env=proxies,
                # Without a reference to this object, so that it can go.
                event_hooks={"request": [only_ours], "response": [partial(_only_answers, timeout_s)]},
            ),
        )
        weakref.finalize(self, _close, self._client, os.getpid())

    def __call__(self, body: Body) -> Mapping[str, Any] | Failure:
        """Return the answer to a request."""
        import httpx2
        import openai

        until, data = monotonic() + self._timeout_s, bytearray()
        try:
            with self._sent(body) as response:
                if "json" not in response.headers.get("content-type", ""):
                    return Failure()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > self.largest_answer or monotonic() > until:
                        return Failure()
        except _RefusedError as error:
            return error.failure
        # The last two are of a connection that breaks while the answer is read.
        except (openai.APIConnectionError, httpx2.HTTPError, ssl.SSLError):
            return Failure()
        return _parsed(bytes(data))

    def _sent(self, body: Body) -> Any:
        return self._client.chat.completions.with_streaming_response.create(**body)


def _only_answers(timeout_s: float, response: "httpx2.Response") -> None:
    """Raise unless a response is an answer, after a bounded look at what it says."""
    if response.is_success:
        return
    until, message = monotonic() + timeout_s, bytearray()
    for chunk in response.iter_bytes():
        message += chunk
        if len(message) > LARGEST_MESSAGE or monotonic() > until:
            break
    wait = retry_after_s(response.headers.get("retry-after"))
    raise _RefusedError(Failure(response.status_code, wait, named_in(bytes(message))))


def _close(client: Any, made_in: int) -> None:
    """Close the connections of a client; those of a parent process are not ours to close."""
    if made_in == os.getpid():
        client.close()


class Provider:
    """Inference Providers of the Hub, through `huggingface_hub`.

    Args:
        client: With provider, key and timeout.
    """

    def __init__(self, client: "InferenceClient") -> None:
        self._client, self._served = client, False
        weakref.finalize(self, _close, client, os.getpid())

    def __call__(self, body: Body) -> Mapping[str, Any] | Failure:
        """Return the answer to a request."""
        from huggingface_hub.errors import HfHubHTTPError

        from ...hub.http import HTTP_ERROR

        try:
            answer = self._asked(body)
        except HfHubHTTPError as error:
            header = error.response.headers.get("retry-after")
            return Failure(error.response.status_code, retry_after_s(header), named_in(_body(error.response)))
        except (HTTP_ERROR, OSError, json.JSONDecodeError, UnicodeDecodeError):
            return Failure()
        except (AttributeError, LookupError, TypeError, RecursionError):  # an answer of another shape
            return Failure()
        except ValueError:  # no such provider, or it has no such model; later an answer of another shape
            return Failure() if self._served else Failure(status=404)
        self._served = True
        return answer

    def _asked(self, body: Body) -> Mapping[str, Any]:
        known = dict(body)
        extra = {name: known.pop(name) for name in _EXTRA if name in known}
        return _plain(self._client.chat_completion(**known, extra_body=extra))


def _plain(answer: Any) -> dict[str, Any]:
    # As a mapping it lacks what its class does not know, such as a refusal; its attributes have that.
    return {**answer, "choices": [{**choice, "message": choice.message} for choice in answer.choices or ()]}


def _body(response: Any) -> bytes:
    data: bytes = response.content
    return data[:LARGEST_MESSAGE]


def _parsed(data: bytes) -> Mapping[str, Any] | Failure:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return Failure()
    return answer if isinstance(answer, dict) else Failure()
