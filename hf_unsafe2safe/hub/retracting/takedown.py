"""The takedown: find the rows, remove them with one commit, erase what shows or stores them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from huggingface_hub import HfApi

from ...errors import DatasetError
from ..asking import ConflictError
from ..published import PUBLISHED, Published
from ..publishing.repo import Repo, open_repo
from .erasing import erase
from .finding import Found, Hit, Photo, find_photos, find_rows, open_photos, places
from .pending import forget_pending, read_pending, write_pending
from .reading import DataFile, Reader, data_files
from .removing import remove_rows, removed_rows
from .telling import Retraction

TRIES = 3  # when others commit in between

Confirm = Callable[[Sequence[Hit]], Sequence[Hit]]


def sure(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits that were named, and of those that look like a photo the one that stands alone."""
    return [hit for hit in hits if hit.sure]


def retract(
    repo_id: str,
    *,
    rows: Sequence[str] = (),
    images: Sequence[str | Path] = (),
    dry_run: bool = False,
    confirm: Confirm = sure,
    token: str | None = None,
    api: HfApi | None = None,
) -> Retraction:
    """Take rows of a published dataset down: from main, its history and its tags, and delete their files.

    This cannot be undone. Interrupted and called again with the same arguments it does what is left. Tags of
    earlier commits go, and other branches lose the files that hold these rows. Another machine completes it
    by the row keys: `confirm` gets them before anything is changed.

    Args:
        repo_id: `owner/name`.
        rows: Row keys, or places in the published splits: `split/index`, `config/split/index`. All rows made
            from the same file go.
        images: Photos. Found are rows made from the very file, where this machine has the key of the row
            keys of this repo, and rows whose images look like it.
        dry_run: Find, and change nothing.
        confirm: Returns those of the rows found that are to be removed; by default those that are sure.
        token: Of somebody who may write to the repo and delete from it; None for the stored one.
        api: Used instead of a new client.

    Raises:
        ConflictError: Somebody else kept committing in between.
        DatasetError: The repo holds no dataset of ours, a row is not there, a photo cannot be opened.
        PublishError: The Hub refuses, or these are all rows of the repo.
    """
    if not rows and not images:
        raise DatasetError("No row and no photo was named.", hint="Pass rows or images.")
    api = api or HfApi(token=token)
    photos = open_photos(images)
    asked = {**{row: row for row in rows}, **{photo.label: f"photo:{photo.sha256}" for photo in photos}}
    meant: dict[str, list[str]] = {}  # as remembered, once it is decided
    for attempt in range(1, TRIES + 1):
        repo, published = _opened(api, repo_id)
        reader = Reader(api, repo_id, str(repo.head))
        files = data_files(reader, published)
        begun = meant or _begun(repo_id, published)
        found = _find(repo_id, rows, photos, asked, files, published, reader, begun)
        chosen = tuple(sure(found.hits) if dry_run else confirm(found.hits))
        done = _planned(repo_id, dry_run, found, chosen, removed_rows(published, files, _keys(chosen)))
        if dry_run or not done.keys:
            return done
        meant = {asked[hit.asked]: sorted(_keys(chosen, hit.asked)) for hit in chosen}
        write_pending(repo_id, meant)
        try:
            remove_rows(api, repo, reader, files, done.keys)
            break
        except ConflictError:
            if attempt == TRIES:
                raise
            confirm = partial(_decided, frozenset(done.keys))
    after = _opened(api, repo_id)[1]
    erased = erase(api, repo_id, after)
    forget_pending(repo_id, after.retracted)
    return Retraction(**{**vars(done), "erased": erased})


def _decided(keys: frozenset[str], hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits that were confirmed before somebody committed in between; nobody is asked twice."""
    return [hit for hit in hits if hit.key in keys]


def _opened(api: HfApi, repo_id: str) -> tuple[Repo, Published]:
    repo = open_repo(api, repo_id)
    if not repo.exists:
        raise DatasetError(
            "There is no such repo, or this token may not see it.", hint="Check name and token."
        )
    if repo.published is None:
        raise DatasetError(
            f"The repo has no {PUBLISHED}: it was not published with unsafe2safe.",
            hint="Only what `unsafe2safe publish` wrote can be taken down.",
        )
    return repo, repo.published


def _begun(repo_id: str, published: Published) -> dict[str, list[str]]:
    """Return what is remembered of takedowns whose rows are gone; of others nothing moved yet."""
    pending = read_pending(repo_id)
    return {name: keys for name, keys in pending.items() if not set(keys).isdisjoint(published.retracted)}


def _find(
    repo_id: str,
    rows: Sequence[str],
    photos: Sequence[Photo],
    asked: dict[str, str],
    files: Sequence[DataFile],
    published: Published,
    reader: Reader,
    begun: Mapping[str, Sequence[str]],
) -> Found:
    """Return what the arguments mean; what they meant in a takedown that was begun, they mean still."""
    by_key = places(files, published)
    known = [
        Hit(key, place, label)
        for label, name in asked.items()
        for key in begun.get(name, ())
        for place in by_key.get(key, [""])
    ]
    named = find_rows([row for row in rows if row not in begun], files, published)
    new = [photo for photo in photos if asked[photo.label] not in begun]
    found = find_photos(new, repo_id, files, published, reader)
    found.hits = [*known, *named, *found.hits]
    return found


def _planned(
    repo_id: str, dry_run: bool, found: Found, chosen: Sequence[Hit], rows: dict[str, int]
) -> Retraction:
    keys = _keys(chosen)
    return Retraction(
        repo_id,
        dry_run,
        keys=tuple(sorted(keys)),
        rows=rows,
        hits=tuple(found.hits),
        left=tuple(hit for hit in found.hits if hit.key not in keys),
        missing=tuple(found.missing),
        unseen=found.unseen,
        without_key=found.without_key,
    )


def _keys(hits: Sequence[Hit], asked: str | None = None) -> set[str]:
    return {hit.key for hit in hits if asked in (None, hit.asked)}
