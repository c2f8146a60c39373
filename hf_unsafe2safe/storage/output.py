"""The output folder: what may be replaced, and how a finished result takes its place.

Everything is written in a hidden folder inside it and moved at the end, `manifest.json` last: a run that
is stopped leaves what was there before, and a folder with a manifest is complete.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ConfigError

MANIFEST = "manifest.json"
STAGING = ".unfinished"
# What git and `upload_folder` must leave on this machine, even where nobody thinks of it.
IGNORED = "private/\ncontact_sheet*\nreport*\n.unfinished/\n"

_PARTS = ("private", "data", "README.md", ".gitignore", MANIFEST)  # in the order in which they are moved


def check_output(output: Path, overwrite: bool, source: Path | None) -> None:
    """Raise unless a result may be written to a folder; nothing is touched.

    Args:
        output: The folder; it may not exist yet.
        overwrite: Whether an earlier result of ours may be replaced.
        source: Where the originals are on this machine, None when elsewhere.

    Raises:
        ConfigError: It is a file, holds something, or is one with the source.
    """
    if source is not None and overlap(output, source):
        raise ConfigError(
            "The output folder and the source lie inside each other.",
            hint="Name an output folder elsewhere: originals must not be written over.",
        )
    if not output.exists():
        return
    if not output.is_dir():
        raise ConfigError("The output is not a folder.", hint="Name a new folder.")
    there = set(os.listdir(output))
    if not there:
        return
    if not overwrite:
        raise ConfigError(
            "The output folder is not empty.",
            hint="Pass overwrite to replace an earlier result, or name another folder.",
        )
    if STAGING not in there and not _is_ours(output / MANIFEST):
        raise ConfigError(
            "The output folder holds something that unsafe2safe did not write, so nothing was overwritten.",
            hint="Name another folder, or empty this one yourself.",
        )


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """Give a folder to write a result to; leaving it without an error moves the result to its place.

    It gets `data` and `private`, the latter for its owner only; the caller adds README.md and the manifest.
    """
    created = not output.exists()
    staging = output / STAGING
    try:
        output.mkdir(parents=True, exist_ok=True)
        _remove(staging)
        staging.mkdir(mode=0o700)
        (staging / "data").mkdir()
        (staging / "private").mkdir(mode=0o700)
    except OSError as error:
        raise ConfigError(f"The output folder cannot be written: {error.strerror}.") from None
    try:
        yield staging
        (staging / ".gitignore").write_text(IGNORED)
        _remove(output / MANIFEST)  # from here until the last move the folder counts as unfinished
        for name in _PARTS:
            _remove(output / name)
            os.replace(staging / name, output / name)
    finally:
        _remove(staging)
        if created:
            with suppress(OSError):  # not empty: the result is there
                output.rmdir()


def write_text(path: Path, text: str) -> None:
    """Write a text file that is on the disk when this returns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _is_ours(manifest: Path) -> bool:
    try:
        found = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"schema_version", "config_digest", "package_version"} <= found.keys()


def overlap(a: Path, b: Path) -> bool:
    """Return whether one folder lies in the other, or is it."""
    a, b = a.resolve(), b.resolve()
    return a == b or a in b.parents or b in a.parents


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
