"""From options and a YAML file to the keyword arguments of `Sanitizer`."""

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError, UnknownNameError
from ..sanitizer import Sanitizer

Editors = str | list[str] | dict[str, str | list[str]]

_STRINGS = ("preset", "encoding")
_OPTION = re.compile(r"[a-z_0-9]+=")
_BY_KIND = re.compile(r"([^:,=]*)=(.*)")  # after a colon an equals sign is part of an editor's argument


def settings(given: Mapping[str, Any], file: Path | None) -> dict[str, Any]:
    """Return the arguments for `Sanitizer`: those of the file, and over them those given as options.

    Args:
        given: Options; None where one was not given. Editors and annotations are as many as there were
            options, see `editors` and `annotations`.
        file: A YAML mapping with the same names.

    Raises:
        ConfigError: The file cannot be read, or the editors or annotations do not fit together.
        UnknownNameError: It has a key that is no argument.
    """
    options = {name: value for name, value in given.items() if value is not None}
    if "editor" in options:
        options["editor"] = editors(options["editor"])
    if "annotations" in options:
        options["annotations"] = annotations(options["annotations"])
    return {**(_read(file) if file else {}), **options}


def editors(values: Sequence[str]) -> Editors:
    """Return the spec of editors that the values of `--editor` stand for.

    Args:
        values: One `NAME` for all kinds, or `KIND=NAME` for each of several kinds; commas make a chain.

    Raises:
        ConfigError: Both forms, a kind twice, a kind or an editor that is not named.

    Example:
        >>> editors(["inpaint,fill"]), editors(["face=mosaic", "text=inpaint,fill"])
        (['inpaint', 'fill'], {'face': 'mosaic', 'text': ['inpaint', 'fill']})
    """
    pairs = [_BY_KIND.fullmatch(value) for value in values]
    if not any(pairs):
        if len(values) > 1:
            raise ConfigError(
                "--editor was given more than once, without kinds.",
                hint="Write a chain as --editor inpaint,fill, or name kinds: --editor face=mosaic.",
            )
        return _chain(values[0])
    by_kind: dict[str, str | list[str]] = {}
    for pair in pairs:
        if pair is None:
            raise ConfigError(
                "--editor was given with kinds and without.",
                hint="Name a kind in each; '*' stands for all others: --editor '*=fill'.",
            )
        kind = pair[1].strip()
        if not kind:
            raise ConfigError("--editor names no kind before '='.", hint="Write KIND=NAME.")
        if kind in by_kind:
            raise ConfigError(
                f"--editor names the kind '{kind}' twice.", hint=f"Write a chain as {kind}=inpaint,fill."
            )
        by_kind[kind] = _chain(pair[2])
    return by_kind


def annotations(values: Sequence[str]) -> dict[str, str | None]:
    """Return the forms of columns that the values of `--annotation` stand for.

    Args:
        values: `COLUMN=FORM` each; `none` as form is None.

    Raises:
        ConfigError: A value is not of that kind, or a column is named twice.

    Example:
        >>> annotations(["objects.bbox=xywh", "points=none"])
        {'objects.bbox': 'xywh', 'points': None}
    """
    forms: dict[str, str | None] = {}
    for value in values:
        column, _, form = (part.strip() for part in value.rpartition("="))
        if not column or not form:
            raise ConfigError(
                f"--annotation '{value}' is not COLUMN=FORM.", hint="For example objects.bbox=xywh."
            )
        if column in forms:
            raise ConfigError(f"--annotation names the column '{column}' twice.", hint="Name it once.")
        forms[column] = None if form == "none" else form
    return forms


def _chain(value: str) -> str | list[str]:
    # What was given is not repeated in messages: an editor's argument may be a path.
    names: list[str] = []
    for part in (part.strip() for part in value.split(",")):
        if names and _OPTION.match(part) and any(sign in names[-1] for sign in ":/"):
            names[-1] += f",{part}"  # an option of the model before it
        else:
            names.append(part)
    if not all(names):
        raise ConfigError(
            "--editor has an empty place.", hint="Write a name, or a chain such as inpaint,fill."
        )
    if any(_BY_KIND.fullmatch(name) for name in names):
        raise ConfigError(
            "--editor takes one kind at a time.",
            hint="Give it once for each: --editor face=mosaic --editor text=inpaint.",
        )
    return names if len(names) > 1 else names[0]


def _read(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The config file cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"The config file is no YAML{where}.", hint="Expected lines such as 'policy: faces'."
        ) from None
    known = [name for name in inspect.signature(Sanitizer).parameters if name != "private_columns"]
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(
            f"The config file holds a {type(values).__name__}.", hint=f"Expected keys: {', '.join(known)}."
        )
    if unknown := sorted(str(key) for key in values if key not in known):
        raise UnknownNameError(
            f"Unknown keys in the config file: {', '.join(unknown)}.", hint=f"Known: {', '.join(known)}."
        )
    for name in _STRINGS:
        if not isinstance(values.get(name, ""), str):
            raise ConfigError(f"{name} must be a text, got {values[name]!r}.")
    return values
