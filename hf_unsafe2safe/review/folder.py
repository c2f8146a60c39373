"""The review folder: it shows originals, so it is for its owner only and lies where nothing is published."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError
from ..storage.output import overlap

IMAGES = "images"


def check_new_folder(output: Path, **others: Path | None) -> None:
    """Raise unless a folder is new or empty and lies apart from others; nothing is touched.

    Args:
        output: The folder; it may not exist yet.
        **others: What it must not lie in, nor hold, by what it is called in a message; None is skipped.

    Raises:
        ConfigError: It is a file, holds something, or overlaps with another.
    """
    for name, other in others.items():
        if other is not None and overlap(output, other):
            raise ConfigError(
                f"The output folder and the {name} lie inside each other.", hint="Name a folder elsewhere."
            )
    if output.exists() and not output.is_dir():
        raise ConfigError("The output is not a folder.", hint="Name a new folder.")
    if output.exists() and any(output.iterdir()):
        raise ConfigError("The output folder is not empty.", hint="Name a new folder.")


@contextmanager
def private_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder, for its owner only, with a folder for images; an error empties it again."""
    created = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / IMAGES).mkdir(mode=0o700)
        write_private(folder / ".gitignore", b"*\n")  # neither git nor `upload_folder` takes any of it
    except OSError as error:
        raise ConfigError(f"The output folder cannot be written: {error.strerror}.") from None
    finished = False
    try:
        yield folder
        finished = True
    finally:
        if not finished:
            _empty(folder)
            if created:
                folder.rmdir()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
