"""An editor is judged while it is trained: by what it makes of rows that it never learns from."""

from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from ...evaluation.looks.faces import FacesLook
from ...evaluation.metric import ExcludedRowError, Metric
from ...evaluation.pair import Pair, Place, Seen
from ...evaluation.privacy.facesim import FaceSim
from ...evaluation.privacy.reidentification import Reidentification
from ...imaging.masks import composite
from ...records import Pixels
from ..config import LossOptions, TrainConfig
from ..draws import draw
from ..encoded import chosen
from ..examples import BadRowError, examples_of
from ..objectives.objective import Objective
from .picture import write_picture

DRAWS = 4  # of noise and time, that the loss is the mean of
FIRST_STEP = 2**40  # no step of a run draws what the validation does
FIGURES = ("reidentification", "facesim", "faces", "error_in_mask", "changed_in_mask", "loss")


class Validator:
    """Judges the weights that an objective has now.

    The examples are the same every time, and so is what is drawn: figures of two steps can be compared.

    Args:
        objective: What is trained.
        dataset: Rows of the validation split.
        config: Of the run.
        folder: Private, for pictures.
        accelerator: Of accelerate; None for one process.
    """

    def __init__(
        self, objective: Objective, dataset: Any, config: TrainConfig, folder: Path, accelerator: Any = None
    ) -> None:
        self._objective, self._config = objective, config
        self._folder, self._accelerator = folder, accelerator
        options, self._examples = config.validation, []
        for row in chosen(dataset, options.validation_rows, config.run.seed):
            try:
                self._examples += examples_of(
                    row, objective.side, objective.grid, config.data.framing, with_faces=False
                )[:1]
            except BadRowError:
                continue
        self._encoded = objective.encode(self._examples)
        looks = FacesLook()
        self._before = [looks.look([one.original])[0] for one in self._examples]
        self._looks = looks

    def validate(self, step: int) -> dict[str, float] | None:
        """Return figures by name, and write pictures; None where there is no validation split.

        Args:
            step: Whose weights the objective has.

        Returns:
            `reidentification` and `facesim` as the metrics of these names; `faces`, how many rows have one;
            `error_in_mask` and `changed_in_mask`, the mean absolute difference to the target and to the
            original where it is masked, in [0, 1]; `loss`, with nothing dropped. What is no number is left
            out.
        """
        if not self._examples:
            return None
        steps = self._config.validation.num_inference_steps
        seeds = [self._config.run.seed + i for i in range(len(self._examples))]
        made = self._objective.sample(self._encoded, steps, seeds)
        held = [
            composite(one.original, picture, one.mask)
            for one, picture in zip(self._examples, made, strict=True)
        ]
        figures = self._figures(held)
        if self._accelerator is None or self._accelerator.is_main_process:
            most = self._config.validation.validation_pictures
            rows = list(zip(self._examples, held, strict=True))[:most]
            write_picture(
                self._folder / "validation" / f"step-{step:09d}.png",
                [(one.original, one.target, picture) for one, picture in rows],
            )
        return self._agreed(figures)

    def _figures(self, pictures: list[Pixels]) -> dict[str, float]:
        pairs = [self._pair(i, picture) for i, picture in enumerate(pictures)]
        errors = [_gap(p, one.target, one.mask) for p, one in zip(pictures, self._examples, strict=True)]
        changes = [_gap(p, one.original, one.mask) for p, one in zip(pictures, self._examples, strict=True)]
        known, faces = _figure(Reidentification(), pairs)
        return {
            "reidentification": known,
            "facesim": _figure(FaceSim(), pairs)[0],
            "faces": float(faces),
            "error_in_mask": float(np.mean(errors)),
            "changed_in_mask": float(np.mean(changes)),
            "loss": self._loss(),
        }

    def _pair(self, index: int, picture: Pixels) -> Pair:
        one = self._examples[index]
        height, width = one.mask.shape
        before = Seen(one.original, {"faces": self._before[index]})
        after = Seen(picture, {"faces": self._looks.look([picture])[0]})
        return Pair(one.id, before, after, (Place("face", (0, 0, width, height)),), one.mask)

    def _loss(self) -> float:
        import torch

        nothing = LossOptions(drop_texts=0.0, drop_image=0.0, drop_all=0.0)
        seed, network, found = self._config.run.seed, self._objective.network, []
        device = next(network.parameters()).device
        with torch.no_grad():
            for place, encoded in enumerate(self._encoded):
                batch = {name: value[None].to(device) for name, value in encoded.items()}
                batch = {n: v.float() if v.is_floating_point() else v for n, v in batch.items()}
                for number in range(DRAWS):
                    drawn = draw(seed, FIRST_STEP + number, [place], batch["target"].shape[1:], nothing)
                    even = replace(drawn, time=(drawn.time + number) / DRAWS)
                    found.append(self._objective.predict(network, batch, even.to(device)).loss.float().mean())
        return float(torch.stack(found).mean())

    def _agreed(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Return what the main process found: rounding of another one must not choose another step."""
        if self._accelerator is None:
            return {name: value for name, value in figures.items() if not isnan(value)}
        import torch

        share = float(self._accelerator.is_main_process)
        mine = torch.tensor([figures[name] for name in FIGURES], dtype=torch.float64)
        mine = torch.where(torch.tensor(bool(share)), mine, torch.zeros_like(mine))
        all_of_them = self._accelerator.reduce(mine.to(self._accelerator.device), "sum")
        found = zip(FIGURES, all_of_them.tolist(), strict=True)
        return {name: value for name, value in found if not isnan(value)}


def _figure(metric: Metric, pairs: list[Pair]) -> tuple[float, int]:
    """Return the figure of a metric and how many rows are behind it; NaN where there is none."""
    seen = []
    for pair in pairs:
        try:
            seen.append(metric.observe(pair))
        except ExcludedRowError:
            continue
    return (metric.summarise(metric.contributions(seen)) if seen else float("nan")), len(seen)


def _gap(one: Pixels, other: Pixels, mask: Pixels) -> float:
    """Return the mean absolute difference where it is masked, in [0, 1]."""
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32))[mask > 0].mean() / 255)
