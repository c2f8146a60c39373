"""A training config from a YAML file and from flags: flat names, the flags win.

In the manner of transformers' `HfArgumentParser`, which knows no tuples and answers a wrong name or value
with a usage text in place of an error.
"""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import yaml

from ..errors import ConfigError, UnknownNameError
from .config import TrainConfig

_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def read_config(file: str | Path | None = None, arguments: Sequence[str] = ()) -> TrainConfig:
    """Return the config that a file and flags say; what neither says is as by default.

    Args:
        file: YAML with options by their flat names; None for none.
        arguments: Flags such as `--learning-rate 1e-4`; `--balanced` alone is true, lists have commas.

    Raises:
        ConfigError: The file is no mapping, or a value is none of its option, or cannot be.
        UnknownNameError: There is no such option.
    """
    return make_config({**_of_file(file), **_of_flags(arguments)})


def make_config(options: Mapping[str, Any]) -> TrainConfig:
    """Return the config of options by their flat names.

    Raises:
        ConfigError: As `read_config`.
        UnknownNameError: As `read_config`.

    Example:
        >>> make_config({"steps": 5, "editor": "klein", "lora_rank": 16}).optimization.steps
        5
    """
    known = {field.name: (part, hint) for part, field, hint in options_of_config()}
    parts: dict[str, dict[str, Any]] = {}
    for name, value in options.items():
        if name not in known:
            near = get_close_matches(str(name), known, 1) or sorted(known)
            shown = f" '{name}'" if re.fullmatch(r"[A-Za-z_]{1,40}", str(name)) else ""
            raise UnknownNameError(
                f"There is no option{shown} of training.", hint=f"Known: {', '.join(near)}."
            )
        part, hint = known[name]
        parts.setdefault(part, {})[name] = _read(name, value, hint)
    hints = get_type_hints(TrainConfig)
    return TrainConfig(**{part: hints[part](**values) for part, values in parts.items()})


def options_of_config() -> Iterator[tuple[str, Field[Any], Any]]:
    """Yield every option: the part it is in, its field, its type."""
    for part, kind in get_type_hints(TrainConfig).items():
        hints = get_type_hints(kind)
        yield from ((part, field, hints[field.name]) for field in fields(kind))


def as_yaml(config: TrainConfig) -> str:
    """Return a config as YAML with what each option means, in groups."""
    lines, part = [], ""
    for name, field, _ in options_of_config():
        if name != part:
            kind = get_type_hints(TrainConfig)[name]
            lines += ["", f"# {str(kind.__doc__).splitlines()[0]}"]
            part = name
        value = getattr(getattr(config, name), field.name)
        value = list(value) if isinstance(value, tuple) else value
        text = yaml.safe_dump({field.name: value}, default_flow_style=True, width=1000).strip()[1:-1]
        lines.append(f"{text}  # {field.metadata['help']}")
    return "\n".join(lines).strip() + "\n"


def help_text() -> str:
    """Return what all flags mean."""
    return _parser().format_help()


def _of_file(file: str | Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        read = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        raise ConfigError("The config file cannot be read.", hint="It is YAML, a line an option.") from None
    if not isinstance(read, dict):
        raise ConfigError("The config file holds no options.", hint="Write `name: value`, a line an option.")
    return read


def _of_flags(arguments: Sequence[str]) -> dict[str, Any]:
    parser = _parser()
    try:
        found, unknown = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError as error:
        raise ConfigError(
            f"An option of training was given without its value: {error.argument_name}."
        ) from None
    if unknown:
        name = unknown[0].partition("=")[0] if unknown[0].startswith("--") else ""
        raise UnknownNameError(
            f"There is no option {name} of training." if name else "An argument belongs to no option.",
            hint="`unsafe2safe train --options` lists them.",
        )
    return vars(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unsafe2safe train",
        usage="unsafe2safe train [--config FILE] [--OPTION VALUE ...]",
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
        argument_default=argparse.SUPPRESS,
    )
    groups: dict[str, Any] = {}
    for part, field, hint in options_of_config():
        kind = get_type_hints(TrainConfig)[part]
        if part not in groups:
            groups[part] = parser.add_argument_group(str(kind.__doc__).splitlines()[0].rstrip("."))
        shown = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
        text = f"{field.metadata['help']} Default: {shown.lower() if hint is bool else shown or 'none'}."
        more: dict[str, Any] = {"metavar": _metavar(hint)}
        if hint is bool:
            more |= {"nargs": "?", "const": "true"}
        groups[part].add_argument(f"--{field.name.replace('_', '-')}", help=text.replace("%", "%%"), **more)
    return parser


def _metavar(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "|".join(get_args(hint))
    return {int: "N", float: "X", bool: "true|false"}.get(hint, "TEXT")


def _read(name: str, value: Any, hint: Any) -> Any:
    """Return a value of YAML, or a text of a flag, as its option has it."""
    if get_origin(hint) is Literal:
        # YAML reads a bare `no` as false.
        value = "no" if value is False else value
        if value in get_args(hint):
            return value
        raise _wrong(name, f"one of {', '.join(get_args(hint))}")
    if get_origin(hint) is tuple:
        parts = value.split(",") if isinstance(value, str) else value
        if isinstance(parts, list | tuple) and all(isinstance(one, str) for one in parts):
            return tuple(one.strip() for one in parts if one.strip())
        raise _wrong(name, "names with commas between them")
    made = _CASTS[hint](value)
    if made is None:
        raise _wrong(name, _KINDS[hint])
    return made


def _whole(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?[0-9]+", value.strip()) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)  # YAML reads 1e-5 as a text
    except (TypeError, ValueError):
        return None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


_CASTS = {int: _whole, float: _number, bool: _truth, str: _text}


def _wrong(name: str, expected: str) -> ConfigError:
    return ConfigError(f"{name} must be {expected}.")
