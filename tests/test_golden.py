"""What the preset `local` makes of a few photos stays what it was, or PIPELINE_VERSION is raised."""

import json

import numpy as np
import pytest

from hf_unsafe2safe.config import PIPELINE_VERSION
from tests.make_golden import GOLDEN, outcomes

HINT = (
    "Results changed. If that is meant: raise config.PIPELINE_VERSION, so that row stores do not serve the "
    "old ones, and run `python -m tests.make_golden`."
)
BOX, SCORE, LEVEL = 2, 0.02, 3  # pixels, of 1, of 255: processors round differently


@pytest.fixture(scope="module")
def now():
    return outcomes()


@pytest.fixture(scope="module")
def then():
    return json.loads(GOLDEN.read_text())


def test_the_version_is_that_of_the_results(then):
    assert then["pipeline"] == PIPELINE_VERSION, HINT


def test_results_are_what_they_were(then, now):
    assert list(now) == list(then["rows"])
    for name, old in then["rows"].items():
        new = now[name]
        exact = [key for key in old if key not in ("regions", "edited_fraction", "picture")]
        assert {key: new[key] for key in exact} == {key: old[key] for key in exact}, (name, HINT)
        assert new["edited_fraction"] == pytest.approx(old["edited_fraction"], abs=0.005), (name, HINT)
        assert [r[:3] for r in new["regions"]] == [r[:3] for r in old["regions"]], (name, HINT)
        for a, b in zip(new["regions"], old["regions"], strict=True):
            assert a[3] == pytest.approx(b[3], abs=SCORE), (name, HINT)
            assert a[4] == pytest.approx(b[4], abs=BOX), (name, HINT)
        assert (new["picture"] is None) == (old["picture"] is None), (name, HINT)
        if old["picture"] is not None:
            a, b = (np.frombuffer(bytes.fromhex(row["picture"]), np.uint8) for row in (new, old))
            assert np.abs(np.subtract(a, b, dtype=float)).max() <= LEVEL, (name, HINT)
