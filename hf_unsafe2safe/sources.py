"""Where images come from: a folder, Parquet, a saved dataset, the Hub or a dataset in Python.

Images stay encoded, so that what is sanitized are the very bytes of the source. No message and no
description here holds a path or a file name.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from datasets import Dataset, Image, IterableDataset, Value
from datasets.exceptions import DatasetsError

from .errors import DatasetError
from .folders import read_folder
from .hub.source import open_hub
from .image_cells import is_encoded
from .tables import SPLIT_NAME, Splits, beside, is_saved, read_parquet, read_saved, tables_in

LOCAL = "LOCAL_FOLDER"  # stands for any place on this machine in what is published
IN_MEMORY = "DATASET_IN_PYTHON"  # stands for a dataset that was given as an object
DESCRIPTIONS = {LOCAL: "a local folder", IN_MEMORY: "a dataset in Python"}  # for people

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_CONFIG_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*")  # it becomes the name of a folder


@dataclass(frozen=True)
class Source:
    """A dataset to sanitize.

    Args:
        splits: By name, or by `config/split` with several configurations. Image columns are
            `Image(decode=False)`; nothing was decoded. A stream is an `IterableDataset`.
        kind: What the source is.
        description: Fit to publish: Hub id and revision, or `LOCAL_FOLDER`.
        skipped: Files that no reader understood, counted by extension.
        root: Where it is on this machine, None when it is elsewhere. Private.
        options: What of it was opened, as options of the command line, for the card.
        fingerprint: Changes when files were added to it or taken away. Private.
        sizes: Changes when a file of a folder has another size. Private.
        licence: As the source states it, empty when it does not.
        path_column: A column of paths or bytes that the user named as the images.
    """

    splits: Splits
    kind: Literal["folder", "parquet", "saved", "hub", "python"]
    description: str = LOCAL
    skipped: Mapping[str, int] = field(default_factory=dict)
    root: Path | None = field(default=None, repr=False)
    options: tuple[str, ...] = ()
    fingerprint: str = field(default="", repr=False)
    sizes: str = field(default="", repr=False)
    licence: str = ""
    path_column: str | None = None


def open_source(source: Any, **options: Any) -> Source:
    """Return a source of whatever a user may have: what `load_source` takes, a dataset, or a `Source`.

    Args:
        source: A path or Hub id as text or path; a Dataset, DatasetDict, IterableDataset or
            IterableDatasetDict; or a `Source`.
        **options: For `load_source`; a dataset in Python and a `Source` take `split` alone.

    Raises:
        DatasetError: As `load_source`, or another object.
    """
    if isinstance(source, str | Path):
        return load_source(str(source), **options)
    split, image_column = options.pop("split", None), options.pop("image_column", None)
    _refuse("a path or a Hub id", "a dataset was given", **options)
    if isinstance(source, Source):
        return _prepared(source, split, image_column)
    if isinstance(source, Dataset | IterableDataset):
        name = str(source.split)  # may be None, or a slice such as train[:10]
        source = {name if source.split and SPLIT_NAME.fullmatch(name) else "train": source}
    if not isinstance(source, Mapping) or not all(
        isinstance(part, Dataset | IterableDataset) for part in source.values()
    ):
        raise DatasetError(
            f"Expected a dataset, a path or a Hub id, got {type(source).__name__}.",
            hint="Pass what load_dataset returned.",
        )
    stamps = [f"{name} {getattr(part, '_fingerprint', '')}" for name, part in source.items()]
    given = Source(source, "python", IN_MEMORY, fingerprint=_hash(stamps))
    return _with_rows(_prepared(given, split, image_column))


def load_source(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    image_column: str | None = None,
    keep_labels: bool = False,
    streaming: bool = False,
) -> Source:
    """Open a source without decoding an image.

    Every file of a folder is a row or is counted in `skipped`. A broken file with an image's extension
    is a row: it becomes `failed` later, and nothing disappears.

    Args:
        source: A folder of images, a Parquet file or a folder of such, a `save_to_disk` folder, or a Hub
            id. What exists on this machine is never looked up on the Hub.
        split: Name of the one split to open; None opens all.
        config_name: For the Hub: name of the configuration; None opens all.
        revision: For the Hub: branch, tag or commit.
        image_column: Column to read as images where the source says it holds paths or bytes.
        keep_labels: For a folder of images: add the name of each image's folder as a column `label`.
        streaming: Read Parquet and the Hub as they come, without a copy on this machine. Of a folder and a
            saved dataset nothing is copied anyway.

    Raises:
        DatasetError: Nothing is there, there are no images or rows in it, or no such split.
    """
    path = Path(source)
    if path.exists():
        path = Path(os.path.abspath(path))  # as the files in it are, with which it is compared
        _refuse("the Hub", "the source is on this machine", config_name=config_name, revision=revision)
        opened = _local(path, keep_labels, streaming)
    elif _HUB_ID.fullmatch(source):
        found = open_hub(source, config_name, revision, streaming=streaming)
        place = f"{source}@{found.commit or 'main'}"
        opened = Source(found.splits, "hub", place, licence=found.licence)
    else:
        raise DatasetError(
            "There is no such file or folder, and it is no Hub id.",
            hint="Pass a folder of images, a Parquet file, a saved dataset, or a Hub id such as 'org/name'.",
        )
    if keep_labels and opened.kind != "folder":
        raise DatasetError(
            "keep_labels is for folders of images only.", hint="Leave it out: columns are kept as they are."
        )
    options = [
        *(("--split", split) if split else ()),
        *(("--config-name", config_name) if config_name else ()),
        *["--keep-labels"] * keep_labels,
    ]
    return replace(_with_rows(_prepared(opened, split, image_column)), options=tuple(options))


def _local(path: Path, keep_labels: bool, streaming: bool) -> Source:
    if path.is_file() and path.suffix.lower() != ".parquet":
        raise DatasetError(
            "The source is a file, but not a Parquet file.", hint="Pass the folder that holds it."
        )
    if path.is_dir() and is_saved(path):
        splits = _read(lambda: read_saved(path), "The saved dataset cannot be read.")
        stamps = [f"{name} {part._fingerprint}" for name, part in splits.items()]
        return Source(splits, "saved", root=path, fingerprint=_hash(stamps))
    tables = [path] if path.is_file() else tables_in(path)
    if tables:
        root = path.parent if path.is_file() else path
        splits = _read(
            lambda: read_parquet(tables, root, streaming=streaming), "A Parquet file cannot be read."
        )
        skipped = {} if path.is_file() else beside(path, tables)
        sizes = [f"{table.relative_to(root)} {table.stat().st_size}" for table in tables]
        return Source(splits, "parquet", skipped=skipped, root=path, fingerprint=_hash(sizes))
    splits, skipped = read_folder(path, keep_labels=keep_labels)
    files = list(_files(splits))
    return Source(
        splits,
        "folder",
        skipped=skipped,
        root=path,
        fingerprint=_hash(name.removeprefix(str(path)) for name in files),
        sizes=_hash(str(_size(name)) for name in files if os.path.isabs(name)),  # not of names of splits
    )


def _files(splits: Splits) -> Iterable[str]:
    """Yield the names of the splits and of the files of a folder, in the order of the rows."""
    for split, part in splits.items():
        yield split
        for table in part.with_format("arrow").iter(1_000):
            cells = table["image"].combine_chunks()
            yield from map(str, cells.field("path").to_pylist())


def _size(name: str) -> int | None:
    try:
        return os.stat(name).st_size
    except OSError:  # a link to nothing, or no file but the name of a split
        return None


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(json.dumps(part).encode())
    return digest.hexdigest()


def _read(load: Callable[[], Any], message: str) -> Any:
    try:
        return load()
    except (OSError, ValueError, KeyError, pa.ArrowException, DatasetsError) as error:
        # `from None`: the original error names the file
        raise DatasetError(
            f"{message} ({type(error).__name__})", hint="Check that `datasets` opens it."
        ) from None


def _with_rows(source: Source) -> Source:
    if not any(isinstance(part, IterableDataset) or len(part) for part in source.splits.values()):
        raise DatasetError("The source has no rows.", hint="Check that it is the one you mean.")
    return source


def _prepared(source: Source, split: str | None, image_column: str | None) -> Source:
    """Return a source with the splits that are wanted and their images undecoded."""
    chosen = _chosen(source.splits, split)
    if any(part.features is None for part in chosen.values()):
        raise DatasetError("The stream has no features.", hint="Give it: dataset.cast(Features(...)).")
    paths = any(is_encoded(part.features.get(image_column)) for part in chosen.values())
    return replace(
        source,
        splits={name: undecoded(part, image_column) for name, part in chosen.items()},
        path_column=image_column if paths else source.path_column,
    )


def _chosen(splits: Splits, split: str | None) -> Splits:
    if odd := [name for name in splits if not _usable(name)]:
        raise DatasetError(
            f"{len(odd)} splits have names that no file can have.", hint="Use letters, digits and _ only."
        )
    if split is None:
        return splits
    # A name without a configuration means the split of that name in each of them.
    chosen = {name: part for name, part in splits.items() if split in (name, name.rpartition("/")[2])}
    if not chosen:
        raise DatasetError(
            f"Split '{split}' not found. The source has: {', '.join(splits)}.", hint="Name one of them."
        )
    return chosen


def _usable(name: str) -> bool:
    config, slash, split = name.rpartition("/")
    return bool(SPLIT_NAME.fullmatch(split) and (not slash or _CONFIG_NAME.fullmatch(config)))


def undecoded(part: Dataset | IterableDataset, image_column: str | None) -> Any:
    """Return a split in which image columns are `Image(decode=False)`, and others as they were.

    Args:
        part: A split.
        image_column: A column to read as images though the split says that it holds paths or bytes.
    """
    for name, feature in part.features.items():
        if (
            isinstance(feature, Image)
            or _is_image_struct(feature)
            or (name == image_column and is_encoded(feature))
        ):
            part = part.cast_column(name, Image(decode=False))
    return part


def _is_image_struct(feature: object) -> bool:
    # what other tools write for an image: Parquet without the metadata of `datasets`
    return (
        isinstance(feature, dict)
        and set(feature) == {"bytes", "path"}
        and feature["bytes"] in (Value("binary"), Value("large_binary"))
    )


def _refuse(where: str, instead: str, **given: Any) -> None:
    if named := [name for name, value in given.items() if value]:
        raise DatasetError(f"{', '.join(named)} is for {where} only, and {instead}.", hint="Leave it out.")
