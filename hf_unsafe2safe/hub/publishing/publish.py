"""A sanitized dataset goes to the Hub: choose, stage, look again, push. Start reading here.

Nothing leaves before the last look has passed, and nothing is visible before one commit at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import HfApi

from ...errors import ConfigError
from ...materialize import shard_size
from ...sanitizer import Sanitizer
from ..asking import ConflictError
from ..card import published_card
from ..published import LEFT_OUT, NULL, Published
from .checking import check_replaced, check_repo
from .columns.choice import Choice
from .job import Job
from .plan import Plan
from .preparing import prepared
from .pushing import Gated, Progress, Target, prepare, push, tag
from .repo import MAIN, Repo, open_repo
from .rows import given_rows

TRIES = 3  # when others commit in between
SAMPLE = 64  # rows that are inspected again


@dataclass(frozen=True)
class Publication:
    """What was published, or would be.

    Args:
        plan: What left, and what did not.
        commit: The commit, or the address of the pull request; None after a dry run.
        changed: Whether a commit was made: the repo may have held all of it already.
    """

    plan: Plan
    commit: str | None = None
    changed: bool = False

    @property
    def text(self) -> str:
        """The plan for a terminal."""
        return self.plan.text()


def publish(
    dataset: Any,
    repo_id: str,
    *,
    sanitizer: Sanitizer | None = None,
    config_name: str | None = None,
    public: bool = False,
    gated: Gated = None,
    columns: Sequence[str] = (),
    passing: Sequence[str] = (),
    withhold: Sequence[str] = (),
    include_private: Sequence[str] = (),
    without_image: Literal["left_out", "null"] = "left_out",
    leave_out: Sequence[str] = (),
    verify: int | Literal["all"] = SAMPLE,
    planted: Sequence[str] = (),
    revision: str = MAIN,
    create_pr: bool = False,
    replace: bool = False,
    contact: str | None = None,
    licence: str | None = None,
    max_shard_size: int | str = "500MB",
    dry_run: bool = False,
    token: str | None = None,
    api: HfApi | None = None,
    progress: Progress | None = None,
) -> Publication:
    """Publish a sanitized dataset as a dataset repo that `load_dataset` opens.

    Only allow-listed columns leave, see `columns.choose`; every image comes from the sanitized result. The
    same call goes on where an interrupted one stopped, and ends in the same commit.

    Args:
        dataset: Folder of a finished result, or what `sanitize.map` returned (no stream).
        repo_id: `owner/name`. A new repo is private.
        sanitizer: What made a dataset in Python; None for `Sanitizer()`. Not for a folder.
        config_name: Name of the configuration; None for `default`, or the names that the result has.
        public: Everybody may see the new repo; needed too where it exists and is public.
        gated: Let people ask for access: `auto` lets them in, `manual` asks you.
        columns: Columns that you looked at and that may leave as they are.
        passing: Text columns of which the values that pass the text inspection leave, and no others.
        withhold: Columns that stay here, though they might leave.
        include_private: Private columns that leave all the same; the repo must be private.
        without_image: `rejected` and `failed` rows are `left_out`, or published without an image (`null`).
        leave_out: Ids of rows (`train/12`) that stay here though they have an image.
        verify: How many images are inspected again from the bytes to be uploaded, the same ones every time;
            `all` for all of them.
        planted: Strings that must be nowhere in what leaves.
        revision: Branch to publish to; it is made where it does not exist.
        create_pr: Propose a pull request instead of a commit.
        replace: Replace a configuration that was published with another config digest.
        contact: Whom to ask for a takedown, published in the card; None leaves what stands there.
        licence: Of the source, where it does not say so itself; an identifier of the Hub.
        max_shard_size: Of a Parquet file, in bytes or as `500MB`.
        dry_run: Do all of it but ask and send nothing: the plan tells what would leave.
        token: For the Hub; None for the one that is logged in.
        api: A client of your own instead.
        progress: Called after every file that is up with their number so far and in all.

    Returns:
        The plan and the commit.

    Raises:
        PublishError: The Hub refuses, the last look found a leak, or nothing may be published.
        ConfigError: A setting cannot work.
        DatasetError: There is no finished result, or the dataset was not sanitized.
    """
    if isinstance(dataset, str | Path) and sanitizer is not None:
        raise ConfigError("sanitizer is for a dataset in Python; a folder knows what made it.")
    if without_image not in (LEFT_OUT, NULL):
        raise ConfigError(f"without_image must be '{LEFT_OUT}' or '{NULL}', got {without_image!r}.")
    if gated not in (None, "auto", "manual"):
        raise ConfigError(f"gated must be 'auto' or 'manual', got {gated!r}.")
    if verify != "all" and (isinstance(verify, bool) or not isinstance(verify, int) or verify < 1):
        raise ConfigError(f"verify must be a number of rows from 1 or 'all', got {verify!r}.")
    given = given_rows(dataset, sanitizer, config_name)
    masks = [name for name, form in given.manifest.config["annotations"].items() if form == "mask"]
    job = Job(
        given=given,
        repo_id=repo_id,
        target=Target(public, gated, create_pr),
        choice=Choice(
            columns=tuple(columns),
            passing=tuple(passing),
            withhold=tuple(withhold),
            include_private=tuple(include_private),
            private_repo=not public,
            masks=tuple(masks),
        ),
        without_image=without_image,
        leave_out=frozenset(leave_out),
        sample=None if verify == "all" else int(verify),
        planted=tuple(planted),
        branch=revision,
        replace=replace,
        contact=contact,
        licence=licence,
        shard_bytes=shard_size(max_shard_size),
        progress=progress,
    )
    if dry_run:
        with prepared(job, Repo(repo_id, exists=False)) as (_, _, plan):
            return Publication(plan)
    api = api or HfApi(token=token)
    for attempt in range(TRIES):
        try:
            return _push(api, job)
        except ConflictError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError  # the last try returns or raises


def _push(api: HfApi, job: Job) -> Publication:
    repo = open_repo(api, job.repo_id, job.branch)
    check_repo(repo, job.target)
    check_replaced(repo, job)
    with prepared(job, repo) as (staged, gate, plan):
        known, repo = repo, prepare(api, repo, job.target)
        check_repo(repo, job.target)  # hours may have passed, and another publisher been faster
        check_replaced(repo, job)
        if repo.retracted != known.retracted or repo.key_check not in ("", plan.key_check):
            raise ConflictError("The repo was changed meanwhile.", hint="Publish again.")
        before = repo.published or Published()
        published = replace(before, key_check=plan.key_check, retracted=tuple(repo.retracted))
        for name, config in plan.configs.items():
            published = published.with_config(name, config)
        if job.contact is not None:
            published = replace(published, contact=job.contact)
        features = {name: part.features for name, part in staged.items()}
        card = published_card(published, job.repo_id, features, repo.card)
        gate.look_at_texts({"the card": card}, job.planted)
        gate.finish()
        message = f"Publish {', '.join(plan.configs)} ({job.given.manifest.config_digest})"
        commit = push(api, repo, job.target, list(staged.values()), published, card, message, job.progress)
        if job.branch == MAIN and not job.target.create_pr:
            head = commit or repo.head or ""
            tag(api, job.repo_id, f"unsafe2safe-{job.given.manifest.config_digest}", head)
        return Publication(plan, commit or repo.head, changed=commit is not None)
