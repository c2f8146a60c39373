"""Training an image classifier: every weight, with a new head for the classes of a dataset."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image

from ...backends.local.helpers import can_be_seen
from ...backends.local.loading import out_of_memory
from ...errors import ConfigError
from ...records import Pixels
from .probe import FOLDS, Ints

Image = npt.NDArray[np.uint8]  # (3, h, w) RGB, of the size that the model takes

WARM_UP = 0.1  # share of the steps
LONGEST_GRADIENT = 1.0  # L2 norm; longer ones are shortened to it
_SQUARE = 224  # pixels; what is too small or too narrow for processors is brought to this side


@dataclass(frozen=True)
class FineTuneRecipe:
    """How a classifier is trained: AdamW, a linear warm-up, then a cosine down to 0.

    Half of the images of each batch, drawn by chance, are mirrored; nothing else is changed in them.

    Args:
        model: An image classifier, `org/model[@revision]` or a folder, with the option `device_map`.
        epochs: How often each training image is seen.
        learning_rate: At the end of the warm-up.
        batch_size: Images a step at most; the batches of an epoch are of one size, give or take an image.
        weight_decay: Of AdamW.
        folds: How many of the five folds are tested, each by a model of its own; 5 tests each row once and
            takes five times as long as 1.
        seed: Of the splits, the head, the order of the images and what the model draws itself.

    Raises:
        ConfigError: A number cannot be.
    """

    model: str = field(repr=False)
    epochs: int = 10
    learning_rate: float = 5e-5
    batch_size: int = 32
    weight_decay: float = 0.01
    folds: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.epochs, self.batch_size) < 1 or self.seed < 0:
            raise ConfigError("epochs and batch_size are at least 1, and seed is at least 0.")
        if not 1 <= self.folds <= FOLDS:
            raise ConfigError(f"folds is {self.folds}; it is from 1 to {FOLDS}.")
        if not 0 < self.learning_rate < math.inf or not 0 <= self.weight_decay < math.inf:
            raise ConfigError("learning_rate is above 0, weight_decay at least 0, and both are finite.")


def rate(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step, in (0, 1].

    Args:
        step: From 0.
        steps: Of the whole training.

    Example:
        >>> [round(rate(step, 20), 2) for step in (0, 1, 2, 11, 19)]
        [0.5, 1.0, 1.0, 0.5, 0.01]
    """
    warm = math.ceil(WARM_UP * steps)
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


def sized(processor: Any, rgb: Pixels) -> Image:
    """Return an image (H, W, 3) as its model takes it, resized and cropped, numbers unchanged."""
    if not can_be_seen(rgb):
        rgb = np.asarray(cv2.resize(rgb, (_SQUARE, _SQUARE), interpolation=cv2.INTER_LINEAR))
    picture = PIL.Image.fromarray(rgb)
    seen = processor(images=[picture], do_rescale=False, do_normalize=False, return_tensors="pt")
    return np.asarray(seen["pixel_values"][0], np.uint8)


def trained(
    model: Any, processor: Any, images: Sequence[Image], targets: Ints, recipe: FineTuneRecipe
) -> Any:
    """Return a classifier that was trained, on the device of the model; the model itself stays as it is.

    Args:
        model: A classifier of transformers.
        processor: Of the model.
        images: N of one size.
        targets: (N,) class of each, from 0 without gaps.
        recipe: How.

    Raises:
        ConfigError: It does not fit into memory.
    """
    import torch
    from torch.nn.functional import cross_entropy

    order = torch.Generator().manual_seed(recipe.seed)
    batches = math.ceil(len(images) / recipe.batch_size)
    steps = batches * recipe.epochs
    classes = int(targets.max()) + 1
    with _in_memory(), _seeded(recipe.seed, model.device):
        net = _with_new_head(model, classes).train()
        optimizer = torch.optim.AdamW(
            net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps))
        for _ in range(recipe.epochs):
            shuffled = torch.randperm(len(images), generator=order)
            for picked in shuffled.tensor_split(batches):
                pixels = _pixels(processor, [images[i] for i in picked])
                mirrored = torch.rand(len(picked), generator=order) < 0.5
                pixels[mirrored] = pixels[mirrored].flip(-1)
                wanted = torch.as_tensor(targets[picked.numpy()], device=net.device)
                loss = cross_entropy(net(pixel_values=pixels.to(net.device)).logits, wanted)
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), LONGEST_GRADIENT)
                optimizer.step()
                schedule.step()
    return net.eval()


def answers(net: Any, processor: Any, images: Sequence[Image], recipe: FineTuneRecipe) -> Ints:
    """Return the class (N,) that a classifier gives to each image, -1 where it gives no numbers.

    Args:
        net: As `trained` returns it.
        processor: Of the model.
        images: N of one size.
        recipe: Its batch size.

    Raises:
        ConfigError: It does not fit into memory.
    """
    import torch

    said = []
    with _in_memory(), torch.inference_mode():
        for start in range(0, len(images), recipe.batch_size):
            pixels = _pixels(processor, images[start : start + recipe.batch_size])
            logits = net(pixel_values=pixels.to(net.device)).logits.float().cpu().numpy()
            said.append(np.where(np.isfinite(logits).all(axis=1), logits.argmax(axis=1), -1))
    return np.concatenate(said)


def _pixels(processor: Any, images: Sequence[Image]) -> Any:
    """Return a tensor (N, 3, h, w) with the numbers scaled as the model takes them."""
    return processor(
        images=list(images),
        do_resize=False,
        do_center_crop=False,
        input_data_format="channels_first",
        return_tensors="pt",
    )["pixel_values"]


def _with_new_head(model: Any, classes: int) -> Any:
    """Return a copy that tells other classes; weights whose shape depends on their number start anew."""
    config = deepcopy(model.config)
    # A head of the very size would be taken over: then there is one class more, which no image has.
    config.num_labels = classes + (config.num_labels == classes)
    net = type(model)(config)
    own = net.state_dict()
    kept = {name: w for name, w in model.state_dict().items() if w.shape == own[name].shape}
    net.load_state_dict(kept, strict=False)
    return net.to(model.device)


@contextmanager
def _seeded(seed: int, device: Any) -> Iterator[None]:
    """Seed what a model draws itself, its new head and dropout, and leave torch as it was."""
    import torch

    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.default_generator.manual_seed(seed)
        for one in cuda:
            with torch.cuda.device(one):
                torch.cuda.manual_seed(seed)
        yield


@contextmanager
def _in_memory() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise ConfigError(
            "The classifier does not fit into memory while it is trained.",
            hint="Give FineTuneRecipe a smaller batch_size, or name a smaller model.",
        ) from error
