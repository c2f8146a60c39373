"""The stages of a run: created from their specs, checked against the policy, tested before the first row."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .config import Config
from .errors import ConfigError, StageError
from .policy import Policy
from .protocols import Captioner, Inspector, Instructor, Verifier
from .records import Inspection, ModelInfo, PublicCaption
from .registry import create, create_editors
from .selftest import check_stages
from .texts.guard import CAPTION_WORDS
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
        self.inspector: Inspector = _with_criteria(_asked("inspector", config), config.policy)
        self.captioner: Captioner = create("captioner", config.captioner)
        self.instructor: Instructor = _asked("instructor", config)
        self.verifier: Verifier = create("verifier", config.verifier)
        policy = config.policy
        self.uncovered = policy.uncovered(self.inspector.covers, allow=config.allow_uncovered)
        covered = set(self.inspector.covers)
        wanted = dict.fromkeys((*policy.kinds, *(kind for kind in policy.scores if kind in covered)))
        self.kinds = tuple(kind for kind in wanted if kind not in self.uncovered)  # what is looked for
        if not set(getattr(self.inspector, "asks", self.kinds)) & set(self.kinds):
            raise ConfigError(
                f"Policy '{policy.name}' names nothing that the vision-language model would be asked for.",
                hint="Use the policy 'strict' or 'groups', or the inspector 'local'.",
            )
        _check_threshold(self.inspector, policy)
        self._edited = tuple(kind for kind in policy.scores if kind not in self.uncovered)
        editors = create_editors(config.editor, tuple(policy.scores))
        self.seconds = Seconds()
        self.chain = Chain(editors, policy, self.verifier, self._edited, self.seconds)
        parts: tuple[Any, ...] = (self.inspector, self.captioner, self.instructor, self.verifier)
        parts += (config.keep,) if config.keep else ()
        used = [*parts, *(editor for chain in editors.values() for editor in chain)]
        self.models: tuple[ModelInfo, ...] = tuple(dict.fromkeys(m for stage in used for m in stage.models))
        # A stage given by name may change with its package: what it says of itself is part of the digest.
        self.fingerprint = json.dumps([_says(stage) for stage in used])
        # Where models are asked, and what is before their counts: those of Stage 1 are one sum.
        asked = [(stage, "") for stage in (self.inspector, self.captioner, self.instructor)]
        asked += [(self.verifier, "verify_"), *((stage, "edit_") for stage in used[len(parts) :])]
        counts = {id(s.counts): (s.counts, before) for s, before in asked if hasattr(s, "counts")}
        self._calls = list(counts.values())  # stages may share a model
        self._combines = any(getattr(e, "one_text", False) for chain in editors.values() for e in chain)
        if self._combines and not hasattr(self.instructor, "combine"):
            raise ConfigError(
                "An editor takes a single text, and the instructor cannot combine its two.",
                hint="Use the instructor 'template' or 'llm', or give yours a method combine.",
            )
        self._keep = config.keep
        self._tested_in = 0

    @property
    def calls(self) -> dict[str, float]:
        """What the stages asked of models so far, see `ChatModel.counts` and `Painter.counts`."""
        total: Counter[str] = Counter()
        for counts, before in self._calls:
            total.update({f"{before}{name}": n for name, n in counts.items()})
        return dict(total)

    def combine(
        self, captions: Sequence[PublicCaption], instructions: Sequence[str], seeds: Sequence[int]
    ) -> list[str]:
        """Return both texts of each image in one; empty ones where no editor needs them.

        Made of texts that the leak guard has passed, and published nowhere.

        Raises:
            StageError: One is missing, empty or longer than 50 words.
        """
        if not self._combines:
            return [""] * len(captions)
        texts: list[str] = self.instructor.combine(captions, instructions, seeds)  # type: ignore[attr-defined]
        if len(texts) != len(captions) or not all(1 <= len(t.split()) <= CAPTION_WORDS for t in texts):
            raise StageError("instruct_failed", stage="instruct", hint="Expected 1 to 50 words.")
        return texts

    def inspect(self, images: Sequence[Views], contexts: Sequence[str] = ()) -> list[Inspection]:
        """Inspect images for what the policy names, and mark what stays by consent.

        Nobody consents in an image with transparency: its alpha can draw another person than its colours.
        """
        found = inspect_views(self.inspector, images, self.kinds)
        if any(contexts):
            pairs = zip(found, contexts, strict=True)
            found = [replace(one, context=context) for one, context in pairs]
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
    """Return the inspector or instructor, which `demographics=True` asks for them."""
    made = create(stage, getattr(config, stage))
    if not config.demographics:
        return made
    if not hasattr(made, "with_demographics"):
        raise ConfigError(
            f"demographics=True: the {stage} knows no demographics.",
            hint="Use another one, or leave it False and use the settings of your own stages.",
        )
    return made.with_demographics()


def _with_criteria(inspector: Any, policy: Policy) -> Inspector:
    if not policy.criteria:
        return inspector  # type: ignore[no-any-return]
    if not hasattr(inspector, "with_criteria"):
        raise ConfigError(
            f"Policy '{policy.name}' has criteria in plain language; the inspector understands none.",
            hint="Use an inspector with a vision-language model: vlm or union.",
        )
    return inspector.with_criteria(policy.criteria)  # type: ignore[no-any-return]


def _check_threshold(inspector: Any, policy: Policy) -> None:
    """Raise where a model would drop what the policy edits."""
    lowest = min((policy.scores.get(kind, 1.0) for kind in getattr(inspector, "asks", ())), default=1.0)
    if lowest < getattr(inspector, "threshold", 0.0):
        raise ConfigError(
            f"Policy '{policy.name}' edits from {lowest:g}; "
            f"the inspector finds from {inspector.threshold:g}.",
            hint=f"Add ,threshold={lowest:g} to the spec of the inspector, or raise the score.",
        )
