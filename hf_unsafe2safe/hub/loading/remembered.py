"""What was loaded by name before, so that the same name finds it again without a network.

Only where it lies is kept here; what it says of itself is in the cache of the Hub, the rows in that of
`datasets`. Whoever empties these loses nothing but time.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from ...storage.output import write_text
from ...storage.store import cache_folder

logger = logging.getLogger(__name__)

FILE = "by-name.json"
MOST = 1_000  # the newest that are kept


@dataclass(frozen=True)
class Place:
    """Where `datasets` keeps what a builder prepared: the parts of a folder's name.

    Args:
        repo_id: Of the Hub; empty for what was made on this machine.
    """

    repo_id: str
    dataset_name: str
    config_id: str
    version: str
    hash: str


@dataclass(frozen=True)
class Remembered:
    """One thing that was loaded.

    Args:
        name: What was asked for, with `config` and `revision`.
        made_with: Digest of the sanitizer that made it here; empty for what was published.
        repo_id: The published dataset, empty for what was made here.
        commit: Of `repo_id`.
    """

    name: str
    config: str | None
    revision: str | None
    place: Place
    made_with: str = ""
    repo_id: str = ""
    commit: str = ""


def remember(loaded: Remembered) -> None:
    """Note what was loaded. Nobody needs it to go on: where it cannot be written, only a log line says so."""
    try:
        folder = cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(folder / f".{FILE}.lock", timeout=10, mode=0o600):
            others = [value for value in _values() if value != asdict(loaded)]
            text = json.dumps([asdict(loaded), *others][:MOST], indent=1)
            write_text(folder / FILE, text, private=True)  # it tells what its owner works with
    except OSError as error:
        logger.info("What was loaded cannot be noted for offline use: %s", error.strerror or "it is in use")


def recall(name: str, config: str | None, revision: str | None) -> Iterator[Remembered]:
    """Yield what was loaded for the same call before, the newest first."""
    for value in _values():
        try:
            found = Remembered(**{**value, "place": Place(**value["place"])})
        except (TypeError, KeyError):  # of another version
            continue
        if (found.name.lower(), found.config, found.revision) == (name.lower(), config, revision):
            yield found


def _values() -> list[Any]:
    try:
        values = json.loads((Path(cache_folder()) / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return values if isinstance(values, list) else []
