"""What an editor has to offer to be trained: how examples are encoded, and what the loss is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ...records import ModelInfo, Pixels
from ..draws import Draws
from ..example import Encoded, Example


@dataclass(frozen=True)
class Prediction:
    """What a network said of n examples.

    Args:
        loss: (n,) float32, one an example.
        clean: (n, c, h, w) latents of the picture that it predicts, with a gradient.
        noise: (n,) float32 in [0, 1]: the share of noise that there was.
    """

    loss: Any
    clean: Any
    noise: Any


class Objective(Protocol):
    """An editor in training.

    Attributes:
        network: The module that runs at every step and holds all that is trained: what has `requires_grad`.
            The trainer may wrap it, moves it, and hands it back to `predict`.
        side: Pixels of the square of an example.
        grid: The sides of a canvas are multiples of it.
        models: The pipeline that it started with.
    """

    network: Any
    side: int
    grid: int
    models: tuple[ModelInfo, ...]

    def fingerprint(self) -> str:
        """Return what changes when `encode` would say something else: models, side, versions."""
        ...

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Return what the frozen models say of examples, without gradients."""
        ...

    def to(self, device: Any) -> None:
        """Put the frozen models where they run."""
        ...

    def encoded_all(self) -> None:
        """Let go of what only `encode` needs, such as text encoders."""
        ...

    def predict(self, network: Any, batch: Encoded, draws: Draws) -> Prediction:
        """Return the loss of a batch: `Encoded` of n examples, stacked, on the device of the network.

        Args:
            network: `network`, or what wraps it.
            batch: What `encode` said, each with a batch axis.
            draws: On the same device.
        """
        ...

    def decode(self, latents: Any) -> Any:
        """Return pictures (n, 3, H, W) float32 in about [0, 1] of latents, differentiable."""
        ...

    def sample(self, encoded: Sequence[Encoded], steps: int, seeds: Sequence[int]) -> list[Pixels]:
        """Return the pictures (side, side, 3) that the editor makes now, not yet held to the masks.

        Args:
            encoded: Of examples; each picture depends on its own alone.
            steps: Of the sampling.
            seeds: Of the noise, one an example.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the trained editor as a folder that `Sanitizer(editor="<name>:FOLDER")` opens."""
        ...
