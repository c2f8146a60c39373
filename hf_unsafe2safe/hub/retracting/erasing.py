"""After rows left main: earlier commits, tags, and the stored files that held them are deleted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from huggingface_hub import GitRefs, HfApi

from ...errors import DatasetError
from ..asking import ask
from ..published import PUBLISHED, TAG, Published
from ..publishing.checking import HARMLESS
from ..publishing.pushing import tag
from ..publishing.repo import MAIN, repo_files
from .reading import Reader

_OURS = (*HARMLESS, PUBLISHED)  # files without rows


@dataclass
class Erased:
    """What was deleted.

    Args:
        files: Stored files that were deleted for ever.
        bytes: Their size.
        tags: Names of tags of earlier commits that were deleted.
        made: Names of tags that were set on the new commit.
        lost: Refs -> how many of their files held these rows and are gone; of main only files that
            `unsafe2safe.json` does not name.
        unchecked: Refs -> files that nobody can look into for these rows, which were left.
    """

    files: int = 0
    bytes: int = 0
    tags: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    unchecked: dict[str, int] = field(default_factory=dict)


def erase(api: HfApi, repo_id: str, published: Published) -> Erased:
    """Leave one commit, the tags of what it holds, and no stored file that main or another ref may not have.

    Every step can be repeated: interrupted anywhere and called again it does what is left. What somebody
    sends ahead meanwhile, and commits later, they may have to send again.

    Args:
        api: Whose token is used.
        repo_id: `owner/name`.
        published: What main says of itself; all other files with a row key in `retracted` are deleted.

    Raises:
        PublishError: The Hub refuses.
    """
    erased = Erased()
    ask(
        "squash the history",
        lambda: api.super_squash_history(
            repo_id, branch=MAIN, commit_message="Squashed after a takedown", repo_type="dataset"
        ),
    )
    # Listed before main and the refs are read: what somebody commits from here on is not in the list.
    stored = ask("list the stored files", lambda: list(api.list_lfs_files(repo_id, repo_type="dataset")))
    head = str(ask("look at the repo", lambda: api.dataset_info(repo_id)).sha)
    refs = ask(
        "list the refs",
        lambda: api.list_repo_refs(repo_id, repo_type="dataset", include_pull_requests=True),
    )
    _renew_tags(api, repo_id, refs, head, published, erased)
    keep = _kept(api, repo_id, [head, *_others(refs)], published, erased)
    gone = [file for file in stored if file.file_oid not in keep]
    if gone:
        ask(
            "delete the stored files",
            lambda: api.permanently_delete_lfs_files(
                repo_id, gone, rewrite_history=True, repo_type="dataset"
            ),
        )
    erased.files, erased.bytes = len(gone), sum(file.size for file in gone)
    return erased


def _renew_tags(
    api: HfApi, repo_id: str, refs: GitRefs, head: str, published: Published, erased: Erased
) -> None:
    """Delete the tags of earlier commits, for they hold the rows; set ours on the new one."""
    wanted = sorted({f"{TAG}-{config.config_digest}" for config in published.configs.values()})
    for old in (one for one in refs.tags if one.target_commit != head):
        ask(
            "delete a tag",
            lambda name=old.name: api.delete_tag(repo_id, tag=name, repo_type="dataset"),  # type: ignore[misc]
        )
        if old.name not in wanted:
            erased.tags.append(old.name)
    for name in wanted:
        tag(api, repo_id, name, head)
    erased.made = wanted


def _others(refs: GitRefs) -> list[str]:
    branches = [one.name for one in refs.branches if one.name != MAIN]
    return [*branches, *(one.ref for one in (*refs.converts, *(refs.pull_requests or [])))]


def _kept(
    api: HfApi, repo_id: str, revisions: Sequence[str], published: Published, erased: Erased
) -> set[str]:
    """Return the sha256 of stored files that are to stay: no row that was taken down is known to be in them.

    `revisions` are the last commit of main, then the other refs.
    """
    clean = set(published.files.values())  # they were written without these rows
    held: dict[str, bool | None] = {}  # sha256 -> whether such rows are in it; None where nobody can tell
    for i, revision in enumerate(revisions):
        reader, ref = Reader(api, repo_id, revision), revision if i else MAIN
        for path, sha in repo_files(api, repo_id, revision).items():
            if path in _OURS or sha in clean:
                continue
            if (name := sha or f"{revision}:{path}") not in held:
                held[name] = _holds(reader, path, published.retracted)
            if held[name] is not False:
                # Only what is stored by its sha256 can be deleted for ever.
                counts = erased.lost if held[name] and sha else erased.unchecked
                counts[ref] = counts.get(ref, 0) + 1
    return clean | {sha for sha, holds in held.items() if not holds}


def _holds(reader: Reader, path: str, retracted: Collection[str]) -> bool | None:
    if not path.endswith(".parquet"):
        return None
    try:
        keys = reader.keys(path)
    except DatasetError:
        return None
    return None if keys is None else not set(retracted).isdisjoint(keys)
