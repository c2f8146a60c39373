"""The folder of triplets: private, and there as a whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...storage.output import is_result, locked, overlap, remove
from .features import MANIFEST


def is_triplets(folder: Path) -> bool:
    """Return whether a folder holds triplets of ours, of any version."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and str(found.get("format", "")).startswith("unsafe2safe-triplets/")


def check_place(output: Path, others: tuple[Path | None, ...], *, overwrite: bool) -> None:
    """Raise where triplets may not be written; nothing is touched.

    Args:
        output: The folder; it may not exist yet.
        others: Folders of the result and of the originals, None for those that are elsewhere.
        overwrite: Earlier triplets may be replaced.

    Raises:
        ConfigError: It holds something else, or lies where something is published from.
    """
    if any(other is not None and overlap(output, other) for other in others):
        raise ConfigError(
            "The triplets and the datasets that they are made of lie inside each other.",
            hint="Name a folder elsewhere: triplets hold originals and are published nowhere.",
        )
    if any(is_result(folder) for folder in (output, *output.resolve().parents)):
        raise ConfigError(
            "The triplets would lie in a result.", hint="A result is published: name another folder."
        )
    if not output.exists():
        return
    if not output.is_dir():
        raise ConfigError("The output is not a folder.", hint="Name a new folder.")
    if any(output.iterdir()) and not (overwrite and is_triplets(output)):
        raise ConfigError(
            "There are triplets already."
            if is_triplets(output)
            else "The output folder holds something else.",
            hint="Pass overwrite=True to replace them." if is_triplets(output) else "Name a new folder.",
        )


@contextmanager
def building(output: Path) -> Iterator[Path]:
    """Give a folder beside the output, for its owner only; without an error it takes the output's place.

    A run that is killed leaves it without a manifest, hidden, and the next run removes it.

    Raises:
        ConfigError: The disk refuses, or another run writes there.
    """
    output = Path(os.path.abspath(output))
    part, old = (output.with_name(f".{output.name}.{end}") for end in ("unfinished", "old"))
    with locked(output.with_name(f".{output.name}.lock")):
        try:
            remove(part)
            part.mkdir(mode=0o700)
            (part / ".gitignore").write_text("*\n")  # neither git nor `upload_folder` may take any of it
            try:
                yield part
                remove(old)
                if output.exists():
                    os.replace(output, old)
                os.replace(part, output)
                remove(old)
            finally:
                remove(part)
        except OSError as error:
            raise ConfigError(f"The triplets cannot be written: {error.strerror}.") from None


def write_private(path: Path, values: dict[str, Any] | str) -> None:
    """Write a text or values as JSON, for the owner only."""
    text = values if isinstance(values, str) else json.dumps(values, indent=2) + "\n"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
