"""`template` instructions: from the public caption alone, another wording a seed."""

import random
from collections.abc import Sequence

from ..errors import ConfigError
from ..records import ModelInfo, PublicCaption
from .guard import CAPTION_WORDS
from .shortening import shortened

MAX_WORDS = 45
_ACTIONS = (
    "Replace every marked region with a neutral stand-in",
    "Redraw the marked regions as generic, made-up content",
    "Rewrite what is marked so that it identifies nobody",
    "Exchange the marked content for something invented",
)
_KEEPS = (
    "keep layout, pose, light and all other objects",
    "leave composition, lighting and background as they are",
    "change nothing else in the scene",
)
# With demographics=True: drawn evenly, so that a generated person has no group by default.
_AGES = ("a young adult", "a middle-aged adult", "an older adult")
_GENDERS = ("woman", "man", "person of no visible gender")


class TemplateInstructor:
    """Write an identity-neutral instruction without a model.

    Args:
        argument: `demographics` draws an age and a gender for invented people, evenly and by seed; by
            default no instruction speaks of either.
    """

    models: tuple[ModelInfo, ...] = ()

    def __init__(self, argument: str = "") -> None:
        if argument not in ("", "demographics"):
            raise ConfigError(
                f"Instructor 'template' takes no '{argument}'.", hint="Use 'template:demographics'."
            )
        self.demographics = argument == "demographics"

    def with_demographics(self) -> "TemplateInstructor":
        """Return the same instructor, which draws an age and a gender."""
        return TemplateInstructor("demographics")

    def instruct(self, captions: Sequence[PublicCaption], seeds: Sequence[int]) -> list[str]:
        """Return one instruction a caption, at most 45 words; the same caption and seed give the same."""
        return [self._one(caption, seed) for caption, seed in zip(captions, seeds, strict=True)]

    def combine(
        self, captions: Sequence[PublicCaption], instructions: Sequence[str], seeds: Sequence[int]
    ) -> list[str]:
        """Return a caption of each image as it should be after the edit, at most 50 words."""
        return [self._combined(*row) for row in zip(captions, seeds, strict=True)]

    def fingerprint(self) -> str:
        """Return what changes when the instructions would."""
        return f"template-1-{self.demographics}"

    def _one(self, caption: PublicCaption, seed: int) -> str:
        draw = random.Random(f"{seed}:{caption}")
        person = f"; show any person as {_somebody(draw)}" if self.demographics else ""
        text = f"{draw.choice(_ACTIONS)}{person}; {draw.choice(_KEEPS)}: {caption}"
        return " ".join(text.split()[:MAX_WORDS])

    def _combined(self, caption: PublicCaption, seed: int) -> str:
        somebody = _somebody(random.Random(f"{seed}:{caption}"))  # whom the instruction invents
        invented = f"; any person is {somebody}" if self.demographics else ""
        end = f"{invented}; all that was personal is neutral and made up."
        return shortened(caption, CAPTION_WORDS - len(end.split()) + 1).rstrip(".") + end


def _somebody(draw: random.Random) -> str:
    return f"{draw.choice(_AGES)}, a {draw.choice(_GENDERS)}"
