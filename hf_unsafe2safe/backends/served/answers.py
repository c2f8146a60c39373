"""What the answer of a server says. Every shape is possible: what cannot be read is a failure."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ...errors import StageError
from .. import chat
from ..chat import Reply
from .retrying import Failure

_ROUNDING = 1e-3  # a logprob is at most 0, but for what a server rounds
# A yes may go on. A no that does may be none: "No idea", "No puedo".
_FIRST_WORD = re.compile(r"\W*(?:(yes)\b.*|no\W*)", re.IGNORECASE | re.DOTALL)
_THOUGHTS = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)
_MARKS = " \t\n\r▁Ġ\"'*`.,:"  # around the word in a token, the marks of tokenizers for a space included


def usage(answer: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the tokens of input and output; None where the answer does not say.

    Example:
        >>> usage({"usage": {"prompt_tokens": 12, "completion_tokens": 3}})
        (12, 3)
    """
    said = answer.get("usage")
    if not isinstance(said, dict):
        return None
    into, out = said.get("prompt_tokens"), said.get("completion_tokens")
    if type(into) is not int or type(out) is not int or into < 0 or out < 0:
        return None
    return into, out


def reply(answer: Mapping[str, Any]) -> Reply | StageError | Failure:
    """Return what the model said, without the thoughts that some models say first.

    Returns:
        A `Failure` where the answer is broken, a StageError where the server or the model refused to say
        something, or thought and said nothing.
    """
    choice = _choice(answer)
    if isinstance(choice, Failure):
        return choice
    text = _text(choice)
    if not isinstance(text, str):
        return text
    said = _THOUGHTS.sub("", text, count=1) if text.lstrip().startswith("<think>") else text
    if said.lstrip().startswith("<think>"):
        return StageError("unreadable_reply", hint="The model was cut while it thought.")
    return Reply(said, finished=choice.get("finish_reason") != "length")


def probability(answer: Mapping[str, Any]) -> float | StageError | Failure:
    """Return P(yes) / (P(yes) + P(no)) of the first token.

    Returns:
        A `Failure` that names `logprobs` where there are none.
    """
    choice = _choice(answer)
    if isinstance(choice, Failure):
        return choice
    if isinstance(refused := _text(choice), StageError):
        return refused
    first = _first_token(choice)
    if first is None:
        return Failure(status=400, named=frozenset({"logprobs"}))
    mass = {"yes": 0.0, "no": 0.0}
    for one in first:
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
            return _unreadable()
        if not logprob <= _ROUNDING:  # NaN too
            return _unreadable()
        word = token.strip(_MARKS).lower()
        if word in mass:
            mass[word] += math.exp(max(logprob, -1e4))
    total = mass["yes"] + mass["no"]
    return round(mass["yes"] / total, 4) if total >= chat.LEAST_MASS else _unreadable()


def first_word(answer: Mapping[str, Any]) -> float | StageError | Failure:
    """Return 1.0 where the reply begins with yes, 0.0 where it is no and nothing else.

    Example:
        >>> first_word({"choices": [{"message": {"content": "**No**."}}]})
        0.0
    """
    said = reply(answer)
    if isinstance(said, Failure):
        return said
    match = _FIRST_WORD.fullmatch(said.text) if isinstance(said, Reply) else None
    return _unreadable() if match is None else float(match[1] is not None)


def _unreadable() -> StageError:
    return StageError("unreadable_reply", stage="inspect")


def _choice(answer: Mapping[str, Any]) -> Mapping[str, Any] | Failure:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return Failure()
    return choices[0]


def _text(choice: Mapping[str, Any]) -> str | StageError | Failure:
    message = choice.get("message")
    if not isinstance(message, dict):
        return Failure()
    if message.get("refusal") or choice.get("finish_reason") == "content_filter":
        return StageError("unreadable_reply", hint="The server refused to answer.")
    content = message.get("content")
    if not content and (message.get("reasoning_content") or message.get("reasoning")):
        return StageError("unreadable_reply", hint="The model thought and said nothing.")
    return content if isinstance(content, str) else Failure()


def _first_token(choice: Mapping[str, Any]) -> list[Any] | None:
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list) or not content or not isinstance(content[0], dict):
        return None
    top = content[0].get("top_logprobs")
    return top if isinstance(top, list) and top else None
