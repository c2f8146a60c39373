"""Turn a Hugging Face image dataset into its privacy-safe version.

Importing this package loads nothing: names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .builder import Unsafe2SafeBuilder as Unsafe2SafeBuilder
    from .errors import Unsafe2SafeError as Unsafe2SafeError
    from .policy import Policy as Policy
    from .sanitizer import Sanitizer as Sanitizer

_WHERE = {
    "Policy": ".policy",
    "Sanitizer": ".sanitizer",
    "Unsafe2SafeBuilder": ".builder",
    "Unsafe2SafeError": ".errors",
}

__all__ = ["Policy", "Sanitizer", "Unsafe2SafeBuilder", "Unsafe2SafeError"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
