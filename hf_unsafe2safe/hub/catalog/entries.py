"""A catalog as text: a YAML list of sources and their safe variants."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

import yaml

from ...errors import ConfigError

REPO_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9_][\w.-]{0,95})?")
_NAME = re.compile(r"[\w.-]{1,100}")
_REVISION = re.compile(r"[\w./-]{1,200}")


@dataclass(frozen=True)
class Entry:
    """A published safe variant of a dataset.

    Args:
        source: Hub id of the dataset.
        safe: Hub id of its safe variant.
        config: The configuration that this is about, of the same name in both; None for all.
        revision: Branch, tag or commit of the safe variant; None for `main`.

    Raises:
        ConfigError: One of them is no such name, or both ids are the same.
    """

    source: str
    safe: str
    config: str | None = None
    revision: str | None = None

    def __post_init__(self) -> None:
        """Check the names: they come from a file that people edit."""
        forms = {"source": REPO_ID, "safe": REPO_ID, "config": _NAME, "revision": _REVISION}
        for name, form in forms.items():
            value = getattr(self, name)
            optional = value is None and name in ("config", "revision")
            if not optional and not (isinstance(value, str) and form.fullmatch(value)):
                raise ConfigError(
                    f"Catalog: {name} cannot be {value!r}.",
                    hint="source and safe are Hub ids such as 'org/name'.",
                )
        if self.source.lower() == self.safe.lower():
            raise ConfigError("Catalog: source and safe are the same.", hint="Name the safe variant as safe.")

    def is_of(self, source: str, config: str | None) -> bool:
        """Return whether this is about a configuration of a source; None for whichever.

        Example:
            >>> Entry("org/raw", "org/safe", "small").is_of("Org/Raw", None)
            True
        """
        return self.source.lower() == source.lower() and (
            None in (config, self.config) or config == self.config
        )


def parse(text: str, what: str) -> tuple[Entry, ...]:
    """Return the entries of a catalog.

    Args:
        text: YAML.
        what: What it is, for messages: never a path.

    Raises:
        ConfigError: It is of another form.
    """
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise ConfigError(f"{what} is no valid YAML{where}.", hint="Correct it, or remove it.") from None
    if values is None:
        return ()
    if not isinstance(values, list):
        raise ConfigError(f"{what} must be a list of entries.", hint=_FORM)
    return tuple(_entry(value, what) for value in values)


def text_of(entries: Iterable[Entry]) -> str:
    """Return a catalog as YAML that `parse` reads."""
    values = [{k: v for k, v in asdict(entry).items() if v is not None} for entry in entries]
    return yaml.safe_dump(values, sort_keys=False)


_FORM = "An entry is {source: org/raw, safe: org/raw-safe}, and where needed config and revision."


def _entry(value: Any, what: str) -> Entry:
    known = {part.name for part in fields(Entry)}
    if not isinstance(value, dict) or not {"source", "safe"} <= value.keys() <= known:
        raise ConfigError(f"{what} has an entry of another form.", hint=_FORM)
    return Entry(**value)
