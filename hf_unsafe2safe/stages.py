"""The stages of a run: created from their specs, checked against the policy, tested before the first row."""

import json
import os
from typing import Any

from .config import Config
from .errors import ConfigError
from .protocols import Captioner, Inspector, Instructor, Verifier
from .records import ModelInfo
from .registry import create, create_editors
from .selftest import check_stages
from .verification.chain import Chain


class Stages:
    """The stage objects of a config. Creating them loads no model.

    Raises:
        ConfigError: The policy names a kind that the inspector does not cover, or that no editor edits.
        UnknownNameError: A spec names nothing that is known.
    """

    def __init__(self, config: Config) -> None:
        self.inspector: Inspector = create("inspector", config.inspector)
        self.captioner: Captioner = create("captioner", config.captioner)
        self.instructor: Instructor = _instructor(config)
        self.verifier: Verifier = create("verifier", config.verifier)
        config.policy.check_covered(self.inspector.covers)
        editors = create_editors(config.editor, tuple(config.policy.edit))
        self.chain = Chain(editors, config.policy, self.verifier)
        parts = (self.inspector, self.captioner, self.instructor, self.verifier)
        used = [*parts, *(editor for chain in editors.values() for editor in chain)]
        self.models: tuple[ModelInfo, ...] = tuple(dict.fromkeys(m for stage in used for m in stage.models))
        # A stage given by name may change with its package: what it says of itself is part of the digest.
        self.fingerprint = json.dumps([_says(stage) for stage in used])
        self._policy = config.policy
        self._tested_in = 0

    def self_test(self) -> None:
        """Refuse to begin with a blind inspector or verifier; runs once a process.

        Raises:
            ConfigError: A shipped image with a known face and a known line of text was called safe.
        """
        if self._tested_in != os.getpid():
            check_stages(self.inspector, self.verifier, self._policy)
            self._tested_in = os.getpid()


def _says(stage: Any) -> list[Any]:
    method = getattr(stage, "fingerprint", None)
    name = f"{type(stage).__module__}.{type(stage).__qualname__}"
    return [name, method() if callable(method) else "", [[m.name, m.revision] for m in stage.models]]


def _instructor(config: Config) -> Instructor:
    """Return the instructor; `demographics=True` asks one that is given by name to draw age and gender."""
    spec = config.instructor
    if config.demographics and not (isinstance(spec, str) and ":" not in spec):
        raise ConfigError(
            "demographics=True needs an instructor given by its bare name.",
            hint="Give the instructor its own setting instead, for example 'template:demographics'.",
        )
    try:
        made: Instructor = create("instructor", f"{spec}:demographics" if config.demographics else spec)
    except ConfigError as error:
        if not config.demographics:
            raise
        raise ConfigError(f"demographics=True: {error.message}", hint=error.hint) from None
    return made
