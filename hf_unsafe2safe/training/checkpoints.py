"""Checkpoints on disk: whole or not there, safetensors and JSON only.

A checkpoint is written beside its place and renamed when all of it is on the disk. One that cannot be read is
passed over, and the one before it is taken.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import TrainingError
from ..storage.output import remove

log = logging.getLogger(__name__)

STATE, _NAME = "state.json", re.compile(r"step-(\d{9})")


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to go on after a step as if nothing had happened.

    Args:
        step: Updates that were made.
        tensors: Name of a file -> its tensors by name: `weights`, `ema`, `optimizer`, `random`.
        state: Plain values.
    """

    step: int
    tensors: Mapping[str, Mapping[str, Any]] = field(repr=False)
    state: Mapping[str, Any] = field(repr=False)


def place_of(root: Path, step: int) -> Path:
    """Return the folder of the checkpoint of a step."""
    return root / f"step-{step:09d}"


def write(root: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        TrainingError: The disk does not take it; earlier ones are as they were.
    """
    from safetensors.torch import save

    place = place_of(root, checkpoint.step)
    part = root / f".{place.name}.part"
    try:
        remove(part)
        part.mkdir(mode=0o700, parents=True)
        digests = {}
        for name, tensors in checkpoint.tensors.items():
            data = save({key: value.detach().cpu().contiguous() for key, value in tensors.items()})
            _write(part / f"{name}.safetensors", data)
            digests[name] = hashlib.sha256(data).hexdigest()
        values = {"step": checkpoint.step, "sha256": digests, "state": checkpoint.state}
        _write(part / STATE, json.dumps(values).encode())
        remove(place)
        os.replace(part, place)
        _sync_folder(root)
    except OSError as error:
        _forget(part)
        last = latest_step(root)
        raise TrainingError(
            f"The checkpoint of step {checkpoint.step} cannot be written: {error.strerror}. "
            + (f"That of step {last} is good." if last is not None else "There is none before it."),
            hint="Make room on the disk, then run the same again: it goes on from there.",
        ) from None


def latest(root: Path) -> Checkpoint | None:
    """Return the last checkpoint that can be read; None where there is none."""
    for step in reversed(steps(root)):
        found = read(root, step)
        if found is not None:
            return found
        log.warning("The checkpoint of step %d is damaged; the one before it is taken.", step)
    return None


def read(root: Path, step: int) -> Checkpoint | None:
    """Return the checkpoint of a step; None where it is not there or not whole."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    place, tensors = place_of(root, step), {}
    try:
        values = json.loads((place / STATE).read_text("utf-8"))
        for name, digest in values["sha256"].items():
            data = (place / f"{name}.safetensors").read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                return None
            tensors[name] = load(data)
        return Checkpoint(int(values["step"]), tensors, values["state"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, SafetensorError):
        return None


def steps(root: Path) -> list[int]:
    """Return the steps that there are checkpoints of, in order; whether they can be read is not looked at."""
    names = [path.name for path in root.glob("step-*")] if root.is_dir() else []
    return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))


def latest_step(root: Path) -> int | None:
    """Return the last step that there is a checkpoint of."""
    return max(steps(root), default=None)


def prune(root: Path, keep: int, best: int | None) -> None:
    """Remove all checkpoints but the last ones and the best one, and what killed runs left."""
    kept = {*steps(root)[-max(1, keep) :], best}
    for step in steps(root):
        if step not in kept:
            remove(place_of(root, step))
    for part in root.glob(".step-*.part"):
        remove(part)


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget(part: Path) -> None:
    try:
        remove(part)
    except OSError:
        log.warning("What was written of a checkpoint cannot be removed.")
