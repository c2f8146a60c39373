"""One tree of errors, which survive the way between processes."""

import copy
import inspect
import pickle

import dill
import pytest

from hf_unsafe2safe import errors
from hf_unsafe2safe.errors import BackendError, SourceLostError, StageError, Unsafe2SafeError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Unsafe2SafeError)]
BUILTIN = {
    "ConfigError": ValueError,
    "DatasetError": ValueError,
    "PublishError": ValueError,
    "UnknownNameError": LookupError,
    "MissingExtraError": ImportError,
}


def make(kind: type[Unsafe2SafeError]) -> Unsafe2SafeError:
    if issubclass(kind, StageError):
        return kind("inspect_failed", stage="inspect", hint="Do this.")
    return kind("This is wrong.", hint="Do this.")


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize(
    "travel",
    [lambda e: pickle.loads(pickle.dumps(e)), lambda e: dill.loads(dill.dumps(e)), copy.copy, copy.deepcopy],  # noqa: S301
    ids=["pickle", "dill", "copy", "deepcopy"],
)
def test_errors_survive_pickling(kind: type[Unsafe2SafeError], travel) -> None:
    error = make(kind)
    error.add_note("seen on the way")
    arrived = travel(error)
    assert type(arrived) is kind
    assert str(arrived) == str(error)
    assert arrived.args == error.args
    assert vars(arrived) == vars(error)
    assert arrived.hint == "Do this."
    assert str(arrived).endswith("Do this.")


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_can_be_caught_as_what_they_are(kind: type[Unsafe2SafeError]) -> None:
    assert issubclass(kind, BUILTIN.get(kind.__name__, Exception))
    assert kind.retryable is (kind in (BackendError, SourceLostError))
    assert kind.__doc__


def test_messages() -> None:
    assert str(Unsafe2SafeError()) == ""
    assert str(Unsafe2SafeError("Wrong.")) == "Wrong."
    assert str(StageError("truncated", stage="open")) == "open: truncated"
    assert str(StageError("truncated")) == "truncated"
    assert StageError("truncated", stage="open").reason == "truncated"
