"""What a model meant by a reply: one JSON object, or one plain sentence. Anything else cannot be read.

Nothing is repaired: a model is asked again instead. Errors never hold the reply.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from ..backends.chat import Reply
from ..errors import ParseError
from .prose import clean, is_prose
from .shapes import MOST_LETTERS, fits

LONGEST = 100_000  # letters of a reply
_THOUGHT = "think|thinking|thought|thoughts|reasoning|reflection"
_OPENED = re.compile(rf"<(?:{_THOUGHT})>|\[THINK\]", re.I)
_CLOSED = re.compile(rf"</(?:{_THOUGHT})>|\[/THINK\]", re.I)
_FENCE = re.compile(r"```[a-z]*\s*(.*?)\s*```", re.S)
_LABEL = re.compile(
    r"^(?:(?:edit|editing|final|target|public|private|short|combined|new)[ -]){0,2}"
    r"(?:instructions?|prompt|captions?|answer|output|response|result|text|assistant|edit)\s*:\s*",
    re.I,
)
_QUOTED = re.compile('["\'\u201c\u2018\u00ab] ?([^"\u201c\u201d\u00ab\u00bb]*?) ?["\'\u201d\u2019\u00bb]\\.?')


def read_json(reply: Reply, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one JSON object of a reply; what stands around it does not matter.

    Its strings come in one spelling, with nothing invisible in them.

    Args:
        reply: As the model gave it.
        schema: What the object must look like, see `shapes.fits`.

    Raises:
        ParseError: There is no object, it is cut off or of another shape, it names something twice, or
            there are several that differ.

    Example:
        >>> read_json(Reply('Sure: {"n": 1}'), {"type": "object", "properties": {"n": {"type": "integer"}}})
        {'n': 1}
    """
    text = _said(reply)
    found: list[Any] = []
    at = text.find("{")
    while at >= 0:
        value, end = _object(text, at)
        found.append(value)
        at = text.find("{", end)
    if not found or any(value != found[0] for value in found) or not fits(found[0], schema):
        raise ParseError("unreadable_reply")
    spelling: dict[str, Any] = _cleaned(found[0])
    return spelling


def read_text(reply: Reply) -> str:
    r"""Return the one English sentence or phrase of a reply, without label, quotation marks and the like.

    Raises:
        ParseError: There is none, it was cut off, there are several paragraphs, or it is no answer: a
            refusal, the same words again and again, another language, a table, code; see `prose`.

    Example:
        >>> read_text(Reply('Sure, here it is:\n\n**Instruction:** "Replace the face."'))
        'Replace the face.'
    """
    text = _said(reply)
    fenced = _FENCE.findall(text)
    lines = [line.strip() for line in (fenced[0] if len(fenced) == 1 else text).splitlines() if line.strip()]
    if len(lines) == 2 and lines[0].rstrip("*_ ").endswith(":"):
        del lines[0]
    text = _bare(lines[0]) if len(lines) == 1 else ""
    if not reply.finished or len(text) > MOST_LETTERS or not is_prose(text):
        raise ParseError("unreadable_reply")
    return text


def _said(reply: Reply) -> str:
    """Return a reply without what the model thought before it."""
    text = _CLOSED.split(reply.text)[-1]
    if len(reply.text) > LONGEST or _OPENED.search(text):
        raise ParseError("unreadable_reply")
    return text


def _object(text: str, at: int) -> tuple[Any, int]:
    """Return the object that begins there, and where it ends."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise ParseError("unreadable_reply") from None  # the cause would hold the reply


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _no_number(name: str) -> NoReturn:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return clean(value) if isinstance(value, str) else value


def _bare(line: str) -> str:
    """Return a line without marks of emphasis, a label, and quotation marks around it."""
    text = clean(re.sub(r"[*`]|^(?:#+|-|\u2022|1[.)]) ", "", line))
    text = _LABEL.sub("", text, count=1)
    quoted = _QUOTED.fullmatch(text)
    return quoted[1] if quoted else text
