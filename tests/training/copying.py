"""An editor without a model that learns to copy faces: what the identity term does to it is easy to see.

It is a small network that changes pixels, and its targets are the originals: without the term it copies, so
that every face is recognised. It is no generative model, and shows no more than that the term moves what an
editor learns, as the embedder of the term itself sees it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

import tests.tiny_models  # noqa: F401  # makes torchvision importable
from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.records import ModelInfo, Pixels
from hf_unsafe2safe.training.objectives.losses import masked_mse
from hf_unsafe2safe.training.objectives.objective import Prediction
from hf_unsafe2safe.training.objectives.tensors import common, rgb_tensor
from tests.photos import PEOPLE, png, rgb
from tests.training.samples import row, write_triplets

SIDE = 128  # pixels
ROOM = 1.5  # sides of a picture, in heights of its face


class Copier(torch.nn.Module):
    """Adds a few convolutions of a picture to it; at the start, random ones."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.first = torch.nn.Conv2d(3, 16, 5, padding=2)
            self.middle = torch.nn.Conv2d(16, 16, 5, padding=2)
            self.last = torch.nn.Conv2d(16, 3, 5, padding=2)

    def forward(self, pictures: Any) -> Any:
        return pictures + self.last(torch.relu(self.middle(torch.relu(self.first(pictures)))))


class CopyObjective:
    """Its latents are the pixels, and there is no noise in it."""

    side, grid = SIDE, 8
    models = (ModelInfo("copier", "1"),)

    def __init__(self) -> None:
        self.network = Copier()

    def fingerprint(self) -> str:
        return "copier-1"

    def to(self, device: Any) -> None:
        self.network.to(device)

    def encode(self, examples: Sequence[Any]) -> list[Any]:
        return [
            {**common(one, rgb_tensor(one.target)[0]), "original": rgb_tensor(one.original)[0]}
            for one in examples
        ]

    def encoded_all(self) -> None:
        """There is nothing to let go of."""

    def predict(self, network: Any, batch: Any, draws: Any) -> Prediction:
        clean = network(batch["original"]).float()
        loss = masked_mse(clean, batch["target"], batch["mask"], 1.0)
        return Prediction(loss, clean, torch.zeros(len(clean), device=clean.device))

    def decode(self, latents: Any) -> Any:
        return latents / 2 + 0.5

    def sample(self, encoded: Sequence[Any], steps: int, seeds: Sequence[int]) -> list[Pixels]:
        return [self.copied(one["original"][None]) for one in encoded]

    def copied(self, original: Any) -> Pixels:
        """Return what becomes of a picture (1, 3, h, w) in [-1, 1]."""
        with torch.no_grad():
            made = self.decode(self.network(original))[0].clamp(0, 1).permute(1, 2, 0)
        return (made.numpy() * 255).round().astype(np.uint8)

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file(self.network.state_dict(), Path(folder) / "model.safetensors")


def portraits() -> list[Pixels]:
    """Return the largest face of each shipped photo of people, (SIDE, SIDE, 3)."""
    made = []
    for name in PEOPLE:
        photo = rgb(name)
        x1, y1, x2, y2 = max(faces.find(photo), key=lambda face: face.box[3] - face.box[1]).box
        side, middle = round((y2 - y1) * ROOM), (round((x1 + x2) / 2), round((y1 + y2) / 2))
        left, top = (max(0, at - side // 2) for at in middle)
        part = photo[top : top + side, left : left + side]
        made.append(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return made


def write_portraits(folder: Path) -> Path:
    """Write triplets whose targets are the originals, and return their folder."""
    rows = []
    for i, portrait in enumerate(portraits()):
        cell = {"bytes": png(portrait), "path": None}
        mask = {"bytes": png(np.full((SIDE, SIDE), 255, np.uint8)), "path": None}
        rows.append({**row(i, "train"), "original_image": cell, "edited_image": cell, "mask": mask})
    return write_triplets(folder, rows)


def distances(objective: CopyObjective) -> list[float]:
    """Return the L2 distance of each face to what is made of it, by the embedder as it is shipped."""
    found = []
    for portrait in portraits():
        made = objective.copied(rgb_tensor(portrait))
        # At the original's place: where a face is found again is not what is asked here.
        face = [max(faces.find(portrait), key=lambda one: one.box[3] - one.box[1])]
        before, after = (identity.embed(pixels, face)[0] for pixels in (portrait, made))
        found.append(float(np.linalg.norm(before - after)))
    return found


def changed(objective: CopyObjective) -> float:
    """Return the mean absolute difference to the originals, in [0, 255]."""
    gaps = [np.abs(objective.copied(rgb_tensor(one)).astype(float) - one).mean() for one in portraits()]
    return float(np.mean(gaps))
