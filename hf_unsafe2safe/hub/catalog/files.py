"""The two catalogs in files: the user's own, and the one that comes with the package."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from ...errors import ConfigError
from ...storage.output import write_text
from ..keys import settings_folder
from .entries import Entry, parse, text_of

FILE = "catalog.yaml"
OWN, SHIPPED = "your catalog", "the shipped catalog"


def entries() -> Iterator[tuple[str, Entry]]:
    """Yield where each entry comes from, `OWN` or `SHIPPED`, and the entry; the user's own first.

    Raises:
        ConfigError: A catalog is damaged or cannot be read.
    """
    yield from ((OWN, entry) for entry in _own())
    shipped = files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    yield from ((SHIPPED, entry) for entry in parse(shipped, "The shipped catalog"))


def add(entry: Entry) -> None:
    """Put an entry at the top of the user's own catalog; one of the same source and configuration goes.

    Comments in the file are lost.

    Raises:
        ConfigError: The catalog is damaged, or cannot be written.
    """
    others = [e for e in _own() if (e.source.lower(), e.config) != (entry.source.lower(), entry.config)]
    path = _path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(path, text_of([entry, *others]), private=True)  # it tells what its owner works with
    except OSError as error:
        raise ConfigError(
            f"Your catalog cannot be written: {error.strerror}.", hint="Set UNSAFE2SAFE_SETTINGS to a folder."
        ) from None


def _path() -> Path:
    return settings_folder() / FILE


def _own() -> tuple[Entry, ...]:
    try:
        text = _path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(
            f"Your catalog cannot be read: {reason}.", hint="Correct it, or remove it."
        ) from None
    return parse(text, "Your catalog")
