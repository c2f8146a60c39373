"""Turn a Hugging Face image dataset into its privacy-safe version.

Importing this package loads nothing: names are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .builder import Unsafe2SafeBuilder as Unsafe2SafeBuilder
    from .errors import Unsafe2SafeError as Unsafe2SafeError
    from .evaluation.suite import evaluate as evaluate
    from .hub.loading.load import load_safe_dataset as load_safe_dataset
    from .hub.publishing.publish import publish as publish
    from .hub.retracting import retract as retract
    from .policy import Policy as Policy
    from .sanitizer import Sanitizer as Sanitizer
    from .training.trainer import EditorTrainer as EditorTrainer
    from .training.triplets.make import make_triplets as make_triplets

_WHERE = {
    "EditorTrainer": ".training.trainer",
    "Policy": ".policy",
    "Sanitizer": ".sanitizer",
    "Unsafe2SafeBuilder": ".builder",
    "Unsafe2SafeError": ".errors",
    "evaluate": ".evaluation.suite",
    "load_safe_dataset": ".hub.loading.load",
    "make_triplets": ".training.triplets.make",
    "publish": ".hub.publishing.publish",
    "retract": ".hub.retracting",
}

__all__ = [
    "EditorTrainer",
    "Policy",
    "Sanitizer",
    "Unsafe2SafeBuilder",
    "Unsafe2SafeError",
    "evaluate",
    "load_safe_dataset",
    "make_triplets",
    "publish",
    "retract",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
