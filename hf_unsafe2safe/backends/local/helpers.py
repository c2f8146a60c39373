"""Small models that help an inspector: how they are named, loaded and run. Their weights are float32."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import BackendError
from ...records import ModelInfo, Pixels
from ..specs import Options, parse
from . import loading
from .finding import find

OPTIONS: Options = {name: loading.OPTIONS[name] for name in ("device_map", "trust_remote_code")}

LEAST_SIDE, MOST_ASPECT = 8, 16  # pixels, long side to short: processors enlarge a strip beyond all memory


class Helper:
    """A model and its processor, found when it is made, loaded at its first use, pickled without weights.

    Args:
        argument: `org/model[@revision]` or a folder, with the options `device_map` and `trust_remote_code`.
        feature: Who needs it, for messages.
        classes: Names of the classes in transformers that load the processor and the model.

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(self, argument: str, *, feature: str, classes: tuple[str, str]) -> None:
        spec = parse(argument, OPTIONS)
        loading.need_loading(feature, spec.options, "torchvision")
        self._options, self._classes = {"dtype": "float32", **spec.options}, classes
        self._found = find(spec, trusted=spec.options.get("trust_remote_code", False))
        self.models: tuple[ModelInfo, ...] = (self._found.info,)

    def loaded(self) -> tuple[Any, Any]:
        """Return processor and model.

        Raises:
            ConfigError: They cannot be loaded.
        """
        key = (*self._classes, self._found, *sorted(self._options.items()))
        pair: tuple[Any, Any] = loading.shared(key, self._load)
        return pair

    def _load(self) -> tuple[Any, Any]:
        processor, model = self._classes
        return loading.load(self._found, processor), loading.load_model(self._found, model, self._options)


def can_be_seen(rgb: Pixels) -> bool:
    """Return whether an image is large enough, and no mere strip, for these models.

    Example:
        >>> import numpy as np
        >>> [can_be_seen(np.zeros((8, width, 3), np.uint8)) for width in (7, 8, 128, 129)]
        [False, True, True, False]
    """
    short, long = sorted(rgb.shape[:2])
    return bool(short >= LEAST_SIDE and long <= MOST_ASPECT * short)


@contextmanager
def running() -> Iterator[None]:
    """Run a model without gradients.

    Raises:
        BackendError: Memory ran out.
    """
    import torch

    try:
        with torch.inference_mode():
            yield
    except (RuntimeError, MemoryError) as error:
        if not loading.out_of_memory(error):
            raise
        raise BackendError("out_of_memory", stage="inspect") from error
