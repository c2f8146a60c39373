"""The request that a prompt becomes, and weaker forms of it for servers that take less."""

import base64
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import PIL.Image

from ...records import Pixels
from ..chat import Prompt
from ..resizing import fit, whole

Body = Mapping[str, Any]

TOP_LOGPROBS = 20
FEWER_LOGPROBS = 5
TEXT_TOKENS = 8  # of an answer that is read as text, where one token may be a space
_JPEG_QUALITY = 95


def question(prompt: Prompt, model: str, size: int, *, schema: bool) -> Body:
    """Return the request for a reply.

    Args:
        prompt: What to ask.
        model: As the server names it.
        size: Images are made smaller to fit into a square of so many pixels.
        schema: Whether the server is to hold its reply to the schema.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": _messages(prompt, size),
        "max_tokens": prompt.max_new_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    if schema and prompt.schema is not None:
        form = {"name": "reply", "strict": True, "schema": dict(prompt.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body


def decision(prompt: Prompt, model: str, size: int) -> Body:
    """Return the request for the probabilities of the first token of a reply."""
    asked = question(prompt, model, size, schema=False)
    return {
        **asked,
        "max_tokens": 1,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": TOP_LOGPROBS,
    }


def _messages(prompt: Prompt, size: int) -> list[dict[str, Any]]:
    content: Any = prompt.text
    if prompt.image is not None:
        image = {"type": "image_url", "image_url": {"url": data_url(prompt.image, size)}}
        content = [image, {"type": "text", "text": prompt.text}]
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    return [*system, {"role": "user", "content": content}]


def data_url(rgb: Pixels, size: int) -> str:
    """Return an image as a JPEG in a data URL, without metadata.

    Args:
        rgb: (H, W, 3) uint8.
        size: It is made smaller to fit into a square of so many pixels, never larger.
    """
    buffer = BytesIO()
    PIL.Image.fromarray(whole(fit(rgb, size), square=False)).save(
        buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0
    )
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _without(*names: str) -> Callable[[Body], Body | None]:
    def drop(body: Body) -> Body | None:
        return {k: v for k, v in body.items() if k not in names} if names[0] in body else None

    return drop


def _fewer(body: Body) -> Body | None:
    return {**body, "top_logprobs": FEWER_LOGPROBS} if body.get("top_logprobs", 0) > FEWER_LOGPROBS else None


def _as_text(body: Body) -> Body | None:
    less = _without("logprobs", "top_logprobs")(body)
    return less and {**less, "max_tokens": TEXT_TOKENS}


def _renamed(body: Body) -> Body | None:
    less = _without("max_tokens")(body)
    return less and {**less, "max_completion_tokens": body["max_tokens"]}


# What a server may refuse -> the request without it, or None where it is not in the request. In this order.
_WEAKER: dict[str, Callable[[Body], Body | None]] = {
    "response_format": _without("response_format"),
    "top_logprobs": _fewer,
    "logprobs": _as_text,
    "seed": _without("seed"),
    "temperature": _without("temperature"),
    "max_tokens": _renamed,
    "mask": _without("mask"),
    "target_size": _without("target_size"),
}
# What is left out where the server does not say what it refuses.
_SUSPECTS = frozenset({"response_format", "top_logprobs", "logprobs"})
_NAMES = re.compile(rb"\b(%s)\b" % "|".join(_WEAKER).encode())


def named_in(message: bytes) -> frozenset[str]:
    """Return which parameters of a request an error message names. Nothing else of it is kept.

    Example:
        >>> sorted(named_in(b'{"param": "response_format.type", "message": "use max_completion_tokens"}'))
        ['response_format']
    """
    return frozenset(name.decode() for name in _NAMES.findall(message))


def weakened(body: Body, refused: frozenset[str]) -> Body:
    """Return a request without what a server refuses."""
    for name, weaker in _WEAKER.items():
        if name in refused:
            body = weaker(body) or body
    return body


def next_refused(body: Body, named: frozenset[str], needed: frozenset[str]) -> str | None:
    """Return what to leave out of a refused request; None where nothing is left to leave out.

    Args:
        body: As it was refused.
        named: What the server named; what is not in the request says nothing.
        needed: What must stay.
    """
    suspects = (named & body.keys() or _SUSPECTS) - needed
    return next((n for n, weaker in _WEAKER.items() if n in suspects and weaker(body) is not None), None)
