"""A folder of this machine for the files that will be uploaded."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import ConfigError, Unsafe2SafeError
from ...storage.output import locked
from ...storage.store import cache_folder

LOCK = ".lock"


@contextmanager
def push_folder() -> Iterator[Path]:
    """Give a folder of this user alone, which is removed afterwards; those of killed pushes go too.

    Raises:
        Unsafe2SafeError: It cannot be made.
    """
    place = cache_folder() / "publishing"
    folder = place / secrets.token_hex(8)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(place)
    except OSError as error:
        raise Unsafe2SafeError(f"The files to upload cannot be written: {reason(error)}.") from None
    with locked(folder.with_suffix(LOCK)):
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def reason(error: OSError) -> str:
    """Return why, without what pyarrow says of it: that names files."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _clear(place: Path) -> None:
    """Remove folders whose push does not run any more: the system let go of its lock."""
    for left in place.iterdir():
        if left.is_dir():
            with suppress(ConfigError), locked(left.with_suffix(LOCK)):
                shutil.rmtree(left, ignore_errors=True)
