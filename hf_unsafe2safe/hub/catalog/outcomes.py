"""What comes of the checks of a repo, for people: one line a configuration."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import PublishError
from ..loading.trust import RefusedError, Wanted, checked, read_repo

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Outcome:
    """Whether a configuration of a repo passes the checks, all but those of its rows.

    Args:
        config: Its name; empty where the repo has none.
        about: What it is, or why it is refused.
    """

    config: str
    passed: bool
    about: str


def outcomes(api: "HfApi", repo_id: str, revision: str | None, wanted: Wanted) -> tuple[Outcome, ...]:
    """Return what comes of the checks of a repo: of the wanted configuration, or of each where none is.

    Args:
        api: The Hub.
        repo_id: The repo.
        revision: Branch, tag or commit of it; None for `main`.
        wanted: What it is held against.
    """
    try:
        repo = read_repo(api, repo_id, revision)
    except PublishError as error:
        return (Outcome(wanted.config or "", False, error.message),)
    known = sorted(repo.published.configs) if repo.published and not wanted.config else ()
    found = []
    for name in known or (wanted.config or "",):
        try:
            _, config = checked(api, repo, replace(wanted, config=name))
            policy, rows = config.config["policy"].get("name"), sum(config.published.values())
            found.append(Outcome(name, True, f"policy '{policy}', {rows:,} rows"))
        except (RefusedError, PublishError) as error:
            found.append(Outcome(name, False, error.message))
    return tuple(found)
