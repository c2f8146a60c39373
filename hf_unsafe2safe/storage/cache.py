"""What is kept between runs, and how it is thrown away: finished rows, and looks of the evaluation."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from ..errors import ConfigError
from .store import ENDING, LOOK, LOOKS, PART, ROWS

_CONFIG, _FOLDER = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{2}")
_NAME, _UNFINISHED = re.compile(r"[0-9a-f]{62}"), re.compile(rf"\.[0-9a-f]{{16}}\{PART}")
_DAY = 86_400  # seconds
_STALE = 3_600  # seconds after which an unfinished file has no writer any more


@dataclass(frozen=True)
class Kind:
    """One kind of files: below `folder` a folder a configuration, 256 in each, then the files."""

    folder: str
    ending: str


FINISHED = Kind(ROWS, ENDING)
LOOKED = Kind(LOOKS, LOOK)


@dataclass(frozen=True)
class Kept:
    """What is kept of one configuration, or of one look of the evaluation.

    Args:
        digest: Of the configuration.
        rows: Finished rows, or images that were looked at.
        bytes: Their size, and that of unfinished files, in bytes.
        last: When one was written last, in seconds since 1970.
        parts: Files that a killed process left unfinished, or that are being written.
    """

    digest: str
    rows: int
    bytes: int
    last: float
    parts: int


def kept_rows(folder: Path, kind: Kind = FINISHED) -> list[Kept]:
    """Return what a store holds by configuration, the latest first."""
    found = []
    for config in _folders(folder / kind.folder, _CONFIG):
        sizes = [(path.suffix, *_size_and_time(path)) for path in _files(config, kind)]
        parts = sum(suffix == PART for suffix, _, _ in sizes)
        last = max((at for _, _, at in sizes), default=0.0)
        found.append(Kept(config.name, len(sizes) - parts, sum(size for _, size, _ in sizes), last, parts))
    return sorted(found, key=lambda kept: -kept.last)


def clear_rows(
    folder: Path, *, digest: str | None = None, older_than_days: float | None = None, kind: Kind = FINISHED
) -> int:
    """Delete rows of a store and return how many; nothing that the store did not write is touched.

    Files that a killed process left unfinished go along once they are an hour old.

    Deleting is not erasing: what was on the disk can be there until it is written over.

    Args:
        folder: Of the store.
        digest: Only those of this configuration; None for all.
        older_than_days: Only those written longer ago; None for all, and then unfinished files too.
        kind: Which files.

    Raises:
        ConfigError: No rows of such a configuration are kept.
    """
    configs = [c for c in _folders(folder / kind.folder, _CONFIG) if digest in (None, c.name)]
    if digest is not None and not configs:
        raise ConfigError(
            "The store has no rows of this configuration.", hint="`unsafe2safe cache info` lists them."
        )
    before = float("inf") if older_than_days is None else time() - older_than_days * _DAY
    removed = 0
    for config in configs:
        for path in _files(config, kind):
            _, at = _size_and_time(path)
            # An unfinished file may be written right now.
            if at < (before if path.suffix == kind.ending else time() - _STALE):
                with suppress(FileNotFoundError):  # another process cleared it
                    path.unlink()
                    removed += path.suffix == kind.ending
        for place in (*_folders(config, _FOLDER), config):
            with suppress(OSError):  # not empty
                place.rmdir()
    return removed


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if name.fullmatch(p.name) and p.is_dir() and not p.is_symlink())


def _files(config: Path, kind: Kind) -> Iterator[Path]:
    for place in _folders(config, _FOLDER):
        for path in place.iterdir():
            finished = path.suffix == kind.ending and _NAME.fullmatch(path.stem)
            if finished or _UNFINISHED.fullmatch(path.name):
                yield path


def _size_and_time(path: Path) -> tuple[int, float]:
    with suppress(FileNotFoundError):
        stat = path.lstat()
        return stat.st_size, stat.st_mtime
    return 0, 0.0
