"""Published datasets that may stand for another one, as catalogs and the Hub name them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..catalog.files import entries
from ..catalog.search import search

if TYPE_CHECKING:
    from huggingface_hub import HfApi

FOUND = "search"  # where from: beside `catalog.files.OWN` and `SHIPPED`


@dataclass(frozen=True)
class Candidate:
    """A repo that may be the safe variant of a dataset.

    Args:
        where: Who says so: a catalog, or the search of the Hub.
        revision: Of the repo, None for `main`.
        config: The configuration it is about, None for whichever is asked for.
        trusted: False for what somebody else than the owner of the source or the user published.
    """

    repo_id: str
    where: str
    revision: str | None = None
    config: str | None = None
    trusted: bool = True


def candidates(api: "HfApi", name: str, config: str | None) -> Iterator[Candidate]:
    """Yield each repo once: of the user's own catalog, of the shipped one, then what the Hub finds by tags.

    Raises:
        ConfigError: A catalog is damaged.
        PublishError: The Hub does not answer the search; all that the catalogs name came before.
    """
    seen = set()
    for candidate in chain(_in_catalogs(name, config), _on_the_hub(api, name)):
        if candidate.repo_id.lower() not in seen:
            seen.add(candidate.repo_id.lower())
            yield candidate


def splits_in(split: Any) -> tuple[str, ...]:
    """Return the names of the splits that an argument of `load_dataset` names; none where it names all.

    Example:
        >>> splits_in("train[:10%]+test"), splits_in(None), splits_in("all")
        (('train', 'test'), (), ())
    """
    if not isinstance(split, str) or split == "all":  # `Split` and `NamedSplit` are texts or become one
        return ()
    names = (re.match(r"\s*([\w.]+)", part) for part in split.split("+"))
    return tuple(name[1] for name in names if name)


def _in_catalogs(name: str, config: str | None) -> Iterator[Candidate]:
    for where, entry in entries():
        if entry.is_of(name, config):
            yield Candidate(entry.safe, where, entry.revision, entry.config)


def _on_the_hub(api: "HfApi", name: str) -> Iterator[Candidate]:
    for hit in search(api, name):
        yield Candidate(hit.repo_id, FOUND, trusted=hit.trusted)
