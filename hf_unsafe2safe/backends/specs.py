"""How a model is named: `org/model`, `org/model@revision` or a folder, then options after commas.

`Qwen/Qwen3-VL-8B-Instruct@main,dtype=bfloat16,batch_size=16` is one text that means the same in Python, in
YAML and on the command line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigError, UnknownNameError

Options = Mapping[str, Callable[[str], Any]]  # name -> what reads its value; raises ValueError

# They say where and how fast, not what comes out: no part of a digest.
RUNNING = frozenset(
    {
        *("batch_size", "concurrency", "device_map", "key", "max_requests", "max_tokens", "retries"),
        *("input_price", "output_price", "image_price", "timeout_s"),
        *("offload", "compile", "vae_slicing", "channels_last"),  # as device and batch: up to rounding
    }
)
_SERVER = re.compile(r"endpoint:\s*[a-z]+://[^,]*")
_OPTION = re.compile(r"\s*([a-z_0-9]+)\s*=\s*(.*?)\s*")


@dataclass(frozen=True)
class ModelSpec:
    """A model and how to run it.

    Args:
        name: `org/model`, a folder, or what a backend of servers understands.
        revision: A branch, tag or commit; None for the default one.
        options: As read.
    """

    name: str
    revision: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def split(argument: str) -> tuple[str, dict[str, str]]:
    """Return the name and the options of a spec, as written.

    Raises:
        ConfigError: Nothing is named, or a part is not `name=value`, or an option is there twice.

    Example:
        >>> split("org/model@main, dtype=bfloat16")
        ('org/model@main', {'dtype': 'bfloat16'})
    """
    name, *parts = argument.split(",")
    if not name.strip():
        raise ConfigError("The spec names no model.", hint="Write org/model, or a folder.")
    options: dict[str, str] = {}
    for part in parts:
        match = _OPTION.fullmatch(part)
        if match is None:  # what was given is not repeated: it may be a path
            raise ConfigError("A part of the spec is no option.", hint="Write org/model,option=value.")
        if match[1] in options:
            raise ConfigError(f"The option '{match[1]}' is given twice.", hint="Name it once.")
        options[match[1]] = match[2]
    return name.strip(), options


def parse(argument: str, known: Options) -> ModelSpec:
    """Return what a spec says.

    Args:
        argument: For example `org/model@main,dtype=bfloat16`.
        known: The options that may be given.

    Raises:
        UnknownNameError: An option is not among the known ones.
        ConfigError: As `split`, or a value cannot be read.

    Example:
        >>> parse("org/model@v1,batch_size=4", {"batch_size": int})
        ModelSpec(name='org/model', revision='v1', options={'batch_size': 4})
    """
    name, given = split(argument)
    if unknown := sorted(set(given) - set(known)):
        raise UnknownNameError(
            f"Unknown option: {', '.join(unknown)}.", hint=f"Known: {', '.join(sorted(known))}."
        )
    options = {}
    for option, value in given.items():
        try:
            options[option] = known[option](value)
        except ValueError as error:
            raise ConfigError(f"The option {option} cannot be '{value}'.", hint=str(error)) from None
    repo, _, revision = (name, "", "") if name.startswith((".", "/", "~")) else name.partition("@")
    return ModelSpec(repo, revision or None, options)


def same_result(argument: str) -> str:
    """Return a spec without the options that change no result, nor the address of a server, for digests.

    Example:
        >>> same_result("org/model,batch_size=4,dtype=float16")
        'org/model,dtype=float16'
        >>> same_result("vlm:endpoint:http://127.0.0.1:8000/v1,model=org/model")
        'vlm:endpoint:SERVER,model=org/model'
    """
    name, *parts = _SERVER.sub("endpoint:SERVER", argument).split(",")
    return ",".join([name, *(p for p in parts if p.partition("=")[0].strip() not in RUNNING)])


def take(argument: str, mine: Options) -> tuple[str, dict[str, Any]]:
    """Take a stage's own options out of a spec; the rest is for the backend.

    Raises:
        ConfigError: As `split`, or a value cannot be read.

    Example:
        >>> take("org/model,threshold=0.4,dtype=float16", {"threshold": float})
        ('org/model,dtype=float16', {'threshold': 0.4})
    """
    name, given = split(argument)
    own = parse(",".join([name, *(f"{o}={v}" for o, v in given.items() if o in mine)]), mine).options
    return ",".join([name, *(f"{o}={v}" for o, v in given.items() if o not in mine)]), dict(own)


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of several words."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"It is one of {', '.join(words)}.")
        return value

    return read


def number(lowest: float, highest: float) -> Callable[[str], float]:
    """Return what reads a number in a range, ends included."""

    def read(value: str) -> float:
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        if not lowest <= found <= highest:
            raise ValueError(f"It is a number from {lowest:g} to {highest:g}.")
        return found

    return read


def count(lowest: int = 1, highest: int = 2**40) -> Callable[[str], int]:
    """Return what reads a whole number in a range, ends included."""

    def read(value: str) -> int:
        found = number(lowest, highest)(value)
        if found != int(found):
            raise ValueError("It is a whole number.")
        return int(found)

    return read


def yes_or_no(value: str) -> bool:
    """Read `true` or `false`."""
    return one_of("true", "false")(value) == "true"
