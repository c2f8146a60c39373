"""From a spec to a stage object. Built-ins are entry points, as those of a third party would be.

A package adds an editor with
`[project.entry-points."hf_unsafe2safe.editors"]` and `my-editor = "my_package.module:MyEditor"`; only the
one that is asked for is imported. `name:ARGUMENT` calls the factory with the text after the colon.
"""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from typing import Any

from . import protocols
from .config import fingerprint, is_object
from .errors import ConfigError, UnknownNameError
from .protocols import Editor
from .taxonomy import KINDS, TEXT_KINDS

_PROTOCOLS: dict[str, type] = {
    "inspector": protocols.Inspector,
    "captioner": protocols.Captioner,
    "instructor": protocols.Instructor,
    "editor": protocols.Editor,
    "verifier": protocols.Verifier,
}

# What runs a bare `org/model`.
_DEFAULT = {"inspector": "vlm", "captioner": "vlm", "instructor": "llm", "editor": "diffusion"}


def known(stage: str) -> dict[str, EntryPoint]:
    """Return the registered names of a stage.

    Raises:
        ConfigError: Two packages register the same name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=f"hf_unsafe2safe.{stage}s"):
        if entry.name in found and found[entry.name].value != entry.value:
            raise ConfigError(
                f"Two packages register the {stage} '{entry.name}'.", hint="Uninstall one of them."
            )
        found[entry.name] = entry
    return dict(sorted(found.items()))


def create(stage: str, spec: Any) -> Any:
    """Return the stage object that a spec stands for; nothing is loaded yet.

    Args:
        stage: One of `config.STAGES`.
        spec: A name, `name:ARGUMENT`, a model as `org/model` or a folder with a slash in it (for the stage's
            default backend), or an object of the stage's protocol with `fingerprint()`.

    Raises:
        UnknownNameError: No such name; the message lists the known ones.
        ConfigError: The object lacks a part of the protocol, or the name takes or needs an argument.
    """
    if isinstance(spec, str):
        name, _, argument = spec.partition(":")
        if "/" in name and stage in _DEFAULT:
            name, argument = _DEFAULT[stage], spec
        entries = known(stage)
        if name not in entries:
            raise UnknownNameError(
                f"Unknown {stage} '{name}'.", hint=f"Known: {', '.join(entries) or 'none'}."
            )
        made = _made(stage, name, entries[name].load(), *filter(None, [argument]))
    elif is_object(spec):
        fingerprint(spec)
        made = spec
    else:
        raise ConfigError(f"{stage} must be a name or an object, got {type(spec).__name__}.")
    if not isinstance(made, _PROTOCOLS[stage]):
        needed = ", ".join(sorted(n for n in dir(_PROTOCOLS[stage]) if not n.startswith("_")))
        raise ConfigError(f"{type(made).__name__} is no {stage}.", hint=f"It must have: {needed}.")
    return made


def _made(stage: str, name: str, factory: Any, *argument: str) -> Any:
    try:
        signature(factory).bind(*argument)
    except TypeError:
        raise ConfigError(
            f"The {stage} '{name}' {'takes no' if argument else 'needs an'} argument.",
            hint=f"Write '{name}'." if argument else f"Write '{name}:ARGUMENT'.",
        ) from None
    return factory(*argument)


def create_editors(spec: Any, kinds: tuple[str, ...]) -> dict[str, tuple[Editor, ...]]:
    """Return the chain of editors of each kind; the same spec gives one object for all kinds.

    Kinds that a mapping leaves out are filled, which is the end of every chain anyway.

    Raises:
        UnknownNameError: A key is no kind, or a name is no editor.
        ConfigError: An empty list, or an object that is no editor.
    """
    made: dict[str, Editor] = {}

    def chain(part: Any) -> tuple[Editor, ...]:
        parts = list(part) if isinstance(part, list | tuple) else [part]
        if not parts:
            raise ConfigError("An empty list of editors.", hint="Name at least one, for example [fill].")
        return tuple(
            made.setdefault(p, create("editor", p)) if isinstance(p, str) else create("editor", p)
            for p in parts
        )

    if not isinstance(spec, Mapping):
        everything = chain(spec)
        return dict.fromkeys(kinds, everything)
    if unknown := sorted(map(str, set(spec) - {*KINDS, *kinds, "*"})):
        raise UnknownNameError(
            f"Unknown kinds in editor: {', '.join(unknown)}.", hint=f"Known: {', '.join(KINDS)}, *."
        )
    chains = {key: chain(part) for key, part in {"*": "fill", **spec}.items()}
    return {kind: chains[next(key for key in _keys(kind) if key in chains)] for kind in kinds}


def _keys(kind: str) -> tuple[str, ...]:
    return (kind, "text", "*") if kind in TEXT_KINDS else (kind, "*")
