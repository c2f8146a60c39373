"""What a look is: it turns images into small arrays, once an image, and the arrays are kept by content."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ...records import Pixels
from ..pair import Look


@runtime_checkable
class Looker(Protocol):
    """Looks at images; what it says depends on the pixels and on `version` alone.

    Attributes:
        name: How metrics ask for it.
        version: Changes when its answers would: names and hashes of its models, and its settings.
        batch_size: How many images it wants at a time.
    """

    name: str
    version: str
    batch_size: int

    def look(self, images: Sequence[Pixels]) -> list[Look]:
        """Return the arrays of each RGB image (H, W, 3) uint8, in their order; sizes may differ."""
        ...
