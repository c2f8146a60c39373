"""Whether the options of a training run can be, each and together."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConfigError, UnknownNameError

if TYPE_CHECKING:
    from .config import TrainConfig

# Option -> least and largest value; None where there is none.
RANGES: dict[str, tuple[float, float | None]] = {
    **dict.fromkeys(("steps", "batch_size", "checkpoint_every", "keep_checkpoints", "log_every"), (1, None)),
    **dict.fromkeys(("validation_rows", "num_inference_steps", "identity_every"), (1, None)),
    **dict.fromkeys(("lora_rank", "lora_alpha", "micro_batch_size", "warmup_steps"), (0, None)),
    **dict.fromkeys(("validate_every", "validation_pictures", "seed", "weight_decay"), (0, None)),
    **dict.fromkeys(("min_snr_gamma", "identity_weight", "learning_rate", "side"), (0, None)),
    **dict.fromkeys(("drop_texts", "drop_image", "drop_all", "drop_each", "identity_noise"), (0, 1)),
    "ema_decay": (0, 0.999999),
    "max_grad_norm": (1e-6, None),
    "mask_weight": (0, 1e6),
    "identity_margin": (0.6, 2),
}
FLOWS = ("kontext", "klein")
LEAST_FACE_SIDE = 128  # pixels: in smaller squares a face is too small for the recogniser


def check(config: "TrainConfig") -> None:
    """Raise unless all options can be.

    Raises:
        ConfigError: One cannot be, or does not go with another.
        UnknownNameError: There is no such editor to train.
    """
    from .config import EDITORS
    from .result import options_of

    options = options_of(config)
    for name, (low, high) in RANGES.items():
        value = options[name]
        if not math.isfinite(value) or value < low or (high is not None and value > high):
            expected = f"from {low:g} to {high:g}" if high is not None else f"at least {low:g}"
            raise ConfigError(f"{name} must be {expected}, got {value:g}.")
    if not options["learning_rate"] > 0:
        raise ConfigError("learning_rate must be above 0.")
    if config.model.editor not in EDITORS:
        raise UnknownNameError(
            f"The editor '{config.model.editor}' cannot be trained.", hint=f"Known: {', '.join(EDITORS)}."
        )
    for wrong, message, hint in _TOGETHER:
        if wrong(config):
            raise ConfigError(message, hint=hint)


def _is_flow(config: "TrainConfig") -> bool:
    return config.model.editor in FLOWS


def _has_no_adapter(config: "TrainConfig") -> bool:
    model = config.model
    return model.save_as == "adapter" and model.editor == "instruct-pix2pix" and not model.lora_rank


Rule = tuple[Callable[["TrainConfig"], object], str, str]  # what is wrong, the message, the hint
_TOGETHER: tuple[Rule, ...] = (
    (
        lambda c: _is_flow(c) and not c.model.lora_rank,
        "kontext and klein are trained with a LoRA.",
        "Say lora_rank: 16.",
    ),
    (
        lambda c: _is_flow(c) and c.loss.min_snr_gamma,
        "min_snr_gamma is for instruct-pix2pix and safe-attention.",
        "Leave it out: flow matching has no such weights.",
    ),
    (
        _has_no_adapter,
        "Without a LoRA there is no adapter to save.",
        "Say lora_rank: 16, or save_as: pipeline.",
    ),
    (
        lambda c: c.loss.drop_texts + c.loss.drop_image + c.loss.drop_all > 1,
        "drop_texts, drop_image and drop_all are shares of the same examples: together at most 1.",
        "Take 0.05 for each, as usual.",
    ),
    (
        lambda c: c.loss.identity_weight and 0 < c.model.side < LEAST_FACE_SIDE,
        f"identity_weight needs squares of at least {LEAST_FACE_SIDE} pixels: a face must be seen in them.",
        "Take a larger side.",
    ),
    (
        lambda c: c.optimization.micro_batch_size > c.optimization.batch_size,
        "micro_batch_size is a part of batch_size.",
        "Take a smaller one.",
    ),
    (
        lambda c: c.optimization.warmup_steps >= c.optimization.steps,
        "All steps would be warm-up.",
        "Take fewer warmup_steps.",
    ),
    (lambda c: c.model.side % 8, "side must be a multiple of 8.", "Take 256 or 512."),
    (lambda c: not c.data.triplets, "No triplets are named.", "Say triplets: FOLDER."),
    (lambda c: not c.run.output, "No output folder is named.", "Say output: FOLDER."),
)
