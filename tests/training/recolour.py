"""A task with a known answer: the disc takes the colour that a text names, and all else stays.

The pictures are those of `samples`. The colour is named in the edit instruction, or in the public caption
alone, where all instructions are the same: then only an editor that reads the caption can know it.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hf_unsafe2safe.backends.painting import Canvas
from hf_unsafe2safe.records import Pixels
from tests import tiny_editors, tiny_models
from tests.training.samples import picture, row, write_triplets

# After tiny_models, which makes torchvision importable.
import diffusers as df  # isort: skip
from safetensors.torch import load_file  # isort: skip

SIDE = 32  # pixels
VAE = Path(__file__).parent.parent / "data" / "tiny_vae.safetensors"  # by make_tiny_vae.py
LATENT_STD = 0.92  # of what this one says of pictures of the task
CLEARER = 4  # by how much words outweigh their places: random weights hardly tell them apart
HELD_OUT = 5000  # numbers from here are of pictures that no editor learns from


def small_vae() -> Any:
    """Return an autoencoder with random weights: 4 channels at half the side."""
    return df.AutoencoderKL(
        latent_channels=4,
        sample_size=SIDE,
        norm_num_groups=4,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        mid_block_add_attention=False,
        scaling_factor=1 / LATENT_STD,
    )


def trained_vae() -> Any:
    """Return the one that can draw these pictures."""
    vae = small_vae()
    vae.load_state_dict({name: weight.float() for name, weight in load_file(VAE).items()})
    return vae.eval()


@cache
def untrained_editor() -> Path:
    """Return the folder of an InstructPix2Pix with random weights, but for its autoencoder."""
    return tiny_models.save("editor-recolour", lambda: (_pipeline(),))


def _pipeline() -> Any:
    made = tiny_editors._instruct_pix2pix()
    unet = df.UNet2DConditionModel(
        sample_size=SIDE // 2,
        in_channels=8,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(32, 64),
        norm_num_groups=8,
        cross_attention_dim=32,
        attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )
    with torch.no_grad():  # as InstructPix2Pix begins: what it is shown changes nothing yet
        unet.conv_in.weight[:, 4:] = 0
        made.text_encoder.get_input_embeddings().weight.mul_(CLEARER)
    # Velocities: a network that predicts noise hardly learns what pure noise is to become.
    schedule = df.EulerAncestralDiscreteScheduler(prediction_type="v_prediction")
    made.register_modules(vae=trained_vae(), unet=unet.eval(), scheduler=schedule)
    return made


def write_task(folder: Path, train: int, validation: int, *, in_caption: bool = False) -> Path:
    """Write so many triplets of the task and return their folder."""
    rows = [row(i, "train", SIDE, in_caption=in_caption) for i in range(train)]
    held = [row(HELD_OUT + i, "validation", SIDE, in_caption=in_caption) for i in range(validation)]
    return write_triplets(folder, rows, held)


def canvases(count: int, *, in_caption: bool = False, shift: int = 0) -> list[Canvas]:
    """Return held-out pictures to paint.

    Args:
        count: How many.
        in_caption: Where the colour is named.
        shift: Texts are those of the picture so many places on; neighbours have different colours.
    """
    made = []
    for i in range(HELD_OUT, HELD_OUT + count):
        original, _, mask, _ = picture(i, SIDE)
        said = row(i + shift, "validation", SIDE, in_caption=in_caption)
        made.append(
            Canvas(
                pixels=original,
                mask=mask,
                edit_instruction=said["edit_instruction"],
                public_caption=said["public_caption"],
                seed=i,
            )
        )
    return made


def colour_error(pictures: Sequence[Pixels]) -> float:
    """Return the mean absolute error of the discs of held-out pictures, in [0, 255]."""
    gaps = []
    for i, made in enumerate(pictures, HELD_OUT):
        _, target, mask, _ = picture(i, SIDE)
        gaps.append(np.abs(made.astype(float) - target)[mask > 0].mean())
    return float(np.mean(gaps))
