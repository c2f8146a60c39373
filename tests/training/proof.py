"""Runs of the training on tasks with a known answer, for the benchmark and for the tests."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hf_unsafe2safe.editing.diffusion.instruct_pix2pix import InstructPix2PixPainter
from hf_unsafe2safe.editing.diffusion.safe_attention import SafeAttentionPainter
from hf_unsafe2safe.training.trainer import EditorTrainer
from tests.training import copying, recolour
from tests.training.samples import config

from safetensors.torch import load_file  # isort: skip

PAINTERS = {"instruct-pix2pix": InstructPix2PixPainter, "safe-attention": SafeAttentionPainter}
# Of the pictures that are judged: guided little, as an editor that began with random weights needs.
GUIDANCE = "num_inference_steps=15,guidance_scale=2,image_guidance_scale=1"
ROWS, HELD_OUT = 128, 12
# Safe Attention starts with the first editor and is told colours by the public caption alone.
RUNS: dict[str, dict[str, Any]] = {
    "instruct-pix2pix": {"editor": "instruct-pix2pix", "ema_decay": 0.95},
    "safe-attention": {"editor": "safe-attention", "in_caption": True},
    "safe-attention with LoRA": {"editor": "safe-attention", "in_caption": True, "lora_rank": 8},
}


@dataclass(frozen=True)
class Found:
    """What a run made.

    Args:
        editor: Folder of the trained editor.
        losses: Of the lines of the log, a mean of ten steps each.
        untrained: Error of the held-out discs before, in [0, 255].
        right: The same afterwards.
        wrong: Afterwards with the texts of pictures with another colour.
        gates: Of Safe Attention, a layer each.
    """

    editor: Path
    losses: list[float]
    untrained: float
    right: float
    wrong: float
    gates: list[float]


def recoloured(
    folder: Path, steps: int, *, base: Path | None = None, in_caption: bool = False, **options: Any
) -> Found:
    """Train an editor to recolour, and judge what it wrote.

    Args:
        folder: For triplets and run.
        steps: Of the training.
        base: Editor to start with; None for random weights.
        in_caption: Colours are named in the public caption, not in the instruction.
        options: Of the training.
    """
    start = base or recolour.untrained_editor()
    triplets = recolour.write_task(folder / "triplets", ROWS, 0, in_caption=in_caption)
    options = {"learning_rate": 3e-3, "schedule": "cosine", "warmup_steps": 10, **options}
    made = config(
        triplets,
        folder / "run",
        model=str(start),
        steps=steps,
        batch_size=16,
        log_every=10,
        checkpoint_every=steps,
        **options,
    )
    editor = EditorTrainer(made).train().editor
    name = options["editor"]
    return Found(
        editor=editor,
        losses=losses(folder / "run"),
        untrained=error(name, start, in_caption),
        right=error(name, editor, in_caption),
        wrong=error(name, editor, in_caption, shift=1),
        gates=gates(editor) if name == "safe-attention" else [],
    )


def error(name: str, editor: Path, in_caption: bool, shift: int = 0) -> float:
    """Return the error of the discs that a saved editor paints, in [0, 255]."""
    painter = PAINTERS[name](f"{editor},{GUIDANCE}")
    canvases = recolour.canvases(HELD_OUT, in_caption=in_caption, shift=shift)
    return recolour.colour_error(painter.paint(canvases))


def losses(run: Path) -> list[float]:
    """Return the losses that a log names."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def gates(editor: Path) -> list[float]:
    """Return the absolute gates of a saved Safe Attention, the mean of each layer."""
    saved = load_file(editor / "safe_attention" / "model.safetensors")
    return [float(weight.abs().mean()) for name, weight in saved.items() if ".gate" in name]


def copied(triplets: Path, output: Path, identity_weight: float, steps: int = 40) -> copying.CopyObjective:
    """Train the copier of faces and return it as it is then."""
    objective = copying.CopyObjective()
    options = {"drop_texts": 0.0, "drop_image": 0.0, "drop_all": 0.0, "identity_every": 2}
    made = config(
        triplets,
        output,
        side=copying.SIDE,
        steps=steps,
        batch_size=5,
        learning_rate=2e-3,
        checkpoint_every=steps,
        identity_weight=identity_weight,
        **options,
    )
    EditorTrainer(made, objective=objective).train()
    return objective
