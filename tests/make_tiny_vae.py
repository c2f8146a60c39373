"""Train the autoencoder of the recolouring task again: `python -m tests.make_tiny_vae`, about a minute.

Prints its error on pictures that it has not seen, and the spread of its latents.
"""

from itertools import count, islice
from typing import Any

import numpy as np
import torch

from tests.training import recolour
from tests.training.samples import picture

from safetensors.torch import save_file  # isort: skip

STEPS, BATCH, RATE = 600, 16, 9e-3
FIRST, HELD_OUT = 100_000, 200_000  # numbers of pictures that no editor sees


def main() -> None:
    """Train, save, print."""
    torch.manual_seed(0)
    vae, source = recolour.small_vae(), torch.Generator().manual_seed(0)
    seen, held = pictures(FIRST, 500), pictures(HELD_OUT, 64)
    optimizer = torch.optim.AdamW(vae.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, STEPS)
    for _ in range(STEPS):
        wanted = seen[torch.randint(len(seen), (BATCH,), generator=source)]
        latents = vae.encode(wanted).latent_dist.mode()
        # Some noise, so that what is near a latent means nearly the same picture.
        drawn = vae.decode(latents + 0.05 * torch.randn(latents.shape, generator=source)).sample
        loss = (drawn - wanted).abs().mean() + 1e-3 * latents.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    recolour.VAE.parent.mkdir(exist_ok=True)
    save_file({name: weight.half() for name, weight in vae.state_dict().items()}, recolour.VAE)
    print(*measured(recolour.trained_vae(), held))  # noqa: T201


def pictures(first: int, number: int) -> Any:
    """Return originals and targets as (2 * number, 3, SIDE, SIDE) in [-1, 1]."""
    drawn = [one for i in islice(count(first), number) for one in picture(i, recolour.SIDE)[:2]]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 127.5 - 1


def measured(vae: Any, held: Any) -> tuple[float, float]:
    """Return the mean absolute error in [0, 255], and the standard deviation of the latents."""
    with torch.no_grad():
        latents = vae.encode(held).latent_dist.mode()
        error = (vae.decode(latents).sample.clamp(-1, 1) - held).abs().mean() * 127.5
    return float(error), float(latents.std())


if __name__ == "__main__":
    main()
