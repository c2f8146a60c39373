"""Where a published configuration comes from, and what the licence of that allows."""

import re

from ...sources import IN_MEMORY, LOCAL
from ..licences import forbids_derivatives, hub_licences
from ..published import PublishedConfig
from .markdown import code, escaped, warning

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_NOWHERE = {
    LOCAL: "files of the publisher that are not on the Hub",
    IN_MEMORY: "a dataset that the publisher had in Python",
}

_UNKNOWN = """**Its licence is not known.** The images remain under the terms of the source: find out what
they allow before you use or share them."""

_FORBIDS = """**The licence of the source forbids derivatives**, and edited images are derivatives.
> Without the consent of those who hold the rights they may not be shared."""


def hub_id(config: PublishedConfig) -> str:
    """Return the source's id on the Hub; empty for others."""
    name = config.source.partition("@")[0]
    return name if _HUB_ID.fullmatch(name) and name not in _NOWHERE else ""


def link(dataset: str) -> str:
    """Return the link to the page of a dataset, from within the Hub."""
    return f"[{escaped(dataset)}](/datasets/{dataset})"


def source(config: PublishedConfig) -> str:
    """Return what was the source, at which revision, and its licence."""
    revision = config.source.partition("@")[2]
    at = f" at {code(revision)}" if revision else ""
    found = hub_id(config)
    where = f"{link(found)}{at}" if found else _NOWHERE.get(config.source, code(config.source))
    rows = f", the first {config.limit:,} rows of every split" if config.limit else ""
    text = f"Made from {where}{rows}."
    licence = config.source_licence.strip()
    if not licence or licence.casefold() == "unknown":
        return f"{text} {_UNKNOWN}"
    text += f" Its licence: {code(licence)}; the images remain under it."
    if forbids_derivatives(licence):
        return f"{text}\n\n{warning(_FORBIDS)}"
    known = hub_licences(licence)
    return text if known else f"{text} It is none that the Hub knows by name: read it before you use them."
