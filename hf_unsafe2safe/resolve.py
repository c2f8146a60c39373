"""From what a user gives to a configuration: presets, policies and columns by name become values."""

from collections.abc import Mapping
from typing import Any

from .annotations import annotation_forms
from .config import Config, from_preset
from .consent import keep_list
from .contexts import context_names
from .imaging.encode import parse_encoding
from .policy import resolve_policy
from .storage.store import place_of

_STAGES = ("policy", "inspector", "captioner", "instructor", "editor", "verifier")


def resolved(preset: str, given: Mapping[str, Any]) -> Config:
    """Return the configuration that the arguments of `Sanitizer` stand for; raises as `Sanitizer`."""
    values = dict(given)
    specs = from_preset(preset, **{name: values.pop(name) for name in _STAGES})
    parse_encoding(values["encoding"])
    return Config(
        preset,
        **{**specs, "policy": resolve_policy(specs["policy"])},
        keep=keep_list(values.pop("keep")),
        context_columns=context_names(values.pop("context_columns")),
        annotations=annotation_forms(values.pop("annotations")),
        store=place_of(values.pop("store")),
        **values,
    )
