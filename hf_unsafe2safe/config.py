"""The configuration of a run: plain values, comparable, with a digest.

A stage is given by a spec: a registered name (`fill`), a name with an argument (`name:ARGUMENT`) or an
object with `fingerprint() -> str`. Editors may also be a list (a fallback chain) or a mapping from kinds
to specs; `text` there stands for every kind of text and `*` for every kind; what is not named is filled.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from .backends.specs import same_result
from .errors import ConfigError, UnknownNameError
from .policy import Policy
from .presets import PRESETS
from .records import ModelInfo
from .storage.store import DEFAULT

if TYPE_CHECKING:
    from .consent import KeepList

# Raised by hand when the same config gives other results than before: it is part of the digest.
PIPELINE_VERSION = "3"

STAGES = ("inspector", "captioner", "instructor", "editor", "verifier")
# Whose specs name models, with options.
_MODEL_STAGES = frozenset(
    {
        *("vlm", "union", "llm", "judge", "diffusion", "instruct-pix2pix", "safe-attention", "flowedit"),
        *("kontext", "qwen-image-edit", "klein", "inpaint", "endpoint"),
    }
)
_SPECS = (*STAGES, "keep")  # settings that may hold objects


def package_version() -> str:
    """Return the version of this package."""
    try:
        return version("hf-unsafe2safe")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "0+unknown"


@dataclass(frozen=True)
class Config:
    """Everything that a result depends on, and the few things that only shape the columns."""

    preset: str
    policy: Policy
    inspector: Any
    captioner: Any
    instructor: Any
    editor: Any
    verifier: Any
    keep: "KeepList | None" = None
    image_column: str | None = None
    context_columns: tuple[str, ...] = ()
    annotations: Mapping[str, str | None] = field(default_factory=dict)
    seed: int = 0
    encoding: str = "auto"
    demographics: bool = False
    allow_uncovered: bool = False
    private_columns: bool = False
    store: str | None = DEFAULT

    def __post_init__(self) -> None:
        """Check what can be checked without loading anything."""
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed must be a whole number from 0 to 2**63 - 1, got {self.seed!r}.")
        for name in ("demographics", "allow_uncovered", "private_columns"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"{name} must be true or false, got {getattr(self, name)!r}.")
        if self.keep is not None and not {"face", "person"} & set(self.policy.edit):
            raise ConfigError(
                f"keep: the policy '{self.policy.name}' edits no faces, so there is nobody to keep.",
                hint="Leave keep away, or use a policy such as 'default'.",
            )
        if self.image_column is not None and not isinstance(self.image_column, str):
            raise ConfigError(f"image_column must be a column name, got {self.image_column!r}.")

    def plain(self) -> dict[str, Any]:
        """Return the configuration as plain values; objects are named by class and fingerprint."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["policy"] = self.policy.as_dict()
        return {**values, **{name: _plain_spec(values[name]) for name in _SPECS}}

    def digest(self, models: Sequence[ModelInfo] = (), stages: str = "") -> str:
        """Return 16 hex digits that change whenever a result could.

        The names of columns and the store do not count, nor whether uncovered kinds are allowed: they change
        no pixel and no text.

        Args:
            models: Of all stages.
            stages: What the created stages say of themselves, see `Stages.fingerprint`.
        """
        values = self.plain()
        shapes = ("image_column", "context_columns", "annotations", "private_columns")
        for shape in (*shapes, "preset", "allow_uncovered", "store"):
            values.pop(shape)
        for stage in STAGES:
            values[stage] = _same_result(values[stage])
        values["policy"].pop("name")
        values["pipeline"] = PIPELINE_VERSION
        values["models"] = sorted({(m.name, m.revision) for m in models})
        values["stages"] = stages
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def from_preset(preset: str, **overrides: Any) -> dict[str, Any]:
    """Return the stage specs and policy of a preset with what the user gave instead (None = as preset).

    Raises:
        UnknownNameError: No such preset.
    """
    if not isinstance(preset, str) or preset not in PRESETS:
        raise UnknownNameError(f"Unknown preset '{preset}'.", hint=f"Known: {', '.join(PRESETS)}.")
    return {**PRESETS[preset], **{key: value for key, value in overrides.items() if value is not None}}


