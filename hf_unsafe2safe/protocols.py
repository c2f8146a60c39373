"""What a stage must offer. Structural: no base class to inherit.

Every method takes a batch and returns a list of the same length in the same order, and the result for
an image never depends on its neighbours in the batch. An object passed to `Sanitizer` as a stage must
also pickle and have `fingerprint() -> str`, which changes when its results would.
"""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from .records import Captions, Check, EditRequest, Inspection, ModelInfo, Pixels, PublicCaption, Verdict


class Stage(Protocol):
    """What all stages share."""

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The models inside, for provenance and digest; empty when there is none."""
        ...


@runtime_checkable
class Inspector(Stage, Protocol):
    """Finds the risks in an image."""

    @property
    def covers(self) -> tuple[str, ...]:
        """The kinds it can find; a policy that names another one is refused."""
        ...

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Inspect RGB images (H, W, 3) uint8 for at least `kinds`, what the policy names.

        Raise StageError rather than return a guess.
        """
        ...


@runtime_checkable
class Captioner(Stage, Protocol):
    """Writes the private and the public caption."""

    def caption(self, images: Sequence[Pixels], inspections: Sequence[Inspection]) -> list[Captions]:
        """Caption RGB images; the public caption has none of the findings in it, 50 words at most."""
        ...


@runtime_checkable
class Instructor(Stage, Protocol):
    """Turns a public caption into an edit instruction; it sees nothing else of the image."""

    def instruct(self, captions: Sequence[PublicCaption], seeds: Sequence[int]) -> list[str]:
        """Return identity-neutral instructions of at most 45 words."""
        ...


@runtime_checkable
class Editor(Stage, Protocol):
    """Rewrites what the mask allows."""

    @property
    def stochastic(self) -> bool:
        """Whether another seed can give another result; if so a failed edit is tried once more."""
        ...

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return RGB images of the same sizes. What lies outside the mask is restored by the caller."""
        ...


@runtime_checkable
class Verifier(Stage, Protocol):
    """Looks at a candidate with other eyes than the inspector's."""

    def verify(self, checks: Sequence[Check], kinds: Collection[str]) -> list[Verdict]:
        """Return a verdict for each check, having looked for at least `kinds`; an empty one is a pass."""
        ...
