"""What was published in the place of a dataset: found on the Hub, or where it was kept before, and loaded."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, try_to_load_from_cache

from ...errors import DatasetError, PublishError
from ..asking import ask
from ..published import PUBLISHED, PublishedConfig
from .candidates import Candidate, candidates
from .remembered import Remembered, recall, remember
from .rows import (
    UnreadableError,
    check_counts,
    check_opened,
    check_rows,
    kept_rows,
    open_rows,
    place_of,
    read_rows,
)
from .trust import RefusedError, Repo, Wanted, check_said, checked, read_repo, said

logger = logging.getLogger(__name__)

MOST_NAMED = 5  # repos of others in a message


@dataclass
class Call:
    """What was asked for, and why each repo that was looked at is not used.

    Args:
        name: As for `load_safe_dataset`, like all that is not named here.
        wanted: What a published dataset must be.
        reasons: Why each is not used, with its name; filled on the way.
    """

    name: str
    config: str | None
    split: Any
    revision: str | None
    streaming: bool
    wanted: Wanted
    accept_unverified: bool
    cache_dir: str | None
    token: str | bool | None
    num_proc: int
    reasons: list[str] = field(default_factory=list)

    def refuse(self, repo_id: str, reason: str) -> None:
        """Note why a repo is not used."""
        self.reasons.append(f"'{repo_id}': {reason.rstrip('.')}")

    def pass_over(self, error: PublishError) -> None:
        """Note what the Hub refused; raise what it may not refuse the next time.

        Nobody wants a dataset made here for hours because the Hub did not answer for a minute.
        """
        if error.retryable:
            raise error
        self.reasons.append(error.message.rstrip("."))


def from_hub(call: Call) -> Any | None:
    """Return the first published dataset that passes the checks; None where there is none.

    Raises:
        DatasetError: The named dataset claims to be a safe one and is refused, several configurations pass
            and none is named, or the network or this machine stands in the way of the rows.
        PublishError: The Hub does not answer, or does not give the named dataset.
        ConfigError: A catalog is damaged.
    """
    api = HfApi(token=call.token)
    itself = _itself(api, call)
    if itself is not None and itself.claims:
        return _load_itself(api, call, itself)
    if itself is not None:
        call.wanted = replace(call.wanted, name=itself.repo_id)
    if call.revision is not None:
        call.wanted = replace(call.wanted, commit=itself.commit if itself else call.revision)
    for candidate in _trusted(api, call):
        wanted = replace(call.wanted, config=call.config or candidate.config)
        try:
            repo = read_repo(api, candidate.repo_id, candidate.revision)
            return _load(call, repo, *checked(api, repo, wanted))
        except (RefusedError, UnreadableError) as error:
            call.refuse(candidate.repo_id, error.message)
        except PublishError as error:
            call.pass_over(error)
    return None


def _itself(api: HfApi, call: Call) -> Repo | None:
    """Return the named dataset, None where it is not there or not to be seen: a catalog may know it."""
    if not ask(f"find '{call.name}'", lambda: api.repo_exists(call.name, repo_type="dataset")):
        call.reasons.append(f"'{call.name}' itself is not on the Hub, or your token may not see it")
        return None
    return read_repo(api, call.name, call.revision)


def _load_itself(api: HfApi, call: Call, repo: Repo) -> Any:
    try:
        return _load(call, repo, *checked(api, repo, replace(call.wanted, name=None)))
    except RefusedError as error:
        if error.unverified and call.accept_unverified:
            return _load_unverified(call, repo)
        raise DatasetError(
            f"'{call.name}' says that it is a sanitized dataset, but {error.message}.",
            hint="accept_unverified=True loads it as it is."
            if error.unverified
            else "Ask for less, or name the dataset that it was made from.",
        ) from None


def _trusted(api: HfApi, call: Call) -> Iterator[Candidate]:
    """Yield the repos that are trusted to be looked at; of the others it is noted that they are there."""
    others = 0
    try:
        for candidate in candidates(api, call.wanted.name or call.name, call.config):
            if candidate.trusted:
                yield candidate
            elif (others := others + 1) <= MOST_NAMED:
                trust = f"unsafe2safe catalog add {call.name} {candidate.repo_id}"
                call.refuse(candidate.repo_id, f"published by somebody else; if you trust them, `{trust}`")
    except PublishError as error:
        call.pass_over(error)


def _load(call: Call, repo: Repo, name: str, config: PublishedConfig) -> Any:
    builder = open_rows(repo.repo_id, name, repo.commit, cache_dir=call.cache_dir, token=call.token)
    check_opened(builder, repo, config)
    loaded = _read(call, builder, repo.repo_id, config)
    _tell(call, repo.repo_id, repo.commit, config)
    _note(call, builder, repo)
    return loaded


def _read(call: Call, builder: Any, repo_id: str, config: PublishedConfig) -> Any:
    loaded = read_rows(builder, repo_id, call.split, streaming=call.streaming, num_proc=call.num_proc)
    if not call.streaming:
        check_counts(builder, config)
    check_rows(loaded, config)
    return loaded


def _load_unverified(call: Call, repo: Repo) -> Any:
    logger.warning("'%s' only claims to be safe: nothing of that could be checked.", repo.repo_id)
    builder = open_rows(repo.repo_id, call.config, repo.commit, cache_dir=call.cache_dir, token=call.token)
    return read_rows(builder, repo.repo_id, call.split, streaming=call.streaming, num_proc=call.num_proc)


def _tell(call: Call, repo_id: str, commit: str, config: PublishedConfig) -> None:
    rows, made = sum(config.published.values()), sum(config.statuses.values())
    level = logging.INFO if repo_id.lower() == call.name.lower() else logging.WARNING
    logger.log(level, "The safe variant is '%s' at %s: %d of %d rows.", repo_id, commit[:7], rows, made)
    if config.private_columns:
        logger.warning("'%s' has private columns: %s.", repo_id, ", ".join(config.private_columns))
    if config.kept_by_consent:
        logger.info("%d faces in it are there by consent of their people.", config.kept_by_consent)
    if config.limit is not None:
        logger.warning("'%s' was made from the first %d rows of each split.", repo_id, config.limit)


def _note(call: Call, builder: Any, repo: Repo) -> None:
    if not call.streaming:  # of a stream nothing is kept
        place = place_of(builder)
        remember(
            Remembered(call.name, call.config, call.revision, place, repo_id=repo.repo_id, commit=repo.commit)
        )


def from_cache(call: Call) -> Any | None:
    """Return what the same call loaded before; what it was said to be is held against what is asked now."""
    for found in recall(call.name, call.config, call.revision):
        if not found.repo_id or (builder := kept_rows(found.place, call.cache_dir)) is None:
            continue
        try:
            config = _kept_config(call, found)
            loaded = _read(call, builder, found.repo_id, config)
        except (RefusedError, UnreadableError) as error:
            call.refuse(found.repo_id, error.message)
            continue
        _tell(call, found.repo_id, found.commit, config)
        return loaded
    call.reasons.append("offline, and no other was loaded before")
    return None


def _kept_config(call: Call, found: Remembered) -> PublishedConfig:
    path = try_to_load_from_cache(found.repo_id, PUBLISHED, revision=found.commit, repo_type="dataset")
    if not isinstance(path, str):
        raise RefusedError(f"its {PUBLISHED} is not in the cache any more")
    # By the name under which it was opened: the call may have named none.
    wanted = replace(call.wanted, name=None, config=found.place.config_id)
    return check_said(said(found.repo_id, found.commit, Path(path)), wanted)[1]
