"""Files go to the Hub ahead, then everything becomes visible with one commit, the card last in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import RevisionNotFoundError

from ...errors import PublishError
from ..asking import ConflictError, ask
from ..published import PUBLISHED, Published
from .repo import CARD, MAIN, Repo, open_repo, text_of
from .staging import Staged

Gated = Literal["auto", "manual"] | None
Progress = Callable[[int, int], None]  # files that are up, of how many


@dataclass(frozen=True)
class Target:
    """Where a push goes.

    Args:
        public: Everybody may see a new repo; an existing one stays as it is.
        gated: Who asks is let in automatically, or by hand; None leaves it.
        create_pr: Propose the commit instead of making it.
    """

    public: bool = False
    gated: Gated = None
    create_pr: bool = False


def prepare(api: HfApi, repo: Repo, target: Target) -> Repo:
    """Create the repo and the branch where they are missing, and return it as it is then.

    Who may see it is settled before any file goes there; it may have changed since it was read.

    Raises:
        PublishError: The Hub refuses.
    """
    if not repo.exists:
        ask(
            "create the repo",
            lambda: api.create_repo(repo.id, repo_type="dataset", private=not target.public, exist_ok=True),
        )
    if target.gated and repo.gated != target.gated:
        ask(
            "restrict the access",
            lambda: api.update_repo_settings(repo.id, repo_type="dataset", gated=target.gated),
        )
    if not repo.has_branch and repo.branch != MAIN:
        ask(
            "create the branch",
            lambda: api.create_branch(repo.id, repo_type="dataset", branch=repo.branch, exist_ok=True),
        )
    return open_repo(api, repo.id, repo.branch)


def push(
    api: HfApi,
    repo: Repo,
    target: Target,
    staged: Sequence[Staged],
    published: Published,
    card: str,
    message: str,
    progress: Progress | None = None,
) -> str | None:
    """Upload and commit; return the commit, or None where the repo holds all of it already.

    Interrupted anywhere and called again it does what is left: files that are up are not sent twice, and
    nothing is visible before the commit.

    Raises:
        ConflictError: Somebody else committed after `repo` was read.
        PublishError: The Hub refuses.
    """
    text = published.json()
    sha256 = {path: sha for part in staged for path, sha in part.sha256.items()}
    old = repo.published.files if repo.published else {}
    gone = [path for path in repo.files if path in old and path not in published.files]
    new = [path for path, sha in sha256.items() if repo.files.get(path) != sha]
    if not new and not gone and repo.text == text and repo.card == card:
        return None
    paths = {path: file for part in staged for path, file in part.paths.items()}
    additions = [CommitOperationAdd(path, str(paths[path])) for path in new]
    for i, addition in enumerate(additions):
        ask("upload a file", partial(_upload, api, repo, target, addition))
        if progress is not None:
            progress(i + 1, len(additions))
    if ask("look at the repo", lambda: api.dataset_info(repo.id)).private != repo.private:
        raise ConflictError("Who may see the repo was changed meanwhile.", hint="Publish again.")
    operations = [
        *additions,
        *(CommitOperationDelete(path) for path in gone),
        CommitOperationAdd(PUBLISHED, text.encode()),
        CommitOperationAdd(CARD, card.encode()),  # the last: what it tells of is there
    ]
    commit = partial(_commit, api, repo, target, operations, message)
    if target.create_pr:
        before = ask("list the pull requests", partial(_pulls, api, repo))
        return ask("propose it", lambda: _proposed(api, repo, text, before) or commit())
    return ask("commit", commit)


def _pulls(api: HfApi, repo: Repo) -> dict[str, str]:
    """Return every pull request and its last commit."""
    refs = api.list_repo_refs(repo.id, repo_type="dataset", include_pull_requests=True)
    return {pull.ref: pull.target_commit for pull in refs.pull_requests or ()}


def _proposed(api: HfApi, repo: Repo, text: str, before: Mapping[str, str]) -> str | None:
    """Return the address of the pull request that this push made, None where it made none yet.

    The answer to it may have been lost: who asks again must not get another. Older ones may be closed, or
    somebody else's.
    """
    for ref, commit in _pulls(api, repo).items():
        if ref not in before and text_of(api, repo.id, PUBLISHED, commit) == text:
            return f"{api.endpoint}/datasets/{repo.id}/discussions/{ref.rpartition('/')[2]}"
    return None


def _upload(api: HfApi, repo: Repo, target: Target, file: CommitOperationAdd) -> None:
    api.preupload_lfs_files(
        repo.id,
        [file],
        repo_type="dataset",
        revision=None if target.create_pr else repo.branch,
        create_pr=target.create_pr,
        free_memory=False,
    )
    if getattr(file, "_should_ignore", False):  # the client would leave it out of the commit in silence
        raise PublishError("The .gitignore of the repo covers data/.", hint="Correct it there.")


def _commit(api: HfApi, repo: Repo, target: Target, operations: list, message: str) -> str:  # type: ignore[type-arg]
    try:
        made = api.create_commit(
            repo.id,
            operations,
            commit_message=message,
            repo_type="dataset",
            revision=repo.branch,
            create_pr=target.create_pr,
            parent_commit=repo.head,
        )
    except ValueError as error:
        if isinstance(error, OSError | json.JSONDecodeError):  # an answer of the Hub, or of a proxy before it
            raise
        # Its message quotes the header.
        raise PublishError(
            "The Hub does not accept the header of the card.",
            hint="Correct what was added to the header of README.md there by hand.",
        ) from None
    return str(made.pr_url if target.create_pr else made.oid)


def tag(api: HfApi, repo_id: str, name: str, commit: str) -> None:
    """Let a tag name a commit, wherever it pointed before.

    Raises:
        PublishError: The Hub refuses.
    """
    refs = ask("list the tags", lambda: api.list_repo_refs(repo_id, repo_type="dataset"))
    there = {one.name: one.target_commit for one in refs.tags}
    if there.get(name) == commit:
        return
    if name in there:
        ask("move the tag", lambda: _remove_tag(api, repo_id, name))
    ask(
        "set the tag",
        lambda: api.create_tag(repo_id, tag=name, revision=commit, repo_type="dataset", exist_ok=True),
    )


def _remove_tag(api: HfApi, repo_id: str, name: str) -> None:
    with suppress(RevisionNotFoundError):  # it was removed, and the answer was lost
        api.delete_tag(repo_id, tag=name, repo_type="dataset")
