"""`unsafe2safe presets`: the names that options and YAML files take."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint
from typing import Any

import typer

from ..config import STAGES
from ..policy import POLICIES, Policy
from ..presets import MODELS, PRESETS
from ..registry import create, known
from ..taxonomy import CUSTOM, KIND_GROUP, KINDS, PAPER_GROUPS
from .errors import reported
from .text import listed

_OURS = "hf-unsafe2safe"
_NAMES, _VALUES = 13, 24  # columns at which a second and a third column begin


def run_presets() -> None:
    """Show presets, policies, stages and kinds."""
    with reported():
        covered = create("inspector", PRESETS["local"]["inspector"]).covers
        parts = (_presets(), _models(), _policies(covered), _stages(), _kinds(covered))
        typer.echo("\n\n".join("\n".join(part) for part in parts))


def _presets() -> Iterator[str]:
    yield "Presets (--preset): what stands where nothing else is given"
    for name, preset in PRESETS.items():
        yield from _rows(name, {key: _words(preset[key]) for key in (*STAGES, "policy")})


def _models() -> Iterator[str]:
    yield "Models of the presets: download, memory in bfloat16 (see `unsafe2safe doctor`)"
    yield "  Seconds an image on a GPU: not measured"
    for name, model in MODELS.items():
        used = ", ".join(preset for preset in PRESETS if name in str(PRESETS[preset]))
        yield f"  {name}"
        sizes = f"{model.download_gb:g} GB, {model.memory_gb:g} GB of memory"
        yield f"{'':<{_NAMES}}{model.licence}, {sizes}: {used}"


def _policies(covered: Iterable[str]) -> Iterator[str]:
    yield "Policies (--policy): which kinds are edited, and which are only labelled"
    for name, policy in POLICIES.items():
        yield from _rows(name, {"edited": _sorted(policy.edit), "labelled": _sorted(policy.label)})
        if _uncovered(policy, covered):
            yield (" " * _NAMES + "names kinds marked * below: needs vlm, union or --allow-uncovered")


def _stages() -> Iterator[str]:
    yield "Stages: names for --editor, and for the same keys in a --config file"
    for stage in STAGES:
        yield listed(f"  {stage}", map(_with_package, known(stage).values()), indent=_NAMES)


def _kinds(covered: Iterable[str]) -> Iterator[str]:
    yield "Kinds by risk group (* not looked for by the preset local)"
    for group in PAPER_GROUPS:
        kinds = [kind for kind in KINDS if KIND_GROUP[kind] == group]
        yield listed(f"  {group}", (k if k in covered else f"{k}*" for k in kinds), indent=32)
    yield f"  {CUSTOM:<30}what the criteria of a policy name (vlm, union)"


def _rows(name: str, values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Yield a row for each value; the first begins with the name."""
    for key, words in values.items():
        if words:
            yield listed(f"  {name}".ljust(_NAMES) + key, words, indent=_VALUES)
            name = ""


def _words(spec: Any) -> list[str]:
    """Return a spec of a preset in words.

    Example:
        >>> _words({"text": ["inpaint", "fill"], "*": "fill"})
        ['text=inpaint,fill', '*=fill']
    """
    if isinstance(spec, Mapping):
        return [f"{kind}={','.join(_words(part))}" for kind, part in spec.items()]
    return list(spec) if isinstance(spec, list) else spec.split(",")


def _sorted(kinds: Iterable[str]) -> list[str]:
    return sorted(kinds, key=KINDS.index)


def _with_package(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else ""
    return entry.name if package in ("", _OURS) else f"{entry.name} ({package})"


def _uncovered(policy: Policy, covered: Iterable[str]) -> bool:
    return not set(policy.kinds) <= set(covered)
