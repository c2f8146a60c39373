"""Trains the fake objective in a process of its own, which may kill itself, for tests of the training.

python -m tests.training.run_fake TRIPLETS OUTPUT OPTIONS KILL
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch

from hf_unsafe2safe.training import checkpoints
from hf_unsafe2safe.training.trainer import EditorTrainer
from tests.training.fake_objective import FakeObjective
from tests.training.samples import config


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    triplets, output, options, kill = sys.argv[1:]
    torch.set_num_threads(1)
    where, _, step = kill.partition(":")

    def progress(now, steps, figures):
        if where == "step" and now == int(step):
            die()

    if where in ("file", "rename"):
        write, replace = checkpoints._write, os.replace

        def writing(path, data):
            write(path, data)
            if f"step-{int(step):09d}" in str(path) and path.name.startswith("optimizer"):
                die()

        def replacing(source, target):
            if f"step-{int(step):09d}" in str(target):
                die()
            replace(source, target)

        if where == "file":
            checkpoints._write = writing
        else:
            checkpoints.os.replace = replacing
    made = config(Path(triplets), Path(output), **json.loads(options))
    EditorTrainer(made, objective=FakeObjective(), progress=progress).train()


if __name__ == "__main__":
    main()
