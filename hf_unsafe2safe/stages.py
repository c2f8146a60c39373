"""The stages of a run: created from their specs, checked against the policy, tested before the first row."""

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
        self.instructor: Instructor = create("instructor", _with_demographics(config))
        self.verifier: Verifier = create("verifier", config.verifier)
        config.policy.check_covered(self.inspector.covers)
        editors = create_editors(config.editor, tuple(config.policy.edit))
        self.chain = Chain(editors, config.policy, self.verifier)
        parts = (self.inspector, self.captioner, self.instructor, self.verifier)
        used = [*parts, *(editor for chain in editors.values() for editor in chain)]
        self.models: tuple[ModelInfo, ...] = tuple(dict.fromkeys(m for stage in used for m in stage.models))
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


def _with_demographics(config: Config) -> Any:
    if not config.demographics:
        return config.instructor
    if not isinstance(config.instructor, str) or ":" in config.instructor:
        raise ConfigError(
            "demographics=True needs an instructor given by name.",
            hint="Give the instructor its own setting instead, for example 'template:demographics'.",
        )
    return f"{config.instructor}:demographics"
