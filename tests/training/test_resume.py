"""A run that is killed goes on as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from hf_unsafe2safe.training.logs import read_log

pytestmark = pytest.mark.slow  # each process imports torch; what is lost in one is tested in test_trainer.py
ROOT = Path(__file__).parents[2]
OPTIONS = {
    "steps": 12,
    "checkpoint_every": 3,
    "validate_every": 6,
    "ema_decay": 0.9,
    "optimizer": "prodigy",
    "learning_rate": 1.0,
    "schedule": "cosine",
    "log_every": 2,  # so that a line has steps of before and after a checkpoint
}


def run(triplets, output, kill="", processes=1, **options):
    """Train in a process, or in several; return its exit code."""
    return start(triplets, output, kill, processes, **options).wait()


def start(triplets, output, kill="", processes=1, **options):
    more = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", "-m"]
    where = [*(more if processes > 1 else ["-m"]), "tests.training.run_fake"]
    given = [str(triplets), str(output), json.dumps({**OPTIONS, **options}), kill]
    env = {**os.environ, "ACCELERATE_USE_CPU": "true"}
    return subprocess.Popen(
        [sys.executable, *where, *given],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A shell that starts the tests in the background would have Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def curve(output):
    """Return the log without what depends on the clock."""
    return [{k: v for k, v in line.items() if k != "images_a_second"} for line in read_log(output)]


def weights(output):
    return load_file(output / "editor" / "model.safetensors")


def same(one, other):
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(a[name].equal(b[name]) for name in a)


@pytest.fixture(scope="module")
def undisturbed(triplets, tmp_path_factory):
    output = tmp_path_factory.mktemp("undisturbed") / "run"
    assert run(triplets, output) == 0
    return output


def test_killed_within_a_checkpoint(triplets, undisturbed, tmp_path):
    # Of step 6 only a part of the files is written.
    assert run(triplets, tmp_path / "run", "file:6") == -signal.SIGKILL
    assert run(triplets, tmp_path / "run") == 0
    assert curve(tmp_path / "run") == curve(undisturbed)
    assert same(tmp_path / "run", undisturbed)


@pytest.mark.parametrize(
    "kill",
    [
        "step:2",  # before the first checkpoint
        "step:8",  # between two of them
        "rename:9",  # all is written, and not yet in its place
        "file:12",  # the last one
    ],
)
def test_killed_anywhere(triplets, undisturbed, tmp_path, kill):
    assert run(triplets, tmp_path / "run", kill) == -signal.SIGKILL
    assert run(triplets, tmp_path / "run") == 0
    assert curve(tmp_path / "run") == curve(undisturbed)
    assert same(tmp_path / "run", undisturbed)


def test_killed_at_random_moments(triplets, undisturbed, tmp_path):
    source = random.Random(0)
    kills = 0
    for _ in range(6):
        process = start(triplets, tmp_path / "run")
        time.sleep(source.uniform(3, 8))
        process.kill()
        kills += process.wait() != 0
    assert kills
    assert run(triplets, tmp_path / "run") == 0
    assert curve(tmp_path / "run") == curve(undisturbed)
    assert same(tmp_path / "run", undisturbed)


def test_ctrl_c_leaves_a_checkpoint_of_the_step_in_hand(triplets, tmp_path):
    process = start(triplets, tmp_path / "run", steps=100_000, checkpoint_every=90_000, validate_every=0)
    log = tmp_path / "run" / "log.jsonl"
    while not log.is_file() or len(log.read_text().splitlines()) < 3:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) != 0
    (kept,) = (tmp_path / "run" / "checkpoints").iterdir()
    assert int(kept.name.removeprefix("step-")) >= 6


def test_two_processes_do_what_one_does(triplets, tmp_path):
    # Gradients are summed in another order: equal up to rounding, which AdamW magnifies where one is near 0.
    options = {"optimizer": "adamw", "learning_rate": 1e-3, "batch_size": 5}  # 3 and 2 examples
    assert run(triplets, tmp_path / "one", **options) == 0
    assert run(triplets, tmp_path / "two", processes=2, **options) == 0
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 2e-5
    for a, b in zip(curve(tmp_path / "one"), curve(tmp_path / "two"), strict=True):
        assert a.keys() == b.keys()
        assert all(a[name] == pytest.approx(b[name], rel=1e-4, abs=1e-6) for name in a)
    # And what two began one finishes.
    assert run(triplets, tmp_path / "mixed", "step:8", processes=2, **options) != 0
    assert run(triplets, tmp_path / "mixed", **options) == 0
    found = weights(tmp_path / "mixed")
    assert max(float((one[name] - found[name]).abs().max()) for name in one) < 2e-5
