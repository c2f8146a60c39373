"""Published datasets that may stand for another one, as catalogs and the Hub name them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from ...errors import DatasetError
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

    Raises:
        DatasetError: It is not of the form that `datasets` reads.

    Example:
        >>> splits_in("train[:10%]+test"), splits_in(["train", "test[5:]"]), splits_in(None), splits_in("all")
        (('train', 'test'), ('train', 'test'), (), ())
    """
    from datasets import ReadInstruction

    if isinstance(split, list | tuple | Mapping):
        parts = split.values() if isinstance(split, Mapping) else split
        return tuple(dict.fromkeys(name for part in parts for name in splits_in(part)))
    try:
        spec = "all" if split is None else ReadInstruction.from_spec(str(split)).to_spec()
    except ValueError:
        raise DatasetError(
            "split is of a form that `datasets` does not read.",
            hint="It is one such as 'train' or 'train[:10%]'.",
        ) from None
    return () if spec == "all" else tuple(part.partition("[")[0] for part in spec.split("+"))


def _in_catalogs(name: str, config: str | None) -> Iterator[Candidate]:
    for where, entry in entries():
        if entry.is_of(name, config):
            yield Candidate(entry.safe, where, entry.revision, entry.config)


def _on_the_hub(api: "HfApi", name: str) -> Iterator[Candidate]:
    for hit in search(api, name):
        yield Candidate(hit.repo_id, FOUND, trusted=hit.trusted)
