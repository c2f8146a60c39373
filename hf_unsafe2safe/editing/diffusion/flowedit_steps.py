"""FlowEdit: follow the difference of two velocities from one image to another. No model in here.

A flow model says in which direction a noisy latent moves, given a text. The edit goes along what the target
text adds to the source text, on the same noise; where both texts want the same, nothing moves.

Source: Kulikov et al. 2024, FlowEdit (arXiv 2412.08629), algorithm 1.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

Side = Literal["source", "target"]
# (latents (k, n, c, h, w), their sigma in [0, 1], whose text each of the k has) -> their velocities.
Velocity = Callable[[Any, float, Sequence[Side]], Any]


def flow_edit(
    latents: Any,
    velocity: Velocity,
    sigmas: Sequence[float],
    generators: Sequence[Any],
    *,
    n_max: int,
    n_min: int = 0,
    n_avg: int = 1,
    mask: Any = 1.0,
) -> Any:
    """Return edited latents.

    The noise of a sample comes from its own generator, in the same order whatever its neighbours are.

    Args:
        latents: (n, c, h, w) float32, of the images.
        velocity: The flow model, guidance included; d latent / d sigma, noise minus image.
        sigmas: Shares of noise, falling, one more than there are steps; the last one is 0.
        generators: `torch.Generator` on the CPU, one a sample.
        n_max: So many of the last steps are done: the more, the further from the original.
        n_min: The last so many of them are plain sampling of the target, which frees texture.
        n_avg: Draws of noise a step.
        mask: (n, 1, h, w); where it is 0 the latents stay as they are. The algorithm as published has 1.

    Raises:
        ValueError: Not 0 <= n_min <= n_max <= steps, or n_avg < 1.

    Example:
        >>> import torch
        >>> drift = {"source": 0.0, "target": -2.0}
        >>> constant = lambda z, sigma, sides: torch.stack([torch.full_like(z[0], drift[s]) for s in sides])
        >>> random = [torch.Generator().manual_seed(0)]
        >>> flow_edit(torch.zeros(1, 1, 1, 1), constant, (1.0, 0.5, 0.0), random, n_max=1).item()
        1.0
    """
    import torch

    steps = len(sigmas) - 1
    if not 0 <= n_min <= n_max <= steps or n_avg < 1:
        raise ValueError(
            f"n_min {n_min}, n_max {n_max}, n_avg {n_avg} do not fit to {steps} steps: expected "
            "0 <= n_min <= n_max <= steps and n_avg >= 1."
        )
    # Kept apart from the latents: as long as nothing moved, both sides of the difference are the same.
    moved = torch.zeros_like(latents)
    for now, then in pairwise(sigmas[steps - n_max : steps - n_min + 1]):
        change = torch.zeros_like(latents)
        for _ in range(n_avg):
            noisy = _noisy(latents, now, _noise(latents, generators))
            pair = velocity(torch.stack([noisy, noisy + moved]), now, ("source", "target"))
            change += (pair[1] - pair[0]) / n_avg
        moved += (then - now) * mask * change
    if n_min == 0:
        return latents + moved
    return _sampled(latents, moved, velocity, sigmas[steps - n_min :], generators, mask)


def _sampled(
    latents: Any,
    moved: Any,
    velocity: Velocity,
    sigmas: Sequence[float],
    generators: Sequence[Any],
    mask: Any,
) -> Any:
    """Return what plain sampling makes of what was moved so far; outside of the mask, the latents."""
    noise = _noise(latents, generators)
    sample = _noisy(latents, sigmas[0], noise) + moved
    for now, then in pairwise(sigmas):
        sample = sample + (then - now) * velocity(sample[None], now, ("target",))[0]
        kept = _noisy(latents, then, noise)
        sample = kept + mask * (sample - kept)
    return sample


def _noisy(latents: Any, sigma: float, noise: Any) -> Any:
    return (1 - sigma) * latents + sigma * noise


def _noise(latents: Any, generators: Sequence[Any]) -> Any:
    import torch

    drawn = [torch.randn(latents.shape[1:], generator=one) for one in generators]
    return torch.stack(drawn).to(latents)
