"""What chance decides of an example at a step: drawn for itself, so that no batch or process matters.

The same example at the same step draws the same in any micro-batch, on any number of processes, and after a
run was killed and goes on. Drawn on the CPU, where all devices draw alike.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .config import LossOptions


@dataclass(frozen=True)
class Draws:
    """What was drawn for n examples.

    Args:
        noise: (n, c, h, w) float32, normal.
        time: (n,) float64 in [0, 1), evenly: an objective makes its time step of it.
        drop_image: (n,) bool: the image is empty.
        drop_first: (n,) bool: the first text, the edit instruction or the only one, is empty.
        drop_second: (n,) bool: the second text, the public caption, is empty.
    """

    noise: Any
    time: Any
    drop_image: Any
    drop_first: Any
    drop_second: Any

    def to(self, device: Any) -> "Draws":
        """Return them on a device."""
        return Draws(**{name: value.to(device) for name, value in vars(self).items()})


def draw(seed: int, step: int, places: Sequence[int], shape: Sequence[int], loss: LossOptions) -> Draws:
    """Return what is drawn for some examples of a global batch.

    Args:
        seed: Of the run.
        step: Of the update, from 0.
        places: Of the examples in the global batch, from 0.
        shape: Of the noise of one, (c, h, w).
        loss: Shares that are dropped.
    """
    import torch

    noise, rest = [], []
    for place in places:
        source = torch.Generator().manual_seed(_mixed(seed, step, place))
        rest.append(torch.rand(4, generator=source, dtype=torch.float64))
        noise.append(torch.randn(*shape, generator=source))
    time, event, first, second = torch.stack(rest, dim=1)
    texts, image, both = loss.drop_texts, loss.drop_image, loss.drop_all
    no_text = (event < texts) | (event >= texts + image) & (event < texts + image + both)
    return Draws(
        noise=torch.stack(noise),
        time=time,
        drop_image=(event >= texts) & (event < texts + image + both),
        drop_first=no_text | (first < loss.drop_each),
        drop_second=no_text | (second < loss.drop_each),
    )


def _mixed(*parts: int) -> int:
    """Return a seed that has nothing to do with those of neighbours."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big") % 2**63
