"""From options and a YAML file to the keyword arguments of `Sanitizer`."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError, UnknownNameError
from ..sanitizer import Sanitizer

_STRINGS = ("preset", "encoding")


def settings(given: Mapping[str, Any], file: Path | None) -> dict[str, Any]:
    """Return the arguments for `Sanitizer`: those of the file, and over them those given as options.

    Args:
        given: Options; None where one was not given. An editor with commas is a fallback chain.
        file: A YAML mapping with the same names.

    Raises:
        ConfigError: The file cannot be read.
        UnknownNameError: It has a key that is no argument.
    """
    options = {name: value for name, value in given.items() if value is not None}
    if "," in options.get("editor", ""):
        options["editor"] = [name.strip() for name in options["editor"].split(",")]
    return {**(_read(file) if file else {}), **options}


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
