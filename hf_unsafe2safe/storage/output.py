"""The output folder: what may be replaced, and how a finished result takes its place.

A result is built in the hidden folder `.unfinished` inside it, `manifest.json` last. From then on it is
finished: moving it to its place can be repeated until it is done, and the manifest moves last. What was
there before stays until then.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import ConfigError
from .shards import FOLDERS, Shard

MANIFEST = "manifest.json"
STAGING = ".unfinished"
RESULT = "result"  # in it: what is finished but not yet in its place
# What git and `upload_folder` must leave on this machine, even where nobody thinks of it.
IGNORED = "/private/\n/contact_sheet*\n/report*\n/.unfinished*\n"

JUDGED = ("evaluation.json", "evaluation.md", "report-evaluation.html")  # what `evaluate` adds to a result
_PARTS = (".gitignore", "private", "data", "README.md", MANIFEST)  # in the order in which they are moved


def check_output(output: Path, source: Path | None) -> None:
    """Raise unless a result may be written to a folder, for all that is in it; nothing is touched.

    Args:
        output: The folder; it may not exist yet.
        source: Where the originals are on this machine, None when elsewhere.

    Raises:
        ConfigError: It is a file, holds something that we did not write, or is one with the source.
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
    lock = {output_lock(output).name}  # of another run that begins just now
    if there - lock and STAGING not in there and not is_result(output):
        raise ConfigError(
            "The output folder holds something that unsafe2safe did not write, so nothing was overwritten.",
            hint="Name another folder, or empty this one yourself.",
        )


def is_result(folder: Path) -> bool:
    """Return whether a folder holds a finished result of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"schema_version", "config_digest", "package_version"} <= found.keys()


@contextmanager
def staged(output: Path) -> Iterator[Path]:
    """Give a folder to build a result in; leaving it without an error moves the result to its place.

    It gets `data` and `private`, the latter for its owner only; the caller adds README.md and the manifest.
    """
    result = make_staging(output) / RESULT
    remove(result)
    result.mkdir(mode=0o700)
    (result / ".gitignore").write_text(IGNORED)
    for name, mode, _ in FOLDERS:
        (result / name).mkdir(mode=mode)
    try:
        yield result
    except BaseException:
        remove(result)
        raise
    commit(output)


@contextmanager
def scratch(output: Path) -> Iterator[Path]:
    """Give a folder for shards that nobody goes on with: an error leaves nothing of it behind."""
    created = not output.exists()
    folder = make_staging(output) / "scratch"
    remove(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        remove(folder)
        with suppress(OSError):
            (output / STAGING / ".gitignore").unlink(missing_ok=True)
            for empty in (output / STAGING, output) if created else (output / STAGING,):
                empty.rmdir()  # raises where it is not empty


def make_staging(output: Path) -> Path:
    """Make the folder in which results are built; like all that is in it, it is for its owner only.

    Raises:
        ConfigError: The disk refuses.
    """
    staging = output / STAGING
    try:
        output.mkdir(parents=True, exist_ok=True)
        staging.mkdir(mode=0o700, exist_ok=True)
        (staging / ".gitignore").write_text("*\n")  # it holds private rows
    except OSError as error:
        raise ConfigError(f"The output folder cannot be written: {error.strerror}.") from None
    return staging


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold a lock file, which is removed at the end; the system lets go of it when this process dies.

    Raises:
        ConfigError: Another run holds it.
    """
    held = FileLock(lock, timeout=0, mode=0o600)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except Timeout:  # an OSError itself
        raise ConfigError(
            "Another run is writing to this output folder.", hint="Wait for it, or name another folder."
        ) from None
    except OSError as error:
        raise ConfigError(f"The output folder cannot be written: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        held.release()


def output_lock(output: Path) -> Path:
    """Return the lock of an output folder as a whole: for all that moves or removes things in it."""
    return output / f"{STAGING}.lock"


def commit(output: Path) -> None:
    """Move a finished result to its place; nothing happens where there is none. The caller holds the lock.

    Raises:
        ConfigError: Files that we did not write are in the way.
    """
    old = output / f"{STAGING}.old"
    remove(old)  # of a run that was killed in its last moment
    staging = output / STAGING
    result, replaced = staging / RESULT, staging / "replaced.json"
    if not (result / MANIFEST).is_file():
        if is_result(output) and result.is_dir() and not any(result.iterdir()):  # all but the last was done
            os.replace(staging, old)
            remove(old)
        return
    # Those that are not there were moved by a run that was killed.
    names = [name for name in _PARTS if (result / name).exists()]
    if is_result(output):
        os.replace(output / MANIFEST, replaced)  # until the last move the folder counts as unfinished
    elif not replaced.exists() and (foreign := [n for n in names if (output / n).exists()]):
        raise ConfigError(
            f"The output folder holds files that unsafe2safe did not write: {', '.join(foreign)}.",
            hint="Move them away, then run the same again: the result is finished.",
        )
    for name in JUDGED:  # they speak of the result that is replaced
        remove(output / name)
    for name in names:
        remove(output / name)
        os.replace(result / name, output / name)
    os.replace(staging, old)
    remove(old)


def assemble(parts: Iterable[tuple[Path, Shard]], result: Path) -> dict[str, str]:
    """Give the shards of all parts their names in a result, without a copy where the disk can do that.

    Args:
        parts: Every shard with the folder that it is in, in the order of the rows.
        result: Folder of the result.

    Returns:
        Name of each public file -> its sha256.
    """
    by_split: dict[str, list[tuple[Path, Shard]]] = {}
    for folder, shard in parts:
        by_split.setdefault(shard.split, []).append((folder, shard))
    files = {}
    for split, members in by_split.items():
        for i, (folder, shard) in enumerate(members):
            name = f"{split}-{i:05d}-of-{len(members):05d}.parquet"
            for path, (place, mode, _) in zip(shard.paths(folder), FOLDERS, strict=True):
                target = result / place / name
                target.parent.mkdir(mode=mode, parents=True, exist_ok=True)
                link(path, target)
            files[name] = shard.sha256[0]
    return files


def link(path: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows no second names."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS):
            raise
        shutil.copy2(path, target)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write a text file, whole or not at all, that is on the disk when this returns."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def overlap(a: Path, b: Path) -> bool:
    """Return whether one folder lies in the other, or is it."""
    a, b = a.resolve(), b.resolve()
    return a == b or a in b.parents or b in a.parents


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it; nothing happens where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
