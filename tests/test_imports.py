"""Importing is free: no heavy package, nothing touched, names on demand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import hf_unsafe2safe

STATE = """
import json, logging, os, random, sys, warnings
def state():
    logs = logging.root.level, list(logging.root.handlers)
    return dict(os.environ), random.getstate(), list(warnings.filters), logs, os.getcwd()
"""
LIGHT = f"""{STATE}
before = state()
import hf_unsafe2safe
dir(hf_unsafe2safe)
print(json.dumps([before == state(), sorted(sys.modules)]))
"""
# cv2 sets LD_LIBRARY_PATH when it is imported; what counts here is what we do.
USED = f"""{STATE}
import cv2, datasets, numpy
before, numbers = state(), numpy.random.get_state()[1].tolist()
from hf_unsafe2safe import Sanitizer, testing
editor = testing.FakeEditor(stochastic=True)
Sanitizer(**testing.fakes(editor=editor)).records([testing.with_face()])
assert state() == before
assert numpy.random.get_state()[1].tolist() == numbers
"""
HEAVY = {
    "torch",
    "datasets",
    "onnxruntime",
    "cv2",
    "PIL",
    "numpy",
    "transformers",
    "pyarrow",
    "huggingface_hub",
    "rapidocr",
}


def run(script: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_importing_touches_nothing(tmp_path: Path) -> None:
    untouched, modules = json.loads(run(LIGHT, tmp_path))
    assert untouched
    assert not HEAVY & {name.partition(".")[0] for name in modules}
    assert [name for name in modules if name.startswith("hf_unsafe2safe")] == ["hf_unsafe2safe"]
    assert list(tmp_path.iterdir()) == []


def test_a_sanitizer_sets_no_global_state(tmp_path: Path) -> None:
    run(USED, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_public_names_resolve_and_are_listed() -> None:
    for name in hf_unsafe2safe.__all__:
        assert getattr(hf_unsafe2safe, name).__name__ == name
        assert name in dir(hf_unsafe2safe)
    with pytest.raises(AttributeError, match="has no attribute 'Sanitiser'"):
        _ = hf_unsafe2safe.Sanitiser  # type: ignore[attr-defined]
