"""The cache of `datasets`: hit when nothing changed, also in another process; missed when a result could."""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, Image
from datasets.fingerprint import Hasher

from hf_unsafe2safe import Policy, Sanitizer, config, testing
from hf_unsafe2safe.records import ModelInfo
from tests.photos import FOLDER

MAP = """
import sys
from datasets import load_dataset
from datasets.fingerprint import Hasher
from hf_unsafe2safe import Sanitizer, testing

def refuse(self, images):
    raise SystemExit("the cache was missed")

editor = {"face": ["fill"], "*": testing.FakeEditor()}
sanitize = Sanitizer(**testing.fakes(editor=editor, policy={"edit": ["name", "face"]}))
ds = load_dataset("parquet", data_files=sys.argv[1], split="train", cache_dir=sys.argv[2])
before = Hasher.hash(sanitize)
if sys.argv[3] == "again":
    Sanitizer.records = refuse
plain = ds.map(sanitize, batched=True, batch_size=2)
unbatched = ds.map(sanitize)
ours = sanitize.map(ds)
assert Hasher.hash(sanitize) == before
print(before, plain._fingerprint, unbatched._fingerprint, ours._fingerprint)
"""


def run(script: str, *arguments: Any, **environment: str) -> str:
    """Run a script in a new process and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_a_new_process_hits_the_cache(tmp_path: Path) -> None:
    cells = [
        {"bytes": make(), "path": "x.png"} for make in (testing.blank, testing.with_face, testing.with_text)
    ]
    rows = Dataset.from_dict({"image": cells}, features=Features({"image": Image()}))
    rows.to_parquet(tmp_path / "rows.parquet")
    arguments = (tmp_path / "rows.parquet", tmp_path / "cache")
    first = run(MAP, *arguments, "first", PYTHONHASHSEED="1")
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("cache-*.arrow")}
    assert len(files) == 3
    assert run(MAP, *arguments, "again", PYTHONHASHSEED="2") == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("cache-*.arrow")} == files


# Each of these can change a result or its columns, so each has a fingerprint of its own.
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "seed": {"seed": 1},
    "policy": {"policy": "faces"},
    "scores": {"policy": {"name": "default", "edit": {"face": 0.9}}},
    "labels": {"policy": {"edit": ["face"], "label": ["text"]}},
    "editor": {"editor": "inpaint"},
    "editor chain": {"editor": ["inpaint", "fill"]},
    "editor mapping": {"editor": {"*": "fill"}},
    "editor object": {"editor": testing.FakeEditor()},
    "object's setting": {"editor": testing.FakeEditor(stochastic=True)},
    "inspector": {"inspector": "local"},
    "inspector's setting": {"inspector": testing.FakeInspector(fail_on=(1, 2, 3))},
    "captioner": {"captioner": "template"},
    "instructor": {"instructor": "template"},
    "instructor's argument": {"instructor": "template:demographics"},
    "demographics": {"inspector": "local", "instructor": "template", "demographics": True},
    "keep": {"keep": [FOLDER / "people_astronaut.jpg"]},
    "allow_uncovered": {"allow_uncovered": True},
    "verifier": {"verifier": testing.FakeVerifier(blind=True)},
    "encoding": {"encoding": "png"},
    "image_column": {"image_column": "photo"},
    "private_columns": {"private_columns": True},
}


def test_every_setting_changes_the_fingerprint() -> None:
    hashes = {case: Hasher.hash(Sanitizer(**testing.fakes(**change))) for case, change in CHANGES.items()}
    assert len(set(hashes.values())) == len(CHANGES)
    for case, change in CHANGES.items():  # and nothing else does: the same again, and after a pickle
        sanitize = Sanitizer(**testing.fakes(**change))
        assert Hasher.hash(sanitize) == hashes[case]
        assert Hasher.hash(pickle.loads(pickle.dumps(sanitize))) == hashes[case]  # noqa: S301


# What says the same in other words is the same: no second run for it.
SAME = {
    "order of a policy": ({"policy": {"edit": ["face", "name"]}}, {"policy": {"edit": ["name", "face"]}}),
    "policy as an object": ({"policy": "faces"}, {"policy": Policy("faces", edit={"face": 0.35})}),
    "whole score": ({"policy": {"edit": {"face": 1}}}, {"policy": {"edit": {"face": 1.0}}}),
    "order of editors": (
        {"editor": {"face": "fill", "*": "inpaint"}},
        {"editor": {"*": "inpaint", "face": "fill"}},
    ),
    "tuple of editors": ({"editor": ["inpaint", "fill"]}, {"editor": ("inpaint", "fill")}),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_in_other_words_has_one_fingerprint(case: str) -> None:
    one, other = (Sanitizer(**testing.fakes(**change)) for change in SAME[case])
    assert Hasher.hash(one) == Hasher.hash(other)
    assert one.config.digest() == other.config.digest()


def test_the_pipeline_version_changes_fingerprint_and_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    sanitize = Sanitizer(**testing.fakes())
    before, digest = Hasher.hash(sanitize), sanitize.config.digest()
    monkeypatch.setattr(config, "PIPELINE_VERSION", "next")
    assert Hasher.hash(sanitize) != before
    assert sanitize.config.digest() != digest


def test_the_digest_ignores_what_only_shapes_columns() -> None:
    digests = {
        Sanitizer(**testing.fakes(**CHANGES[c])).config.digest()
        for c in ("nothing", "image_column", "private_columns")
    }
    assert len(digests) == 1
    base = Sanitizer(**testing.fakes()).config
    assert base.digest([ModelInfo("a", "1")]) != base.digest([ModelInfo("a", "2")])
    assert base.digest([ModelInfo("a", "1"), ModelInfo("b", "1")]) == base.digest(
        [ModelInfo("b", "1"), ModelInfo("a", "1")]
    )


def test_a_used_sanitizer_pickles_small_and_unchanged() -> None:
    editor = testing.FakeEditor(stochastic=True)
    sanitize = Sanitizer(**testing.fakes(editor={"face": [editor, "fill"], "*": "inpaint"}, seed=5))
    before = Hasher.hash(sanitize)
    records = sanitize.records([testing.with_face(), testing.with_text(), b"junk"])
    state = pickle.dumps(sanitize)
    assert len(state) < 10_000
    assert Hasher.hash(sanitize) == before
    copy = pickle.loads(state)  # noqa: S301
    assert copy.config.editor["face"][0].stochastic  # the objects given travel along
    assert copy.config.plain() == sanitize.config.plain()
    assert copy.records([testing.with_face(), testing.with_text(), b"junk"]) == records
