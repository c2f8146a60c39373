"""What changes while an editor is trained, as tensors and plain values, and put back from them.

Import this only where torch is needed anyway.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from .checkpoints import Checkpoint
from .config import OptimizationOptions
from .optimizers import make_optimizer, make_schedule

Tensors = dict[str, Any]


class TrainingState:
    """Weights, their moving average, optimizer, schedule and sources of chance of a run.

    Args:
        accelerator: Of accelerate.
        network: What is trained in it has `requires_grad`; it is wrapped.
        options: Of the run.

    Attributes:
        network: Wrapped, on its device.
        parameters: What is trained.
        optimizer: Wrapped.
        left_out: Steps in a row whose gradients were too large for their type.
    """

    def __init__(self, accelerator: Any, network: Any, options: OptimizationOptions) -> None:
        self._accelerator, self.left_out = accelerator, 0
        made = make_optimizer([p for p in network.parameters() if p.requires_grad], options)
        self.network, self.optimizer = accelerator.prepare(network, made)
        own = accelerator.unwrap_model(self.network)
        named = [(name, weight) for name, weight in own.named_parameters() if weight.requires_grad]
        self._names = [name for name, _ in named]
        self.parameters = [weight for _, weight in named]
        self._schedule = make_schedule(self.optimizer.optimizer, options)
        self._average = _average(self.parameters, options.ema_decay)

    @property
    def learning_rate(self) -> float:
        """That of the next step."""
        return float(self._schedule.get_last_lr()[0])

    def step(self) -> None:
        """Update the weights by their gradients, and all that follows them.

        Where gradients are scaled and were too large, nothing is updated and it is counted in `left_out`.
        """
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self._accelerator.optimizer_step_was_skipped:
            self.left_out += 1
            return
        self.left_out = 0
        self._schedule.step()
        if self._average is not None:
            self._average.step(self.parameters)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the moving average in the network for a while, where there is one."""
        if self._average is None:
            yield
            return
        own = [weight.detach().clone() for weight in self.parameters]
        self._average.copy_to(self.parameters)
        try:
            yield
        finally:
            _copy(own, self.parameters)

    def capture(self, step: int, more: Mapping[str, Any]) -> Checkpoint:
        """Return a checkpoint; of sharded weights all processes have to ask for it."""
        tensors: dict[str, Tensors] = {"weights": self._named(self.parameters)}
        state: dict[str, Any] = {**more, "schedule": self._schedule.state_dict()}
        tensors["optimizer"], state["optimizer"] = _flat(self.optimizer.optimizer.state_dict())
        if self._average is not None:
            tensors["ema"] = self._named(self._average.shadow_params)
            state["ema_step"] = self._average.optimization_step
        if self._accelerator.scaler is not None:
            state["scaler"] = self._accelerator.scaler.state_dict()
        tensors["random"] = {"cpu": torch.get_rng_state()}
        if self._accelerator.device.type == "cuda":
            tensors["random"]["cuda"] = torch.cuda.get_rng_state()
        return Checkpoint(step, tensors, state)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint."""
        tensors, state = checkpoint.tensors, checkpoint.state
        self.take(checkpoint)
        flat = self.optimizer.optimizer
        flat.load_state_dict(_nested(tensors["optimizer"], state["optimizer"], self.parameters))
        self._schedule.load_state_dict(dict(state["schedule"]))
        if self._average is not None:
            _copy([tensors["ema"][name] for name in self._names], self._average.shadow_params)
            self._average.optimization_step = state["ema_step"]
        if self._accelerator.scaler is not None and "scaler" in state:
            self._accelerator.scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(tensors["random"]["cpu"])
        if "cuda" in tensors["random"] and self._accelerator.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random"]["cuda"])

    def take(self, checkpoint: Checkpoint, *, averaged: bool = False) -> None:
        """Put the weights of a checkpoint, or where there is one their moving average, into the network."""
        source = checkpoint.tensors.get("ema") if averaged else None
        source = source or checkpoint.tensors["weights"]
        _copy([source[name] for name in self._names], self.parameters)

    def _named(self, values: list[Any]) -> Tensors:
        return {name: whole(value) for name, value in zip(self._names, values, strict=True)}


def whole(value: Any) -> Any:
    """Return a tensor of which each process may have a part only, as one on the CPU."""
    value = value.detach()
    return (value.full_tensor() if hasattr(value, "full_tensor") else value).cpu().clone()


def _like(value: Any, other: Any) -> Any:
    """Return a whole tensor cut to the part of it that a process has of another one."""
    if not hasattr(other, "device_mesh"):
        return value.to(other.device)
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(value.to(other.device), other.device_mesh, other.placements)


def _copy(values: list[Any], into: list[Any]) -> None:
    with torch.no_grad():
        for value, weight in zip(values, into, strict=True):
            weight.copy_(_like(value, weight))


def _average(parameters: list[Any], decay: float) -> Any:
    if not decay:
        return None
    from diffusers.training_utils import EMAModel

    return EMAModel(parameters, decay=decay)


def _flat(saved: Mapping[str, Any]) -> tuple[Tensors, dict[str, Any]]:
    """Return the state of an optimizer as tensors and plain values."""
    tensors, plain = {}, {}
    for index, values in saved["state"].items():
        for name, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{index}.{name}"] = whole(value)
            else:
                plain[f"{index}.{name}"] = value
    groups = [
        {name: value.item() if isinstance(value, torch.Tensor) else value for name, value in group.items()}
        for group in saved["param_groups"]
    ]
    return tensors, {"values": plain, "groups": groups}


def _nested(tensors: Mapping[str, Any], plain: Mapping[str, Any], parameters: list[Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    for key, value in {**tensors, **plain["values"]}.items():
        index, _, name = key.partition(".")
        weight = parameters[int(index)]
        if isinstance(value, torch.Tensor) and value.shape == weight.shape:
            value = _like(value, weight)
        state.setdefault(int(index), {})[name] = value
    groups = [
        {name: tuple(value) if name == "betas" else value for name, value in group.items()}
        for group in plain["groups"]
    ]
    return {"state": state, "param_groups": groups}
