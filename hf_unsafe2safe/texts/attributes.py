"""What invented people look like: drawn evenly by seed, so that no model's habit decides."""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError

Table = Mapping[str, Sequence[str]]  # column -> values

DEFAULT: Table = {
    "hair": ("short hair", "shoulder-length hair", "long hair", "curly hair", "wavy hair", "tied-back hair"),
    "clothing colour": ("blue", "green", "red", "yellow", "grey", "brown", "purple", "white"),
    "clothing style": ("casual clothes", "sporty clothes", "formal clothes", "outdoor clothes", "knitwear"),
    "accessory": (
        "no accessory",
        "a plain scarf",
        "glasses",
        "a plain cap",
        "a wristwatch",
        "a shoulder bag",
    ),
    "expression": ("a calm look", "a slight smile", "a broad smile", "a thoughtful look", "a surprised look"),
}
# Drawn only with demographics=True.
DEMOGRAPHIC: Table = {
    "age": ("a young adult", "a middle-aged adult", "an older adult"),
    "gender presentation": ("feminine", "masculine", "androgynous"),
    "skin tone": ("light skin", "light brown skin", "medium brown skin", "dark brown skin", "very dark skin"),
}
_MOST = 64  # columns, and values of a column
_TEXT = re.compile(r"[^\W\d_][\w ,'-]{0,59}")
_FORM = "Write columns with lists of values: words of at most 60 letters, no value twice."


def read(given: Table | str | Path | None) -> dict[str, tuple[str, ...]]:
    """Return a table as given, or from a YAML file; None is `DEFAULT`.

    Raises:
        ConfigError: The file cannot be read, or there is no such table in it.

    Example:
        >>> read({"hat": ["a cap", "no hat"]})
        {'hat': ('a cap', 'no hat')}
    """
    table: Any = DEFAULT if given is None else given
    if isinstance(table, str | Path):
        try:
            table = yaml.safe_load(Path(table).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            raise ConfigError("The file of attributes cannot be read as YAML.", hint=_FORM) from None
    if not isinstance(table, Mapping) or not 1 <= len(table) <= _MOST:
        raise ConfigError("The attributes are no table.", hint=_FORM)
    return {name: _column(name, values) for name, values in table.items()}


def chosen(table: Table, *, demographics: bool) -> dict[str, tuple[str, ...]]:
    """Return a table without the columns of `DEMOGRAPHIC`, or with all of them: its own or else from there.

    Example:
        >>> chosen({"hat": ["a cap", "no hat"], "age": ["old"]}, demographics=False)
        {'hat': ('a cap', 'no hat')}
    """
    plain = {name: tuple(values) for name, values in table.items() if name not in DEMOGRAPHIC}
    groups = {name: tuple(table.get(name, values)) for name, values in DEMOGRAPHIC.items()}
    return {**plain, **groups} if demographics else plain


def draw(table: Table, seed: int) -> dict[str, str]:
    """Return a value of each column, the same for the same seed.

    Every value of a column is equally likely, whatever the other columns are.

    Example:
        >>> draw({"hat": ["a cap"], "hair": ["long", "short"]}, 1)
        {'hat': 'a cap', 'hair': 'long'}
    """
    return {name: random.Random(f"{name}:{seed}").choice(values) for name, values in table.items()}


def _column(name: Any, values: Any) -> tuple[str, ...]:
    listed = isinstance(values, Sequence) and not isinstance(values, str) and 1 <= len(values) <= _MOST
    texts = [name, *values] if listed else [None]
    if not all(isinstance(text, str) and _TEXT.fullmatch(text) for text in texts):
        raise ConfigError("A column of the attributes cannot be used.", hint=_FORM)
    if len(set(values)) < len(values):
        raise ConfigError("A column of the attributes names a value twice.", hint=_FORM)
    return tuple(values)
