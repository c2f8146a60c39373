"""What a training run is told: one flat name an option, the same in Python, YAML and on the command line."""

from dataclasses import dataclass, field
from typing import Any, Literal

EDITORS = ("instruct-pix2pix", "safe-attention", "kontext", "klein")


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class ModelOptions:
    """What is trained."""

    editor: str = _option("safe-attention", f"Which editor: {', '.join(EDITORS)}.")
    model: str = _option(
        "timbrooks/instruct-pix2pix", "The pipeline to start with: org/model[@revision] or a folder."
    )
    lora_rank: int = _option(
        0,
        "Rank of a LoRA; 0 trains all weights of instruct-pix2pix, and only the new ones of safe-attention. "
        "kontext and klein need one.",
    )
    lora_alpha: float = _option(0.0, "Scale of the LoRA; 0 for its rank.")
    gradient_checkpointing: bool = _option(False, "Compute activations again instead of keeping them.")
    side: int = _option(0, "Pixels of the square an example is trained at; 0 for that of the model.")
    save_as: Literal["pipeline", "adapter"] = _option(
        "pipeline", "pipeline: the whole model, LoRA merged; adapter: only what was trained beside it."
    )


@dataclass(frozen=True)
class DataOptions:
    """What it is trained on."""

    triplets: str = _option("", "Folder that `unsafe2safe triplets` wrote.")
    framing: Literal["crops", "whole"] = _option(
        "crops", "crops: around the regions, as editors see images later; whole: the middle square."
    )
    balanced: bool = _option(False, "Draw examples by their sampling_weight instead of evenly.")
    cache: str = _option("", "Private folder for what models say of the examples; empty for one in output.")


@dataclass(frozen=True)
class OptimizationOptions:
    """How it is trained."""

    steps: int = _option(1000, "Updates of the weights.")
    batch_size: int = _option(16, "Examples an update, over all processes and accumulated.")
    micro_batch_size: int = _option(0, "Examples at once in a process; 0 for all of its share.")
    learning_rate: float = _option(1e-5, "At the end of the warm-up; 1 for prodigy.")
    schedule: Literal["constant", "cosine", "linear"] = _option("constant", "After the warm-up.")
    warmup_steps: int = _option(0, "Updates in which the learning rate rises from 0.")
    optimizer: Literal["adamw", "adamw-fused", "adamw-8bit", "prodigy"] = _option(
        "adamw", "adamw-8bit needs bitsandbytes, prodigy prodigyopt."
    )
    weight_decay: float = _option(0.01, "Of the optimizer.")
    max_grad_norm: float = _option(1.0, "Longer gradients are shortened to it.")
    ema_decay: float = _option(0.0, "Of a moving average of the weights, which is the result; 0 for none.")
    mixed_precision: Literal["no", "fp16", "bf16"] = _option("no", "Type of the computation.")


@dataclass(frozen=True)
class LossOptions:
    """What the loss is.

    The three first drops are one event or none an example; each text is then dropped on its own, too.
    """

    drop_texts: float = _option(0.05, "Share of examples whose texts are all empty.")
    drop_image: float = _option(0.05, "Share of examples whose image is empty.")
    drop_all: float = _option(0.05, "Share of examples where both are.")
    drop_each: float = _option(0.0, "Share in which a text is empty on its own; safe-attention has two.")
    min_snr_gamma: float = _option(0.0, "Weigh steps by signal to noise, at most this (5 is usual); 0: not.")
    mask_weight: float = _option(1.0, "How much a masked pixel counts, where any other counts 1.")
    identity_weight: float = _option(0.0, "Of the term that pushes faces away from the original; 0: none.")
    identity_every: int = _option(4, "Every so many steps that term is computed: it decodes pictures.")
    identity_margin: float = _option(0.8, "L2 distance from which a face is far enough; 0.6 is 'the same'.")
    identity_noise: float = _option(0.5, "It is computed up to this share of noise: more shows no face.")


@dataclass(frozen=True)
class ValidationOptions:
    """How it is judged on the way."""

    validate_every: int = _option(0, "Updates between validations; 0 for one at the end.")
    validation_rows: int = _option(16, "Examples of the validation split, the same ones every time.")
    validation_pictures: int = _option(4, "How many of them are kept as pictures, privately.")
    num_inference_steps: int = _option(20, "Of the pictures that are judged.")


@dataclass(frozen=True)
class RunOptions:
    """Where, how often, how long."""

    output: str = _option("", "Folder for the result, its checkpoints and its private pictures.")
    seed: int = _option(0, "Of everything that is drawn.")
    checkpoint_every: int = _option(500, "Updates between checkpoints.")
    keep_checkpoints: int = _option(2, "How many are kept beside the best one.")
    log_every: int = _option(10, "Updates between lines of log.jsonl.")
    log_with: tuple[str, ...] = _option((), "Trackers of figures: tensorboard, trackio, wandb. No pictures.")


@dataclass(frozen=True)
class TrainConfig:
    """All options of a run. A trainer checks them, see `check`."""

    model: ModelOptions = field(default_factory=ModelOptions)
    data: DataOptions = field(default_factory=DataOptions)
    optimization: OptimizationOptions = field(default_factory=OptimizationOptions)
    loss: LossOptions = field(default_factory=LossOptions)
    validation: ValidationOptions = field(default_factory=ValidationOptions)
    run: RunOptions = field(default_factory=RunOptions)

    def check(self) -> None:
        """Raise unless a run can begin with these options.

        Raises:
            ConfigError: A value cannot be, or does not go with another.
            UnknownNameError: There is no such editor to train.
        """
        from .checking import check

        check(self)
