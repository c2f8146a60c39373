"""The rows of a published dataset: opened at a commit, or from what `datasets` keeps, and looked at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from datasets import Dataset, Image, load_dataset_builder
from datasets import config as datasets_config
from datasets.exceptions import DatasetsError
from datasets.packaged_modules.cache.cache import Cache
from huggingface_hub import is_offline_mode

from ...errors import DatasetError, Unsafe2SafeError
from ..asking import status_of
from ..http import HTTP_ERROR
from ..published import PUBLISHED, PublishedConfig
from .remembered import Place
from .trust import RefusedError, Repo

_UNREAD = (HTTP_ERROR, OSError, ValueError, RuntimeError, DatasetsError)


class UnreadableError(DatasetError):
    """`datasets` cannot make rows of what is there, today or tomorrow."""


def offline() -> bool:
    """Return whether the user wants no network: HF_HUB_OFFLINE, or HF_DATASETS_OFFLINE alone."""
    return bool(is_offline_mode() or datasets_config.HF_HUB_OFFLINE)


def open_rows(
    repo_id: str, config_name: str | None, commit: str, *, cache_dir: str | None, token: Any
) -> Any:
    """Return the builder that `load_dataset` would use for a repo at a commit.

    Raises:
        UnreadableError: `datasets` cannot open it.
        DatasetError: The network or this machine does not let it.
    """
    try:
        # With the scheme: a folder of this name here is never opened in its stead.
        return load_dataset_builder(
            f"hf://datasets/{repo_id}", config_name, revision=commit, cache_dir=cache_dir, token=token
        )
    except _UNREAD as error:
        raise _unread(repo_id, error) from None


def kept_rows(place: Place, cache_dir: str | None) -> Any | None:
    """Return a builder of what `datasets` prepared before, None where it is not there any more."""
    builder = Cache(
        cache_dir=cache_dir,
        repo_id=place.repo_id or None,
        dataset_name=place.dataset_name,
        config_name=place.config_id,
        version=place.version,
        hash=place.hash,
    )
    return builder if Path(builder.cache_dir).is_dir() else None


def place_of(builder: Any) -> Place:
    """Return where `datasets` keeps what a builder prepared."""
    version = str(builder.config.version)
    return Place(builder.repo_id or "", builder.dataset_name, builder.config_id, version, builder.hash)


def read_rows(builder: Any, name: str, split: Any, *, streaming: bool, num_proc: int = 1) -> Any:
    """Return one split, or all of them by name.

    Raises:
        UnreadableError: There are no rows that can be read, or there is no such split.
        DatasetError: The network or this machine does not let them be read.
        Unsafe2SafeError: What works on the rows as they are read stops.
    """
    try:
        if streaming:
            return builder.as_streaming_dataset(split)
        builder.download_and_prepare(num_proc=num_proc if num_proc > 1 else None)
        return builder.as_dataset(split)
    except _UNREAD as error:
        raise _own(error) or _unread(name, error) from None


def check_opened(builder: Any, repo: Repo, config: PublishedConfig) -> None:
    """Check that a builder of `datasets` reads the files that were checked, and no others.

    The card names the files of each split, and it may name any.

    Raises:
        RefusedError: It reads others.
    """
    start = f"hf://datasets/{repo.repo_id}@{repo.commit}/"
    opened = {str(split): list(files) for split, files in (builder.config.data_files or {}).items()}
    files = {str(file) for part in opened.values() for file in part}
    splits = {split for split, rows in config.published.items() if rows}
    if builder.hash != repo.commit or files != {start + path for path in config.files}:
        raise RefusedError(f"its card names other data files than {PUBLISHED}", unverified=True)
    if set(opened) != splits:
        raise RefusedError(f"its card names other splits than {PUBLISHED}", unverified=True)


def check_rows(loaded: Any, config: PublishedConfig) -> None:
    """Check that all rows were made with the configuration that a repo names, and name no file.

    Args:
        loaded: A Dataset, or several by split or in a list. Streams are left alone: their rows are not
            here yet.
        config: What the repo says.

    Raises:
        RefusedError: A row is another one.
    """
    for part in _parts(loaded):
        if not {"provenance", config.image_column} <= set(part.features):
            raise RefusedError("its rows do not have the columns of a sanitized dataset")
        digests = pc.struct_field(part.data.column("provenance"), "config_digest")
        if not pc.all(pc.equal(digests, config.config_digest), skip_nulls=False, min_count=0).as_py():
            raise RefusedError("it has rows that were made with another configuration", unverified=True)
        for name in (n for n, feature in part.features.items() if isinstance(feature, Image)):
            paths = pc.struct_field(part.data.column(name), "path")
            if not pc.all(pc.is_null(paths), min_count=0).as_py():
                raise RefusedError("it has images that name a file", unverified=True)


def check_counts(builder: Any, config: PublishedConfig) -> None:
    """Check that each split, once prepared, has as many rows as a repo says.

    Raises:
        RefusedError: It has more or fewer.
    """
    counts = {str(name): split.num_examples for name, split in (builder.info.splits or {}).items()}
    if counts != {split: rows for split, rows in config.published.items() if rows}:
        raise RefusedError(f"it has more or fewer rows than {PUBLISHED} says", unverified=True)


def _parts(loaded: Any) -> Iterator[Dataset]:
    if isinstance(loaded, dict | list | tuple):
        for part in loaded.values() if isinstance(loaded, dict) else loaded:
            yield from _parts(part)
    elif isinstance(loaded, Dataset):
        yield loaded


def _own(error: BaseException | None) -> Unsafe2SafeError | None:
    """Return the error of ours that `datasets` wrapped in its own, with what it tells to do."""
    while error is not None and not isinstance(error, Unsafe2SafeError):
        error = error.__cause__
    return error


def _unread(name: str, error: Exception) -> DatasetError:
    # Without its text: it has addresses and paths in it.
    return (DatasetError if _is_of_this_machine(error) else UnreadableError)(
        f"'{name}' cannot be loaded: {type(error).__name__}.",
        hint="Check the network, the space on the disk, and that `datasets.load_dataset` opens it.",
    )


def _is_of_this_machine(error: BaseException | None) -> bool:
    """Return whether the network or a disk stood in the way, so that later the same may work."""
    while error is not None:
        status = status_of(error) if isinstance(error, Exception) else None
        if isinstance(error, HTTP_ERROR | OSError) and not isinstance(error, FileNotFoundError):
            return status is None or status == 429 or status >= 500
        error = error.__cause__ or error.__context__
    return False
