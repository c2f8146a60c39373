"""Figures of a run: always in `log.jsonl`, on request in trackers. Never texts, pictures or paths."""

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigError, MissingExtraError
from ..storage.output import write_text

LOG = "log.jsonl"
# Tracker -> the module it needs and how to get it.
TRACKERS: Mapping[str, tuple[str, str]] = {
    "tensorboard": ("tensorboard", 'pip install "hf-unsafe2safe[train]"'),
    "trackio": ("trackio", "pip install trackio"),
    "wandb": ("wandb", "pip install wandb"),
}


def check_trackers(names: Sequence[str]) -> None:
    """Raise unless all trackers can be used.

    Raises:
        ConfigError: There is no such tracker.
        MissingExtraError: It is not installed.
    """
    for name in names:
        if name not in TRACKERS:
            raise ConfigError(f"There is no tracker '{name}'.", hint=f"Known: {', '.join(TRACKERS)}.")
        module, line = TRACKERS[name]
        if find_spec(module) is None:
            raise MissingExtraError(f"log_with: {name} needs {module}.", hint=line)


class Log:
    """The lines of a run, of the main process.

    Args:
        folder: Of the run.
        accelerator: Of accelerate, with its trackers.
    """

    def __init__(self, folder: Path, accelerator: Any) -> None:
        self._path, self._accelerator = folder / LOG, accelerator

    def cut(self, step: int) -> None:
        """Forget what was logged after a step: it is done again."""
        kept = [line for line in read_log(self._path.parent) if line["step"] <= step]
        write_text(self._path, "".join(json.dumps(line) + "\n" for line in kept))

    def write(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **figures}) + "\n")
        self._accelerator.log(dict(figures), step=step)


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run; one that a kill cut short is left out."""
    lines = []
    path = Path(folder) / LOG
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
