"""An objective without models: latents are small pictures, and a small network removes noise from them."""

from pathlib import Path

import cv2
import numpy as np
import torch

import tests.tiny_models  # noqa: F401  # makes torchvision importable
from hf_unsafe2safe.records import ModelInfo
from hf_unsafe2safe.training.objectives.losses import masked_mse
from hf_unsafe2safe.training.objectives.objective import Prediction
from hf_unsafe2safe.training.objectives.tensors import common

SIDE, LATENT = 32, 8


def latents(rgb):
    small = cv2.resize(rgb, (LATENT, LATENT), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small).permute(2, 0, 1).float() / 127.5 - 1


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.first = torch.nn.Conv2d(7, 8, 3, padding=1)
            self.last = torch.nn.Conv2d(8, 3, 3, padding=1)
        self.frozen = torch.nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, noisy, original, time):
        level = time.view(-1, 1, 1, 1).to(noisy).expand(-1, 1, *noisy.shape[-2:])
        return self.last(torch.relu(self.first(torch.cat([noisy, original, level], 1)))) * self.frozen


class FakeObjective:
    """Learns to remove noise; `broken_at` makes the loss of that call to `predict` no number."""

    side, grid = SIDE, 8
    models = (ModelInfo("fake", "1"),)

    def __init__(self, broken_at=None, faces=False):
        self.network, self.calls, self.broken_at, self.faces = Network(), 0, broken_at, faces
        self.encoded = 0

    def fingerprint(self):
        return "fake-1"

    def to(self, device):
        self.network.to(device)

    def encoded_all(self):
        pass

    def encode(self, examples):
        self.encoded += len(examples)
        return [{**common(one, latents(one.target)), "original": latents(one.original)} for one in examples]

    def predict(self, network, batch, draws):
        self.calls += 1
        share = draws.time.view(-1, 1, 1, 1).to(batch["target"])
        noisy = (1 - share) * batch["target"] + share * draws.noise
        keep = (~draws.drop_image).view(-1, 1, 1, 1)
        velocity = network(noisy, batch["original"] * keep, draws.time).float()
        loss = masked_mse(velocity, draws.noise - batch["target"], batch["mask"], 1.0)
        if self.calls == self.broken_at:
            loss = loss * float("nan")
        return Prediction(loss, noisy - share * velocity, draws.time.float())

    def decode(self, values):
        return torch.nn.functional.interpolate(values, (SIDE, SIDE)) / 2 + 0.5

    def sample(self, encoded, steps, seeds):
        made = []
        with torch.no_grad():
            for one, seed in zip(encoded, seeds, strict=True):
                noise = torch.randn(1, 3, LATENT, LATENT, generator=torch.Generator().manual_seed(seed))
                velocity = self.network(noise, one["original"][None], torch.ones(1))
                picture = self.decode(noise - velocity)[0].clamp(0, 1).permute(1, 2, 0)
                made.append((picture.numpy() * 255).astype(np.uint8))
        return made

    def save(self, folder):
        from safetensors.torch import save_file

        save_file(self.network.state_dict(), Path(folder) / "model.safetensors")
