"""1,000 mutations of small real files a format: pixels or a reason of the closed list, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imaging.fuzz_seeds import FORMATS, seeds
from tests.imaging.fuzzing import check, mutation
from tests.imaging.imaging_samples import SECRET

COUNT = 1000
SEED = "2026"
# libtiff writes to stderr by itself what is wrong with a file's structure: names of codecs and numbers.
LIBTIFF = re.compile(r"(\w+|tempfile\.tif): [^\n]*")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_seed_opens_and_mutations_are_the_same_every_time(kind):
    assert {check(data) for data in seeds(kind)} <= {"opened", "kept"}
    assert [mutation(kind, SEED, i) for i in range(5)] == [mutation(kind, SEED, i) for i in range(5)]
    assert len({mutation(kind, SEED, i) for i in range(40)}) > 30


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_mutated_files(kind):
    command = [sys.executable, "-W", "error", "-m", "tests.imaging.fuzzing", kind, SEED, "0", str(COUNT)]
    run = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=False
    )
    *_, last = run.stdout.splitlines() or ["none"]
    where = f"{kind}, seed {SEED}, after mutation {last}: exit {run.returncode}\n{run.stderr[-3000:]}"
    assert run.returncode == 0, where
    strange = [line for line in run.stderr.splitlines() if kind != "TIFF" or not LIBTIFF.fullmatch(line)]
    assert strange == [], where
    assert SECRET not in run.stderr
    assert "'opened'" in last  # some mutations are harmless: the fuzz gets past the headers
    assert "'decode_error'" in last
