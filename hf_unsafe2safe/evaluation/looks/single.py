"""A look that is taken of one image at a time by what the package ships."""

import weakref
from collections.abc import Callable, Sequence
from importlib.metadata import version as installed
from typing import Generic, TypeVar

from ...records import ModelInfo, Pixels
from ..pair import Look

LOOKS_VERSION = "1"  # changes when arrays mean something else

_T = TypeVar("_T")


class SingleLook:
    """Base of the embedded looks: a subclass names itself and its models and defines `see`.

    Attributes:
        name: How metrics ask for it.
        models: All that the answer depends on.
        version: Names and hashes of the models, and this package's version, since its thresholds count too.
        batch_size: Always 1: the embedded models take one image at a time.
    """

    name: str
    models: tuple[ModelInfo, ...] = ()
    version: str
    batch_size: int = 1

    def __init__(self) -> None:
        known = " ".join(f"{model.name}@{model.revision}" for model in dict.fromkeys(self.models))
        self.version = f"{LOOKS_VERSION} {installed('hf-unsafe2safe')} {known}"

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return the arrays of each image, in their order."""
        return [self.see(rgb) for rgb in images]

    def see(self, rgb: Pixels) -> Look:
        """Return the arrays of an RGB image (H, W, 3) uint8."""
        raise NotImplementedError


class Once(Generic[_T]):
    """A function of an image that is computed once an array, and forgotten with it.

    Several looks start from the same faces or objects. It goes by the array, not by its content: the pixels
    must not change in between.

    Example:
        >>> import numpy as np
        >>> total, rgb = Once(lambda rgb: int(rgb.sum())), np.ones((2, 2, 3), np.uint8)
        >>> total(rgb), total(rgb), len(total)
        (12, 12, 1)
        >>> del rgb; len(total)
        0
    """

    def __init__(self, function: Callable[[Pixels], _T]) -> None:
        self._function = function
        self._known: dict[int, tuple[weakref.ref[Pixels], _T]] = {}

    def __call__(self, rgb: Pixels) -> _T:
        """Return what the function says of an image."""
        key = id(rgb)
        known = self._known.get(key)
        if known is not None and known[0]() is rgb:
            return known[1]
        result = self._function(rgb)
        self._known[key] = (weakref.ref(rgb, lambda _: self._known.pop(key, None)), result)
        return result

    def __len__(self) -> int:
        return len(self._known)
