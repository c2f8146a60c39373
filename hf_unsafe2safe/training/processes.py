"""Where a run works: several processes that are one, their memory, their disk.

Import this only where torch is needed anyway.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..backends.local.loading import out_of_memory
from ..errors import ConfigError, TrainingError
from .checkpoints import latest_step
from .config import TrainConfig

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def make_accelerator(config: TrainConfig, output: Path) -> Any:
    """Return an `Accelerator` for a run, with its trackers.

    Raises:
        ConfigError: There are more processes than examples a batch, fp16 without a GPU, or DeepSpeed.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState
    from accelerate.utils import ProjectConfiguration

    options, trackers = config.optimization, list(config.run.log_with)
    AcceleratorState._reset_state()  # else a run has the precision of the one before it in this process
    accelerator = Accelerator(
        mixed_precision=options.mixed_precision,
        log_with=trackers or None,
        project_config=ProjectConfiguration(project_dir=str(output), logging_dir=str(output / "tensorboard")),
    )
    if accelerator.distributed_type.value == "DEEPSPEED":
        raise ConfigError(
            "DeepSpeed keeps its optimizer in files of its own, which are pickles.", hint="Take FSDP instead."
        )
    if options.batch_size < accelerator.num_processes:
        raise ConfigError(
            f"A batch of {options.batch_size} is too small for {accelerator.num_processes} processes.",
            hint="Each needs one: take a larger batch_size.",
        )
    if options.mixed_precision == "fp16" and accelerator.device.type == "cpu":
        raise ConfigError("mixed_precision fp16 needs a GPU.", hint="Take bf16 or no.")
    if trackers:
        accelerator.init_trackers("unsafe2safe-train")
    return accelerator


@contextmanager
def one_at_a_time(output: Path, accelerator: Any) -> Iterator[None]:
    """Hold the folder of a run.

    Raises:
        ConfigError: Another run works on it.
    """
    if not accelerator.is_main_process:
        yield
        return
    lock = FileLock(output / ".lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigError(
            "Another run works in this output folder.", hint="Wait for it, or name another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_sharded(accelerator: Any) -> bool:
    """Return whether a process has a part of the weights only."""
    return bool(accelerator.distributed_type.value == "FSDP")


def any_of(accelerator: Any, mine: bool) -> bool:
    """Return whether something is so in any process; all have to ask."""
    import torch

    if accelerator.num_processes == 1:
        return mine
    return bool(accelerator.reduce(torch.tensor(float(mine), device=accelerator.device), "sum") > 0)


@contextmanager
def exchanging(accelerator: Any, network: Any, last: bool) -> Iterator[None]:
    """Exchange gradients between processes after the last part of a batch only."""
    if last:
        yield
    else:
        with accelerator.no_sync(network):
            yield


@contextmanager
def agreed(accelerator: Any) -> Iterator[None]:
    """Wait for all processes; where one raises, all do."""
    error: Exception | None = None
    try:
        yield
    except (TrainingError, ConfigError, OSError) as raised:
        error = raised
    failed = any_of(accelerator, error is not None)
    if error is not None:
        raise error
    if failed:
        raise TrainingError("The main process could not write.", hint="Its own message says why.")


@contextmanager
def in_memory() -> Iterator[None]:
    """Say what to do where memory is out.

    Raises:
        ConfigError: It is.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise ConfigError(
            "A step does not fit into memory.",
            hint="Take a smaller micro_batch_size or side, gradient_checkpointing: true, or a LoRA.",
        ) from None


@contextmanager
def on_disk(checkpoints: Path) -> Iterator[None]:
    """Say what to do where a disk is full.

    Raises:
        TrainingError: It is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        last = latest_step(checkpoints)
        raise TrainingError(
            f"The disk is full: {error.strerror}. "
            + (f"The checkpoint of step {last} is good." if last else "There is no checkpoint yet."),
            hint="Make room, then run the same again: it goes on from there.",
        ) from None
