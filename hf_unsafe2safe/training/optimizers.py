"""Optimizers and schedules, by name."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from ..errors import MissingExtraError
from .config import OptimizationOptions


def make_optimizer(parameters: list[Any], options: OptimizationOptions) -> Any:
    """Return an optimizer of torch.

    Raises:
        MissingExtraError: Its package is not installed.
    """
    make = OPTIMIZERS[options.optimizer]
    return make(parameters, {"lr": options.learning_rate, "weight_decay": options.weight_decay})


def make_schedule(optimizer: Any, options: OptimizationOptions) -> Any:
    """Return a schedule of the learning rate; one step of it is one update."""
    import torch

    warm, steps = options.warmup_steps, max(1, options.steps - options.warmup_steps)
    shape = _SHAPES[options.schedule]

    def share(step: int) -> float:
        return (step + 1) / (warm + 1) if step < warm else shape(min(1.0, (step - warm) / steps))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


def _adamw(parameters: list[Any], options: Mapping[str, Any]) -> Any:
    import torch

    return torch.optim.AdamW(parameters, **options)


def _fused(parameters: list[Any], options: Mapping[str, Any]) -> Any:
    import torch

    return torch.optim.AdamW(parameters, fused=True, **options)


def _in_8_bits(parameters: list[Any], options: Mapping[str, Any]) -> Any:
    if find_spec("bitsandbytes") is None:
        raise MissingExtraError("adamw-8bit needs bitsandbytes.", hint="pip install bitsandbytes")
    import bitsandbytes

    return bitsandbytes.optim.AdamW8bit(parameters, **options)


def _prodigy(parameters: list[Any], options: Mapping[str, Any]) -> Any:
    if find_spec("prodigyopt") is None:
        raise MissingExtraError(
            "The optimizer prodigy needs prodigyopt.", hint='pip install "hf-unsafe2safe[train]"'
        )
    from prodigyopt import Prodigy

    return Prodigy(parameters, **options)


def _cosine(share: float) -> float:
    from math import cos, pi

    return (1 + cos(pi * share)) / 2


OPTIMIZERS: Mapping[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "adamw": _adamw,
    "adamw-fused": _fused,
    "adamw-8bit": _in_8_bits,
    "prodigy": _prodigy,
}
_SHAPES: Mapping[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "cosine": _cosine,
    "linear": lambda share: 1.0 - share,
}
