"""What a user wrote in a card stays, byte by byte: the header's other keys, the text around ours."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from .header import dumped

BEGIN, END = "<!-- unsafe2safe: generated -->", "<!-- unsafe2safe: end -->"

# The innermost pair: of a mark whose other half is gone, nothing is taken with it.
_OURS = re.compile(f"{re.escape(BEGIN)}(?:(?!{re.escape(BEGIN)}).)*?{re.escape(END)}", re.DOTALL)
_HEADER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# What PyYAML raises on hostile text: a date without a day, a million brackets.
_UNREADABLE = (yaml.YAMLError, ValueError, RecursionError, OverflowError)


def split(existing: str) -> tuple[str, dict[str, Any], str]:
    """Return the header of a card as written and as values, and the text after it.

    What is no mapping with names as keys is no header: it is text then.
    """
    existing = existing.removeprefix("\ufeff")
    found = _HEADER.match(existing)
    values = _read(found[1]) if found else None
    if found is None or values is None:
        return "", {}, existing
    return found[1], values, existing[found.end() :]


def with_header(text: str, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return a header with the wanted values; keys whose value is wanted as it is stay as they were written.

    Their comments stay with them, and words that PyYAML would write in another way, such as `language: no`.

    Args:
        text: Of the header that is there.
        there: Its values.
        wanted: The values of the new one.
    """
    parts = _parts(text)
    lines = [parts.pop("", "")]
    for key, value in wanted.items():
        same = key in parts and _equal(there.get(key), value)
        lines.append(parts[key] if same else dumped({key: value}))
    header = "".join(line if line.endswith("\n") or not line else f"{line}\n" for line in lines)
    # Anchors, flow style, keys that stand there twice: such a header is written anew.
    return header if _equal(_read(header), wanted) else dumped(wanted)


def with_text(body: str, ours: str) -> str:
    """Return a text with our part in its place, or after it where there was none.

    Args:
        body: What is there after the header.
        ours: Markdown; marks in it are made harmless.
    """
    block = f"{BEGIN}\n{ours.replace('<!--', '<! --').strip()}\n{END}"
    around = _OURS.split(body)
    if len(around) > 1:
        return around[0] + block + "".join(around[1:])
    gap = "" if body.endswith("\n\n") else "\n" if not body or body.endswith("\n") else "\n\n"
    return f"{body}{gap}{block}\n"


def _read(text: str) -> dict[str, Any] | None:
    """Return a header's values; None where it is no mapping with names as keys that can be written again."""
    try:
        values = yaml.safe_load(text)
        if values is None:
            return {}
        named = isinstance(values, dict) and all(isinstance(key, str) for key in values)
        return values if named and dumped(values) else None
    except _UNREADABLE:
        return None


def _equal(first: Any, second: Any) -> bool:
    """Return whether two values are written alike: NaN is not itself, and a list may hold itself."""
    return dumped({"": first}) == dumped({"": second})


def _parts(text: str) -> dict[str, str]:
    """Return the text of each key of a header by its name, and what stands before the first as ''."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return {} if root else {"": text}  # comments alone
    starts = [(key.value, key.start_mark.index) for key, _ in root.value]
    ends = [start for _, start in starts[1:]] + [len(text)]
    parts = {name: text[start:end] for (name, start), end in zip(starts, ends, strict=True)}
    return {"": text[: starts[0][1]], **parts}
