"""What a model saw in an image, kept for the next question about it.

The vision tower is the dear part of a question with a short answer. Its outputs are kept by the content of
the image, on the CPU, so that a decision and a caption of the same image need it once.
"""

import functools
import inspect
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

LARGEST = 2**30  # bytes kept: some thirty images of a model of eight billion parameters
# What language models read of what towers return, and whether it is a list by layer.
_KEPT = {"pooler_output": False, "deepstack_features": True}


class Seen:
    """The features of the last images, in front of a model's `get_image_features`.

    It serves only models whose images can be told apart in their inputs: by `image_grid_thw`, or one
    tensor (3, H, W) an image.

    Args:
        model: With a module `model` that has `get_image_features`; others are left as they are.
    """

    def __init__(self, model: Any) -> None:
        self._features: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
        self._bytes = 0
        self._keys: Sequence[bytes] = ()
        self._inner: Any = model.model if hasattr(model, "model") else model
        self.serves = hasattr(self._inner, "get_image_features")
        if self.serves:
            self._see = self._inner.get_image_features
            self._parameters = inspect.signature(self._see)
            # Its signature too: `generate` takes from it what to pass.
            self._inner.get_image_features = functools.wraps(self._see)(
                lambda *args, **kwargs: self._features_of(*args, **kwargs)
            )

    def stop(self) -> None:
        """Leave the model as it was."""
        if self.serves:  # what the class has is there again
            del self._inner.get_image_features
        self.serves = False

    @contextmanager
    def of(self, keys: Sequence[bytes]) -> Iterator[None]:
        """Run the model on images with these digests, one a row."""
        self._keys = keys
        try:
            yield
        finally:
            self._keys = ()

    def _features_of(self, *args: Any, **kwargs: Any) -> Any:
        given = self._parameters.bind(*args, **kwargs).arguments
        given.update(given.pop("kwargs", {}))
        parts = _split(given, len(self._keys))
        if parts is None:
            return self._see(**given)
        for key, part in zip(self._keys, parts, strict=True):
            if key in self._features:
                self._features.move_to_end(key)
            else:
                made = self._see(**{**given, **part})
                self._keep(key, {name: _moved(made.get(name), "cpu") for name in _KEPT})
        device = given["pixel_values"].device
        known = [_moved(self._features[key], device) for key in self._keys]
        return _Output(
            {name: _joined([one[name] for one in known], layers) for name, layers in _KEPT.items()}
        )

    def _keep(self, key: bytes, features: dict[str, Any]) -> None:
        self._features[key] = features
        self._bytes += _size(features)
        while self._bytes > LARGEST and len(self._features) > len(self._keys):
            self._bytes -= _size(self._features.popitem(last=False)[1])


class _Output(dict[str, Any]):
    """Features by attribute, as the models read them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _split(given: dict[str, Any], count: int) -> list[dict[str, Any]] | None:
    """Return the inputs that belong to each image, None where they cannot be told apart."""
    pixels, grid = given.get("pixel_values"), given.get("image_grid_thw")
    if pixels is None or not count or given.get("image_sizes") is not None:
        return None
    if grid is not None and len(grid) == count:
        parts = pixels.split(grid.prod(-1).tolist())
        return [{"pixel_values": p, "image_grid_thw": g} for p, g in zip(parts, grid.split(1), strict=True)]
    if grid is None and pixels.ndim == 4 and len(pixels) == count:
        return [{"pixel_values": part} for part in pixels.split(1)]
    return None


def _joined(images: Sequence[Any], layers: bool) -> Any:
    """Return the features of several images as the tower returns them for all."""
    import torch

    if images[0] is None:
        return None
    if layers:
        return [_joined(layer, False) for layer in zip(*images, strict=True)]
    if isinstance(images[0], torch.Tensor):
        return torch.cat(list(images))
    return [part for image in images for part in image]


def _moved(value: Any, device: Any) -> Any:
    if isinstance(value, dict):
        return {name: _moved(one, device) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(one, device) for one in value]
    return None if value is None else value.to(device)


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return 0 if value is None else int(value.numel() * value.element_size())
