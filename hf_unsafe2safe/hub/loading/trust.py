"""May a repo stand for the safe version of a dataset? What it says of itself, held against what is stored.

A tag proves nothing: anybody may set it. What counts is `unsafe2safe.json`, that it speaks of the very files
that the repo holds at this commit, and that its policy asks for as much as was asked for here. How well its
inspector and editor did that is not compared: `config_digest` names one configuration with all of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DatasetError
from ...policy import Policy, resolve_policy
from ...records import SCHEMA_VERSION
from ...sources import IN_MEMORY, LOCAL
from ...strictness import shortfalls
from ..asking import ask
from ..published import PUBLISHED, TAG, Published, PublishedConfig, read_published

if TYPE_CHECKING:
    from huggingface_hub import HfApi


DEFAULT = "default"  # the configuration that `datasets` opens where none is named


class RefusedError(DatasetError):
    """A repo is not used; the message says why.

    Args:
        reason: As a sentence without the name of the repo: `its policy is milder: face is not edited`.
        unverified: There is nothing that could be checked, which a user may accept.
    """

    def __init__(self, reason: str, *, unverified: bool = False) -> None:
        self.unverified = unverified
        super().__init__(reason)


@dataclass(frozen=True)
class Wanted:
    """What was asked for.

    Args:
        name: The dataset; None where the repo itself was named.
        config: Configuration: of the dataset, or of the repo where that was named; None for whichever passes.
        splits: Names of the splits that must be there.
        policy: What must be edited at least; None for anything.
        config_digest: Of the configuration; None for any.
        commit: The state of the dataset that it must have been made from; None for any.
    """

    name: str | None
    config: str | None
    splits: Collection[str]
    policy: Policy | None
    config_digest: str | None = None
    commit: str | None = None


@dataclass(frozen=True)
class Repo:
    """What a repo says of itself at a commit.

    Args:
        claims: It says that it is a sanitized dataset, with its tags or with a file.
        published: None where there is no valid file.
        problem: Why there is none.
    """

    repo_id: str
    commit: str
    claims: bool
    published: Published | None
    problem: str = ""


def read_repo(api: "HfApi", repo_id: str, revision: str | None) -> Repo:
    """Ask the Hub what a repo says of itself.

    Raises:
        PublishError: There is no such repo or revision, or the Hub does not give it.
    """
    what = f"read '{repo_id}'"
    info = ask(what, lambda: api.dataset_info(repo_id, revision=revision))
    files = {sibling.rfilename for sibling in info.siblings or ()}
    tagged = TAG in (info.tags or ()) or TAG in (getattr(info.card_data, "tags", None) or ())
    repo_id = info.id  # as it is written now: other capitals and former names lead here too
    commit = str(info.sha)  # all that follows is of this commit, whatever is pushed meanwhile
    if PUBLISHED not in files:
        return Repo(repo_id, commit, tagged, None, f"it has no {PUBLISHED}")
    path = ask(what, lambda: api.hf_hub_download(repo_id, PUBLISHED, repo_type="dataset", revision=commit))
    return said(repo_id, commit, Path(path))


def said(repo_id: str, commit: str, path: Path) -> Repo:
    """Return what a file in a repo says of it."""
    try:
        return Repo(repo_id, commit, True, read_published(path.read_bytes()))
    except DatasetError as error:
        return Repo(repo_id, commit, True, None, error.message.rstrip("."))


def checked(api: "HfApi", repo: Repo, wanted: Wanted) -> tuple[str, PublishedConfig]:
    """Return the configuration that is wanted and its name, all checked but what only the rows show.

    Raises:
        RefusedError: The repo may not stand for what is wanted.
        DatasetError: Several configurations pass, none is named, and none of them is `default`.
        PublishError: The Hub does not answer.
    """
    name, config = check_said(repo, wanted)
    check_files(api, repo, config)
    return name, config


def check_said(repo: Repo, wanted: Wanted) -> tuple[str, PublishedConfig]:
    """Return the configuration that is wanted and its name.

    Raises:
        RefusedError: It is not what was asked for, or nobody can tell.
        DatasetError: Several configurations pass, none is named, and none of them is `default`.
    """
    if repo.published is None:
        raise RefusedError(repo.problem, unverified=True)
    refused: dict[str, RefusedError] = {}
    names = _names(repo.published, wanted)
    for name in names:
        try:
            _check_config(repo.published, repo.published.configs[name], wanted)
        except RefusedError as error:
            refused[name] = error
    passed = [name for name in names if name not in refused]
    if not passed:
        raise refused[DEFAULT if DEFAULT in refused else names[0]]
    first = wanted.config or DEFAULT  # before others that were made of a configuration of that name
    if first not in passed and len(passed) > 1:
        raise DatasetError(
            f"'{repo.repo_id}' has several configurations: {', '.join(passed)}.",
            hint=f"Name one: config='{passed[0]}'.",
        )
    name = first if first in passed else passed[0]
    return name, repo.published.configs[name]


def _check_config(published: Published, config: PublishedConfig, wanted: Wanted) -> None:
    if not _is_plain(published, config):
        raise RefusedError(f"{PUBLISHED} holds what no publisher of ours writes", unverified=True)
    if config.schema_version not in _known_versions():
        raise RefusedError("it was written by a newer version of hf-unsafe2safe: upgrade to read it")
    _check_source(config, wanted)
    if missing := sorted(set(wanted.splits) - {split for split, rows in config.published.items() if rows}):
        raise RefusedError(f"it has no split '{missing[0]}', but: {', '.join(config.published)}")
    if wanted.config_digest not in (None, config.config_digest):
        raise RefusedError(f"its config digest is {config.config_digest}, not {wanted.config_digest}")
    try:
        policy = resolve_policy(config.config["policy"])
    except (ValueError, LookupError, TypeError):
        raise RefusedError("its policy cannot be read by this version") from None
    if wanted.policy and (milder := shortfalls(policy, wanted.policy, config.not_inspected)):
        more = f" and {len(milder) - 3} more" if len(milder) > 3 else ""
        raise RefusedError(f"its policy is milder than '{wanted.policy.name}': {'; '.join(milder[:3])}{more}")


def check_files(api: "HfApi", repo: Repo, config: PublishedConfig) -> None:
    """Check that what a repo says of itself is said of the files that it holds.

    Raises:
        RefusedError: A file is not there or is another one.
        PublishError: The Hub does not answer.
    """
    from huggingface_hub.hf_api import RepoFile

    def listed() -> dict[str, str]:
        tree = api.list_repo_tree(repo.repo_id, recursive=True, revision=repo.commit, repo_type="dataset")
        return {file.path: file.lfs.sha256 for file in tree if isinstance(file, RepoFile) and file.lfs}

    stored = ask(f"list the files of '{repo.repo_id}'", listed)
    if gone := sum(path not in stored for path in config.files):
        raise RefusedError(f"{gone} of the files that {PUBLISHED} names are not there", unverified=True)
    if others := sum(stored[path] != sha for path, sha in config.files.items()):
        raise RefusedError(f"{others} files are not those that {PUBLISHED} speaks of", unverified=True)


def _is_plain(published: Published, config: PublishedConfig) -> bool:
    """Return whether what is shown, compared or counted is of the right type: anybody may write one."""
    policy = config.config["policy"]
    texts = (config.schema_version, config.source, config.image_column, policy.get("name", ""))
    names = (
        *texts,
        *config.source_options,
        *config.private_columns,
        *published.configs,
        *config.published,
        *policy["edit"],
    )
    counts = (config.kept_by_consent, config.limit or 0, *config.statuses.values())
    return all(isinstance(n, str) and len(n) <= 200 and n.isprintable() for n in names) and all(
        type(count) is int for count in counts
    )


def _known_versions() -> set[str]:
    return {str(version) for version in range(1, int(SCHEMA_VERSION) + 1)}


def stands_for(name: str, config: PublishedConfig) -> str:
    """Return which configuration of its source a published one stands for; of the same name by default."""
    return _opened(config, "--config-name") or name


def _names(published: Published, wanted: Wanted) -> list[str]:
    """Return the configurations that may be meant.

    What was made from one configuration of the dataset stands for that one, whatever it is called, and never
    for the dataset as a whole.

    Raises:
        RefusedError: There are none.
    """
    found, known = [], set()
    for name, config in sorted(published.configs.items()):
        own = name if wanted.name is None else stands_for(name, config)
        whole = wanted.name is None or _opened(config, "--config-name") is None
        known.add(own)
        if whole if wanted.config is None else own == wanted.config:
            found.append(name)
    if not found:
        asked = f"no configuration '{wanted.config}'" if wanted.config else "no configuration for all of it"
        plain = sorted(one for one in known if one.isprintable() and len(one) <= 200)
        raise RefusedError(f"it has {asked}{', but: ' * bool(plain)}{', '.join(plain[:20])}")
    return found


def _opened(config: PublishedConfig, option: str) -> str | None:
    """Return what of a dataset was opened: the value of an option of the command line, None for all."""
    options = config.source_options
    return next((value for name, value in pairwise(options) if name == option), None)


def _check_source(config: PublishedConfig, wanted: Wanted) -> None:
    """Check what it was made from; a local copy of the dataset has no name that could be compared."""
    source, _, commit = config.source.partition("@")
    named = source not in (LOCAL, IN_MEMORY)
    if wanted.name is not None and named and source.lower() != wanted.name.lower():
        raise RefusedError(f"it was made from another dataset, '{source}'")
    split = _opened(config, "--split")
    if wanted.name is not None and split is not None and not wanted.splits:
        raise RefusedError(f"it was made from '{split}' alone, and all splits are asked for")
    if wanted.commit is not None and commit != wanted.commit:
        raise RefusedError(
            f"it was made from {commit[:7] or 'an unknown state'}, not from {wanted.commit[:7]}"
        )
