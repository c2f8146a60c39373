"""The stages of a run: created from their specs, checked against the policy, tested before the first row."""

import json
import os
from collections.abc import Sequence
from typing import Any

from .config import Config
from .errors import ConfigError
from .protocols import Captioner, Inspector, Instructor, Verifier
from .records import Inspection, ModelInfo
from .registry import create, create_editors
from .selftest import check_stages
from .timing import Seconds
from .verification.chain import Chain
from .views import Views, inspect_views


class Stages:
    """The stage objects of a config. Creating them loads no model.

    Raises:
        ConfigError: The policy names a kind that the inspector does not cover, or that no editor edits.
        UnknownNameError: A spec names nothing that is known.
    """

    def __init__(self, config: Config) -> None:
        self.inspector: Inspector = _asked("inspector", config)
        self.captioner: Captioner = create("captioner", config.captioner)
        self.instructor: Instructor = _asked("instructor", config)
        self.verifier: Verifier = create("verifier", config.verifier)
        policy = config.policy
        self.uncovered = policy.uncovered(self.inspector.covers, allow=config.allow_uncovered)
        self.kinds = tuple(kind for kind in policy.kinds if kind not in self.uncovered)  # what is looked for
        self._edited = tuple(kind for kind in policy.edit if kind not in self.uncovered)
        editors = create_editors(config.editor, tuple(policy.edit))
        self.seconds = Seconds()
        self.chain = Chain(editors, policy, self.verifier, self._edited, self.seconds)
        parts: tuple[Any, ...] = (self.inspector, self.captioner, self.instructor, self.verifier)
        parts += (config.keep,) if config.keep else ()
        used = [*parts, *(editor for chain in editors.values() for editor in chain)]
        self.models: tuple[ModelInfo, ...] = tuple(dict.fromkeys(m for stage in used for m in stage.models))
        # A stage given by name may change with its package: what it says of itself is part of the digest.
        self.fingerprint = json.dumps([_says(stage) for stage in used])
        self._keep = config.keep
        self._tested_in = 0

    def inspect(self, images: Sequence[Views]) -> list[Inspection]:
        """Inspect images for what the policy names, and mark what stays by consent.

        Nobody consents in an image with transparency: its alpha can draw another person than its colours.
        """
        found = inspect_views(self.inspector, images, self.kinds)
        if self._keep is None:
            return found
        return [
            one if view.alpha is not None else self._keep.mark(view.rgb, one)
            for view, one in zip(images, found, strict=True)
        ]

    def self_test(self) -> None:
        """Refuse to begin with a blind inspector or verifier; runs once a process.

        Raises:
            ConfigError: A shipped image with a known face and a known line of text was called safe.
        """
        if self._tested_in != os.getpid():
            check_stages(self.inspector, self.verifier, self.kinds, self._edited)
            self._tested_in = os.getpid()


def _says(stage: Any) -> list[Any]:
    method = getattr(stage, "fingerprint", None)
    name = f"{type(stage).__module__}.{type(stage).__qualname__}"
    return [name, method() if callable(method) else "", [[m.name, m.revision] for m in stage.models]]


def _asked(stage: str, config: Config) -> Any:
    """Return the inspector or instructor; `demographics=True` asks one that is given by name for them."""
    spec = getattr(config, stage)
    if not config.demographics:
        return create(stage, spec)
    if not isinstance(spec, str) or ":" in spec:
        raise ConfigError(
            f"demographics=True needs an {stage} given by its bare name.",
            hint="Or leave it False and use the settings of the stages themselves: 'template:demographics', "
            "'local:demographics'.",
        )
    try:
        return create(stage, f"{spec}:demographics")
    except ConfigError as error:
        raise ConfigError(f"demographics=True: {error.message}", hint=error.hint) from None
