"""Triplets of drawn pictures, written as `make_triplets` writes them, and small configs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hf_unsafe2safe.training.config import (
    DataOptions,
    LossOptions,
    ModelOptions,
    OptimizationOptions,
    RunOptions,
    TrainConfig,
    ValidationOptions,
)
from hf_unsafe2safe.training.triplets.features import DATA, FORMAT, MANIFEST, TRAIN, VALIDATION
from hf_unsafe2safe.training.triplets.place import building, write_private
from hf_unsafe2safe.training.triplets.writing import write_rows, write_split
from tests.photos import png

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 210), "yellow": (220, 200, 50)}


def picture(i, side=48):
    """Return an original, its target and the mask: a disc that takes one of four colours."""
    source = np.random.default_rng(i)
    ground = cv2_ground(source, side)
    y, x = np.mgrid[:side, :side]
    cx, cy = source.integers(side // 3, side - side // 3, 2)
    disc = (x - cx) ** 2 + (y - cy) ** 2 <= (side // 4) ** 2
    name = list(COLOURS)[i % len(COLOURS)]
    original, target = ground.copy(), ground.copy()
    original[disc] = source.integers(90, 160)
    target[disc] = COLOURS[name]
    return original, target, np.where(disc, 255, 0).astype(np.uint8), name


def cv2_ground(source, side):
    """Return a smooth random ground."""
    import cv2

    small = source.integers(60, 200, (4, 4, 3)).astype(np.uint8)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)


def row(i, split, side=48, *, in_caption=False):
    """Return a row; the colour is named in the instruction, or only in the caption."""
    original, target, mask, name = picture(i, side)
    return {
        "original_image": {"bytes": png(original), "path": None},
        "edited_image": {"bytes": png(target), "path": None},
        "private_caption": f"PRIVATE a disc number {i}",
        "public_caption": f"a {name} disc" if in_caption else "a disc",
        "edit_instruction": "paint the disc" if in_caption else f"make the disc {name}",
        "combined_caption": f"a {name} disc",
        "mask": {"bytes": png(mask), "path": None},
        "scores": dict.fromkeys(
            ("clip_original", "clip_edited", "clip_ratio", "face_distance", "edited_fraction")
        ),
        "kinds": ["person"],
        "row": f"{split}/{i}",
    }


def write_triplets(folder, train, validation=(), **manifest):
    """Write rows as triplets, and return the folder."""
    rows = [*train, *validation]
    apart = np.arange(len(rows)) >= len(train)
    with building(Path(folder)) as part:
        write_rows(part / "rows.parquet", iter(rows))
        (part / DATA).mkdir(mode=0o700)
        columns = {"group": np.arange(len(rows)), "sampling_weight": np.ones(len(rows), np.float32)}
        sizes = {
            name: write_split(part / "rows.parquet", part / DATA, name, wanted, columns)
            for name, wanted in ((TRAIN, ~apart), (VALIDATION, apart))
        }
        (part / "rows.parquet").unlink()
        write_private(part / "README.md", "drawn")
        values = {"format": FORMAT, "rows": sizes, "counts": {"kept": len(rows)}, **manifest}
        write_private(part / MANIFEST, values)
    return Path(folder)


def config(triplets, output, **options):
    """Return a config of options by their flat names."""
    made = TrainConfig(
        ModelOptions(editor="instruct-pix2pix", side=32),
        DataOptions(triplets=str(triplets), framing="whole"),
        OptimizationOptions(steps=6, batch_size=4, learning_rate=1e-3),
        LossOptions(),
        ValidationOptions(validation_rows=1, num_inference_steps=2),
        RunOptions(output=str(output), checkpoint_every=2, log_every=1),
    )
    return with_options(made, **options)


def with_options(made, **options):
    """Return a config with other values of some options."""
    parts = {}
    for name, part in vars(made).items():
        own = {key: options.pop(key) for key in list(options) if hasattr(part, key)}
        parts[name] = replace(part, **own)
    assert not options, options
    return TrainConfig(**parts)