def is_object(spec: Any) -> bool:
    """Return whether a spec is an object rather than nothing, a name, a list or a mapping."""
    return spec is not None and not isinstance(spec, str | Mapping | list | tuple)


def objects_in(spec: Any) -> list[Any]:
    """Return the objects in a spec, in the order in which `Config.plain` meets them."""
    if spec is None or isinstance(spec, str):
        return []
    if isinstance(spec, Mapping):
        return [found for key in sorted(spec) for found in objects_in(spec[key])]
    if isinstance(spec, list | tuple):
        return [found for part in spec for found in objects_in(part)]
    return [spec]


def _plain_spec(spec: Any) -> Any:
    if spec is None or isinstance(spec, str):
        return spec
    if isinstance(spec, Mapping):
        return {key: _plain_spec(spec[key]) for key in sorted(spec)}
    if isinstance(spec, list | tuple):
        return [_plain_spec(part) for part in spec]
    return {"object": f"{type(spec).__module__}.{type(spec).__qualname__}", "fingerprint": fingerprint(spec)}


def _same_result(spec: Any) -> Any:
    """Return a plain spec without the options of models that change no result."""
    if isinstance(spec, str):
        name = spec.partition(":")[0]
        return same_result(spec) if "/" in name or name in _MODEL_STAGES else spec
    if isinstance(spec, Mapping):
        return {key: _same_result(part) for key, part in spec.items()}
    return [_same_result(part) for part in spec] if isinstance(spec, list) else spec


def fingerprint(stage: Any) -> str:
    """Return the fingerprint of a stage object.

    Raises:
        ConfigError: It is a class, or has none, so a cached result could be that of another object.
    """
    if isinstance(stage, type):
        raise ConfigError(
            f"The stage {stage.__name__} is a class.", hint=f"Pass an object: {stage.__name__}(...)."
        )
    method = getattr(stage, "fingerprint", None)
    value = method() if callable(method) else None
    if not isinstance(value, str):
        raise ConfigError(
            f"The stage {type(stage).__name__} has no fingerprint() that returns a string.",
            hint="Add one that changes when its results would.",
        )
    return value


def freeze(config: Config) -> dict[str, Any]:
    """Return a config in the form in which it is pickled.

    One JSON string, because `datasets` hashes the pickle, and a pickle of nested values depends on which
    equal strings happen to be one object. Stage objects are pickled beside it.
    """
    values = {**config.plain(), **{name: _mark(getattr(config, name)) for name in _SPECS}}
    return {
        "config": json.dumps(values, sort_keys=True),
        "pipeline": PIPELINE_VERSION,
        "objects": [found for name in _SPECS for found in objects_in(getattr(config, name))],
    }


def thaw(state: Mapping[str, Any]) -> Config:
    """Return the config that was frozen."""
    values, objects = json.loads(state["config"]), iter(state["objects"])
    policy = values.pop("policy")
    specs = {name: _unmark(values.pop(name), objects) for name in _SPECS}
    values["context_columns"] = tuple(values["context_columns"])
    return Config(policy=Policy(**{**policy, "label": tuple(policy["label"])}), **specs, **values)


_OBJECT = {"an object": "pickled beside the config"}


def _mark(spec: Any) -> Any:
    if isinstance(spec, Mapping):
        return {key: _mark(spec[key]) for key in sorted(spec)}
    if isinstance(spec, list | tuple):
        return [_mark(part) for part in spec]
    return _OBJECT if is_object(spec) else spec


def _unmark(spec: Any, objects: Iterator[Any]) -> Any:
    if spec == _OBJECT:
        return next(objects)
    if isinstance(spec, Mapping):
        return {key: _unmark(part, objects) for key, part in sorted(spec.items())}
    if isinstance(spec, list):
        return [_unmark(part, objects) for part in spec]
    return spec
