"""A dataset repo as it is, before anything is written to it."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import HfApi, RepoFile
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

from ...errors import DatasetError, PublishError
from ..asking import ask
from ..published import PUBLISHED, Published, read_published

Info = tuple[str, bool, str | bool]  # last commit, private, gated

CARD = "README.md"
MAIN = "main"


@dataclass(frozen=True)
class Repo:
    """What is there.

    Args:
        id: `owner/name`.
        exists: Whether there is such a repo.
        private: Whether only its owner sees it.
        gated: `auto`, `manual` or False.
        branch: The branch that was asked for, whether it exists or not.
        has_branch: Whether it does.
        head: Its last commit, that of `main` where the branch does not exist.
        published: What it says of itself; None where it holds no sanitized dataset.
        card: README.md; None for none.
        files: Path -> sha256 of what is stored as LFS, else "".
        retracted: Row keys that were taken down, on the branch or on main.
        key_check: Of the key of the row keys, of main before that of the branch.
    """

    id: str
    exists: bool
    private: bool = True
    gated: str | bool = False
    branch: str = MAIN
    has_branch: bool = False
    head: str | None = None
    published: Published | None = None
    card: str | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)  # of PUBLISHED, as it is stored
    files: Mapping[str, str] = field(default_factory=dict)
    retracted: frozenset[str] = frozenset()
    key_check: str = ""


def open_repo(api: HfApi, repo_id: str, branch: str = MAIN) -> Repo:
    """Return a repo as it is.

    Raises:
        PublishError: The Hub does not give it, or its `unsafe2safe.json` cannot be read.
    """

    def info(revision: str | None) -> Info | None:
        try:
            found = api.dataset_info(repo_id, revision=revision)
        except RevisionNotFoundError:
            return None
        return str(found.sha), bool(found.private), found.gated or False

    main = ask("look at the repo", lambda: _none_without(lambda: info(None)))
    if main is None:
        return Repo(repo_id, exists=False, branch=branch)
    wanted = main if branch == MAIN else ask("look at the branch", lambda: info(branch))
    head, private, gated = (wanted or main)[0], main[1], main[2]
    card = text_of(api, repo_id, CARD, head)
    text = text_of(api, repo_id, PUBLISHED, head)
    published = _published(text)
    first = published if head == main[0] else _published(text_of(api, repo_id, PUBLISHED, main[0]))
    said = [one for one in (first, published) if one is not None]
    return Repo(
        repo_id,
        True,
        private,
        gated,
        branch,
        wanted is not None,
        head,
        published,
        card,
        text,
        repo_files(api, repo_id, head),
        frozenset(key for one in said for key in one.retracted),
        next((one.key_check for one in said if one.key_check), ""),
    )


def _published(text: str | None) -> Published | None:
    try:
        return None if text is None else read_published(text)
    except DatasetError as error:
        raise PublishError(error.message, hint="Name another repo, or remove that file there.") from None


def repo_files(api: HfApi, repo_id: str, revision: str) -> dict[str, str]:
    """Return every file of a repo: path -> sha256 of what is stored as LFS, else ""."""
    tree = ask(
        "list the files of the repo",
        lambda: list(api.list_repo_tree(repo_id, recursive=True, revision=revision, repo_type="dataset")),
    )
    return {one.path: one.lfs.sha256 if one.lfs else "" for one in tree if isinstance(one, RepoFile)}


def _none_without(call: Callable[[], Info | None]) -> Info | None:
    try:
        return call()
    except RepositoryNotFoundError as error:
        # The Hub says 401 for a repo that does not exist when there is no valid token.
        if getattr(error.response, "status_code", None) == 401:
            raise
        return None


def text_of(api: HfApi, repo_id: str, name: str, revision: str) -> str | None:
    """Return a text file at a commit, None where there is none; nothing is left in a cache."""

    def read() -> str | None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                path = api.hf_hub_download(
                    repo_id, name, repo_type="dataset", revision=revision, local_dir=folder
                )
            except RemoteEntryNotFoundError:  # its base class is raised too when the Hub does not answer
                return None
            return Path(path).read_text(encoding="utf-8")

    return ask(f"read {name}", read)
