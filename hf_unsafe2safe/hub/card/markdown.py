"""Names and numbers as Markdown: what comes from users is text, never markup."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Sections = dict[str, str]  # title -> Markdown

# What is not seen, or turns the direction of what is.
_HIDDEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_BLANK = re.compile(rf"[\s{_HIDDEN}]+")
_PLAIN = re.compile(r"[\w ./:@+,=()*'-]+")  # nothing of it means anything within backticks
_SPECIAL = re.compile(r"([\\`*\[\]|~$])")


def escaped(text: Any) -> str:
    r"""Return text on one line in which no character is markup.

    Example:
        >>> print(escaped("a|b <b>bold</b>"))
        a\|b &lt;b&gt;bold&lt;/b&gt;
    """
    line = _BLANK.sub(" ", str(text)).strip()
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", line)


def code(text: Any) -> str:
    r"""Return a name as code where that is safe, else escaped.

    Example:
        >>> print(code("label"), code("a`b"))
        `label` a\`b
    """
    line = _BLANK.sub(" ", str(text)).strip()
    return f"`{line}`" if _PLAIN.fullmatch(line) else escaped(line)


def codes(names: Iterable[Any]) -> str:
    """Return names as code, with commas."""
    return ", ".join(map(code, names))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table; its cells are Markdown already.

    Args:
        head: Of the columns. That of a column of numbers begins with `>`, which puts it to the right.
        rows: A cell a column; whole numbers get their commas.
    """
    ruler = ["---:" if name.startswith(">") else "---" for name in head]
    lines = [[name.removeprefix(">") for name in head], ruler, *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def fenced(text: str, language: str) -> str:
    """Return a block of code that its own text cannot end.

    Example:
        >>> print(fenced("ls", "bash"))
        ```bash
        ls
        ```
    """
    text = re.sub(f"[{_HIDDEN}]", "?", text)
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def warning(text: str) -> str:
    """Return a warning as the Hub shows one."""
    return f"> [!WARNING]\n> {text}"


def joined(parts: Sections, level: int = 2) -> str:
    """Return sections under their titles."""
    return "\n\n".join(f"{'#' * level} {title}\n\n{text}" for title, text in parts.items())


def _cell(value: Any) -> str:
    return f"{value:,}" if type(value) is int else str(value)
