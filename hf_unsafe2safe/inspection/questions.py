"""What a vision-language model is asked about an image: a yes or no for each kind, then a list of items."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ..backends.chat import Prompt
from ..records import Pixels
from ..texts.prompts import load

PROMPTS = ("inspect", "items", "groups")
MOST_ITEMS = 64
MOST_TOKENS = 4096  # about 64 tokens an item; a list that is cut off cannot be read


@cache
def groups() -> dict[str, str]:
    """Return one kind a risk group of the paper, and what to look for.

    Example:
        >>> list(groups())[:3]
        ['person', 'appearance', 'health']
    """
    lines = [line for line in load("groups").text.splitlines() if line.startswith("- ")]
    return {kind: text for kind, _, text in (line[2:].partition(": ") for line in lines)}


def decision(rgb: Pixels, looked_for: str) -> Prompt:
    """Return the question whether something is in an image.

    The rules come first and are the same for all questions: those about one image share all but their end.
    """
    text = f"Look for this: {looked_for.strip().rstrip('.')}. Is any of it in the image? Answer yes or no."
    return Prompt(load("inspect").text, text, rgb, max_new_tokens=1)


def listing(rgb: Pixels, asked: Mapping[str, str], known: Iterable[str]) -> Prompt:
    """Return the question what of several kinds is in an image, and where.

    Args:
        rgb: (H, W, 3) uint8.
        asked: Kinds and what to look for.
        known: All kinds that a reply may name, asked for or not.
    """
    lines = [f"- {kind}: {text}" for kind, text in asked.items()]
    text = "\n".join(("List what of these kinds is in the image:", *lines))
    return Prompt(load("items").text, text, rgb, schema(known), max_new_tokens=MOST_TOKENS)


def schema(kinds: Iterable[str]) -> dict[str, Any]:
    """Return the JSON schema of a list of items."""
    place = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
    item = {
        "what": {"type": "string"},
        "why": {"type": "string"},
        "kind": {"type": "string", "enum": list(kinds)},
        "box": {"anyOf": [place, {"type": "null"}]},
    }
    items = {"type": "array", "items": _object(item), "maxItems": MOST_ITEMS}
    return _object({"items": items})


def _object(parts: Mapping[str, Any]) -> dict[str, Any]:
    # Servers that hold a model to a schema want every part required and no others.
    return {
        "type": "object",
        "properties": dict(parts),
        "required": list(parts),
        "additionalProperties": False,
    }
