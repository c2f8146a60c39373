"""The rules that language models are given, one Markdown file a task."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ...records import ModelInfo


class PromptFile(NamedTuple):
    """A prompt and the start of its sha256."""

    text: str
    revision: str


@cache
def load(name: str) -> PromptFile:
    """Return a prompt of this package.

    Example:
        >>> len(load("captions").revision)
        12
    """
    text = (files(__name__) / f"{name}.md").read_text(encoding="utf-8").strip()
    return PromptFile(text, hashlib.sha256(text.encode()).hexdigest()[:12])


def info(*names: str) -> tuple[ModelInfo, ...]:
    """Return the prompts of a stage, for its `models`: another wording is another model."""
    return tuple(ModelInfo(f"prompt-{name}", load(name).revision) for name in names)
