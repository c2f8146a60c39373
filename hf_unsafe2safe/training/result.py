"""The folder of a run, and what came out of it."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..storage.output import overlap, remove, write_text
from .config import TrainConfig

EDITOR, CHECKPOINTS, PRIVATE, RESULT = "editor", "checkpoints", "private", "training.json"
FORMAT = "unsafe2safe-training/1"
_OURS = {
    EDITOR,
    CHECKPOINTS,
    PRIVATE,
    RESULT,
    "log.jsonl",
    ".lock",
    ".gitignore",
    "tensorboard",
    ".editor.part",
    ".training.json.part",  # what a kill leaves
    ".log.jsonl.part",
}
# Only what is in `editor` may leave: checkpoints and latents know the originals.
_IGNORED = "/*\n!/editor/\n"
# These may differ when a run goes on: they say where and how often, not what is learnt.
MAY_DIFFER = frozenset(
    {
        *("output", "triplets", "cache", "model", "log_every", "log_with", "checkpoint_every"),
        *("keep_checkpoints", "validation_pictures", "micro_batch_size", "gradient_checkpointing", "save_as"),
    }
)


@dataclass(frozen=True)
class TrainResult:
    """What a run made.

    Args:
        editor: Folder that `Sanitizer(editor="NAME:FOLDER")` opens.
        steps: Updates that were made.
        best_step: Whose weights the editor has.
        figures: Of the validation of that step; empty where there is no validation split.
        skipped: Rows that were not learnt from, by reason.
    """

    editor: Path = field(repr=False)
    steps: int
    best_step: int
    figures: Mapping[str, float]
    skipped: Mapping[str, int]


def options_of(config: TrainConfig) -> dict[str, Any]:
    """Return all options by their flat names."""
    return {name: value for part in asdict(config).values() for name, value in part.items()}


def make_folder(output: Path, triplets: Path) -> None:
    """Make the folder of a run; one of an earlier run is kept as it is.

    Raises:
        ConfigError: It holds other things, lies in the triplets, or cannot be made.
    """
    if overlap(output, triplets):
        raise ConfigError("The output and the triplets lie inside each other.", hint="Name another folder.")
    try:
        output.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = set(os.listdir(output))
    except OSError as error:
        raise ConfigError(f"The output folder cannot be used: {error.strerror}.") from None
    if there - _OURS:
        raise ConfigError(
            "The output folder holds something that is of no training run.", hint="Name a new folder."
        )
    for name in (CHECKPOINTS, PRIVATE):
        (output / name).mkdir(mode=0o700, exist_ok=True)
    (output / ".gitignore").write_text(_IGNORED, encoding="utf-8")


def check_same(config: TrainConfig, before: Mapping[str, Any]) -> None:
    """Raise unless a run may go on with these options.

    Raises:
        ConfigError: It was begun with others, which the message names.
    """
    allowed = MAY_DIFFER | ({"steps"} if config.optimization.schedule == "constant" else set())
    now = json.loads(json.dumps(options_of(config)))
    differ = sorted(name for name in now if name not in allowed and now[name] != before.get(name))
    if differ:
        raise ConfigError(
            f"The run was begun with other options: {', '.join(differ)}.",
            hint="Give the same ones, or name another output folder.",
        )


def read_result(output: Path) -> dict[str, Any] | None:
    """Return what `training.json` of a finished run says; None where none is finished."""
    try:
        values = json.loads((output / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) and values.get("format") == FORMAT else None


def write_result(output: Path, values: Mapping[str, Any]) -> None:
    """Write `training.json`, the last file of a finished run."""
    write_text(output / RESULT, json.dumps({"format": FORMAT, **values}, indent=1), private=True)


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder by its path there; links are no files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_editor(output: Path, part: Path) -> None:
    """Move a finished editor to its place; an earlier one goes."""
    remove(output / EDITOR)
    os.replace(part, output / EDITOR)
