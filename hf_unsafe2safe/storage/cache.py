"""What the row store holds, and how it is emptied."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from ..errors import ConfigError
from .store import ENDING, PART, ROWS

_CONFIG, _FOLDER = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{2}")
_FILE = re.compile(rf"[0-9a-f]{{62}}\{ENDING}|\.[0-9a-f]{{16}}\{PART}")
_DAY = 86_400  # seconds
_STALE = 3_600  # seconds after which an unfinished file has no writer any more


@dataclass(frozen=True)
class Kept:
    """What is kept of one configuration.

    Args:
        digest: Of the configuration.
        rows: Finished rows.
        bytes: Their size, and that of unfinished files, in bytes.
        last: When one was written last, in seconds since 1970.
        parts: Files that a killed process left unfinished, or that are being written.
    """

    digest: str
    rows: int
    bytes: int
    last: float
    parts: int


def kept_rows(folder: Path) -> list[Kept]:
    """Return what a store holds by configuration, the latest first."""
    found = []
    for config in _folders(folder / ROWS, _CONFIG):
        sizes = [(path.suffix, *_size_and_time(path)) for path in _files(config)]
        parts = sum(suffix == PART for suffix, _, _ in sizes)
        last = max((at for _, _, at in sizes), default=0.0)
        found.append(Kept(config.name, len(sizes) - parts, sum(size for _, size, _ in sizes), last, parts))
    return sorted(found, key=lambda kept: -kept.last)


def clear_rows(folder: Path, *, digest: str | None = None, older_than_days: float | None = None) -> int:
    """Delete rows of a store and return how many; nothing that the store did not write is touched.

    Files that a killed process left unfinished go along once they are an hour old.

    Deleting is not erasing: what was on the disk can be there until it is written over.

    Args:
        folder: Of the store.
        digest: Only those of this configuration; None for all.
        older_than_days: Only those written longer ago; None for all, and then unfinished files too.

    Raises:
        ConfigError: No rows of such a configuration are kept.
    """
    configs = [c for c in _folders(folder / ROWS, _CONFIG) if digest in (None, c.name)]
    if digest is not None and not configs:
        raise ConfigError(
            "The store has no rows of this configuration.", hint="`unsafe2safe cache info` lists them."
        )
    before = float("inf") if older_than_days is None else time() - older_than_days * _DAY
    removed = 0
    for config in configs:
        for path in _files(config):
            _, at = _size_and_time(path)
            # An unfinished file may be written right now.
            if at < (before if path.suffix == ENDING else time() - _STALE):
                with suppress(FileNotFoundError):  # another process cleared it
                    path.unlink()
                    removed += path.suffix == ENDING
        for place in (*_folders(config, _FOLDER), config):
            with suppress(OSError):  # not empty
                place.rmdir()
    return removed


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if name.fullmatch(p.name) and p.is_dir() and not p.is_symlink())


def _files(config: Path) -> Iterator[Path]:
    for place in _folders(config, _FOLDER):
        yield from (path for path in place.iterdir() if _FILE.fullmatch(path.name))


def _size_and_time(path: Path) -> tuple[int, float]:
    with suppress(FileNotFoundError):
        stat = path.lstat()
        return stat.st_size, stat.st_mtime
    return 0, 0.0
