"""Safe variants that the Hub knows by their tags.

Anybody may put these tags on a card. Only what the owner of the source, or the user, published counts.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huggingface_hub import get_token

from ...errors import PublishError
from ..asking import ask
from ..published import TAG

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MOST = 100  # repos of one source that are looked at


@dataclass(frozen=True)
class Hit:
    """A repo whose card says that it is the safe variant of a source.

    Args:
        repo_id: The repo.
        trusted: Its owner is the owner of the source, or the user.
    """

    repo_id: str
    trusted: bool


def search(api: "HfApi", source: str) -> tuple[Hit, ...]:
    """Return the repos that say they are safe variants of a source, those that are trusted first.

    Raises:
        PublishError: The Hub does not answer.
    """
    tags = [TAG, f"source_datasets:{source}"]
    found = ask("search the Hub", lambda: [info.id for info in api.list_datasets(filter=tags, limit=MOST)])
    owners = {_owner(source)}
    if any(_owner(repo) not in owners for repo in found) and (user := _user(api)):
        owners.add(user.lower())
    hits = [Hit(repo, bool(_owner(repo)) and _owner(repo) in owners) for repo in sorted(set(found))]
    return tuple(sorted(hits, key=lambda hit: not hit.trusted))


def _owner(repo_id: str) -> str:
    return repo_id.rpartition("/")[0].lower()


def _user(api: "HfApi") -> str | None:
    """Return who is logged in; None for nobody, and where the Hub does not say."""
    if not (api.token or (api.token is None and get_token())):
        return None
    try:
        return str(ask("ask who is logged in", api.whoami)["name"])
    except PublishError:
        return None
