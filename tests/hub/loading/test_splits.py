"""Arguments of `load_safe_dataset` that are refused before anything is asked for."""

import pytest
from datasets import ReadInstruction, Split

from hf_unsafe2safe import load_safe_dataset
from hf_unsafe2safe.errors import Unsafe2SafeError
from hf_unsafe2safe.hub.loading.candidates import splits_in

SPLITS = [
    (None, ()),
    ("train", ("train",)),
    (Split.TRAIN, ("train",)),
    (ReadInstruction("train", to=1, unit="abs"), ("train",)),
    ("train[:50%]+train[50%:]", ("train", "train")),
    (["train[:1]", "test"], ("train", "test")),
    ([["train"], "train"], ("train",)),
]


@pytest.mark.parametrize(("split", "names"), SPLITS)
def test_the_splits_that_are_named(split, names):
    assert splits_in(split) == names


WRONG = {
    "no name": ({"name": None}, "This is no name of a dataset"),
    "a number": ({"name": 1}, "This is no name of a dataset"),
    "a name of a sanitizer": ({"sanitizer": "local"}, "sanitizer cannot be a str"),
    "a split that is open": ({"split": "train[5:"}, "split is of a form"),
    "an empty split": ({"split": ""}, "split is of a form"),
    "a part of a stream": ({"split": "train[:1]", "streaming": True}, "come split by split"),
    "a list of streams": ({"split": ["train"], "streaming": True}, "come split by split"),
}


@pytest.mark.parametrize(("asked", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls_are_said(asked, message):
    with pytest.raises(Unsafe2SafeError, match=message):
        load_safe_dataset(**{"name": "org/raw", **asked})
