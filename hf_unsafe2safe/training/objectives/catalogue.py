"""The objective of each editor."""

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import UnknownNameError
from ..config import TrainConfig
from .objective import Objective


def make_objective(config: TrainConfig) -> Objective:
    """Return what an editor is to learn, with its models loaded.

    Raises:
        UnknownNameError: No such editor can be trained.
        ConfigError: The model is none of this editor, or cannot be loaded.
        MissingExtraError: A package is missing.
    """
    name = config.model.editor
    if name not in OBJECTIVES:
        raise UnknownNameError(f"Unknown editor '{name}'.", hint=f"Known: {', '.join(OBJECTIVES)}.")
    made: Objective = OBJECTIVES[name](config)
    return made


def _unet(config: TrainConfig) -> Any:
    from .unet import UNetObjective

    return UNetObjective(config)


def _flow(config: TrainConfig) -> Any:
    from .flow import FlowObjective

    return FlowObjective(config)


OBJECTIVES: Mapping[str, Callable[[TrainConfig], Any]] = {
    "instruct-pix2pix": _unet,
    "safe-attention": _unet,
    "kontext": _flow,
    "klein": _flow,
}
