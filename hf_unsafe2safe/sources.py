"""Where images come from: a folder, Parquet, a saved dataset or the Hub, as one `DatasetDict`.

Images stay encoded, so that what is sanitized are the very bytes of the source. No message and no
description here holds a path or a file name.
"""

import glob
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import (
    Dataset,
    DatasetDict,
    DatasetInfo,
    Features,
    Image,
    Value,
    get_dataset_config_names,
    load_dataset,
    load_from_disk,
)
from datasets.exceptions import DatasetsError
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from .errors import DatasetError
from .folders import SPLIT_FOLDERS, extension_of, read_folder, walk

LOCAL = "LOCAL_FOLDER"  # stands for any place on this machine in what is published

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_NAME = re.compile(r"\w+(\.\w+)*")  # of a split, as `datasets` has it; it becomes a part of file names
_SHARD = re.compile(r"(\w+(?:\.\w+)*)-\d{5}-of-\d{5}")
_HTTP_ERROR: type[BaseException] = HfHubHTTPError.__mro__[
    1
]  # of httpx or httpx2, as the hub's version has it
_SAVED = (("dataset_dict.json",), ("dataset_info.json", "state.json"))  # a DatasetDict, a Dataset
_OWN_FILES = ("README.md", "manifest.json", ".gitignore")  # beside data/ in our own output


@dataclass(frozen=True)
class Source:
    """A dataset to sanitize.

    Args:
        splits: Image columns are `Image(decode=False)`; nothing was decoded.
        kind: What the source is.
        description: Fit to publish: Hub id and revision, or `LOCAL_FOLDER`.
        skipped: Files that no reader understood, counted by extension.
        root: Where it is on this machine, None for the Hub. Private.
        options: What of it was opened, as options of the command line, for the card.
    """

    splits: DatasetDict
    kind: Literal["folder", "parquet", "saved", "hub"]
    description: str = LOCAL
    skipped: Mapping[str, int] = field(default_factory=dict)
    root: Path | None = field(default=None, repr=False)
    options: tuple[str, ...] = ()


def load_source(
    source: str,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    image_column: str | None = None,
    keep_labels: bool = False,
) -> Source:
    """Open a source without decoding an image.

    Every file of a folder is a row or is counted in `skipped`. A broken file with an image's extension
    is a row: it becomes `failed` later, and nothing disappears.

    Args:
        source: A folder of images, a Parquet file or a folder of such, a `save_to_disk` folder, or a Hub
            id. What exists on this machine is never looked up on the Hub.
        split: Name of the one split to open; None opens all.
        config_name: For the Hub: name of the configuration.
        revision: For the Hub: branch, tag or commit.
        image_column: Column to read as images where the source says it holds paths or bytes.
        keep_labels: For a folder of images: add the name of each image's folder as a column `label`.

    Raises:
        DatasetError: Nothing is there, there are no images or rows in it, or no such split.
    """
    path = Path(source)
    if path.exists():
        path = path.absolute()  # as the files in it are, with which it is compared
        _refuse("the Hub only", config_name=config_name, revision=revision)
        opened = _local(path, keep_labels)
    elif _HUB_ID.fullmatch(source):
        opened = _hub(source, config_name, revision)
    else:
        raise DatasetError(
            "There is no such file or folder, and it is no Hub id.",
            hint="Pass a folder of images, a Parquet file, a saved dataset, or a Hub id such as 'org/name'.",
        )
    if keep_labels and opened.kind != "folder":
        raise DatasetError(
            "keep_labels is for folders of images only.", hint="Leave it out: columns are kept as they are."
        )
    splits = _chosen(opened.splits, split)
    if not any(len(part) for part in splits.values()):
        raise DatasetError("The source has no rows.", hint="Check that it is the one you mean.")
    splits = DatasetDict({name: undecoded(part, image_column) for name, part in splits.items()})
    options = [
        *(("--split", split) if split else ()),
        *(("--config-name", config_name) if config_name else ()),
    ]
    options += ["--keep-labels"] * keep_labels
    return Source(splits, opened.kind, opened.description, opened.skipped, opened.root, tuple(options))


def _local(path: Path, keep_labels: bool) -> Source:
    if path.is_file():
        if path.suffix.lower() != ".parquet":
            raise DatasetError(
                "The source is a file, but not a Parquet file.", hint="Pass the folder that holds it."
            )
        return Source(_parquet([path], path.parent), "parquet", root=path)
    if any(all((path / name).is_file() for name in names) for names in _SAVED):
        splits = _read(lambda: _saved(path), "The saved dataset cannot be read.")
        return Source(splits, "saved", root=path)
    tables = [f for folder in (path, path / "data") for f in sorted(folder.glob("*")) if _is_table(f)]
    if tables:
        return Source(_parquet(tables, path), "parquet", skipped=_beside(path, tables), root=path)
    splits, skipped = read_folder(path, keep_labels=keep_labels)
    return Source(splits, "folder", skipped=skipped, root=path)


def _saved(path: Path) -> DatasetDict:
    if not (path / "dataset_dict.json").is_file():
        part = _saved_split(path)
        name = str(part.split)  # may be None, or a slice such as train[:10]
        return DatasetDict({name if part.split and _NAME.fullmatch(name) else "train": part})
    splits = json.loads((path / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
    return DatasetDict({split: _saved_split(path / split) for split in splits})


def _saved_split(path: Path) -> Dataset:
    if json.loads((path / "state.json").read_text(encoding="utf-8"))["_data_files"]:
        return load_from_disk(str(path))
    return _empty(DatasetInfo.from_directory(str(path)).features)  # which `load_from_disk` cannot read


def _empty(features: Features) -> Dataset:
    return Dataset.from_dict({name: [] for name in features}, features=features)


def _is_table(path: Path) -> bool:
    # metadata.parquet beside images is a list of captions, as `imagefolder` has it, and no image dataset
    return path.suffix.lower() == ".parquet" and path.is_file() and path.stem != "metadata"


def _beside(path: Path, tables: Sequence[Path]) -> dict[str, int]:
    """Count what lies beside Parquet files; the private folder and the notes of our own output are known."""
    known = {*tables, *(path / name for name in _OWN_FILES)}
    own = (path / "manifest.json").is_file()
    counts: dict[str, int] = {}
    for name, _ in walk(path):
        file = Path(name)
        if file not in known and not (own and (path / "private") in file.parents):
            extension = extension_of(name)
            counts[extension] = counts.get(extension, 0) + 1
    return dict(sorted(counts.items()))


def _parquet(files: Sequence[Path], root: Path) -> DatasetDict:
    shards: dict[str, list[Path]] = {}
    for file in files:
        shards.setdefault(_split_of(file, root), []).append(file)
    return _read(
        lambda: DatasetDict({s: _tables(part) for s, part in shards.items()}),
        "A Parquet file cannot be read.",
    )


def _tables(files: Sequence[Path]) -> Dataset:
    # `load_dataset` fails on Parquet without rows, and takes every path for a pattern.
    filled = [glob.escape(str(file.resolve())) for file in files if pq.read_metadata(file).num_rows]
    if filled:
        # Not `load_dataset("parquet")`: it tells a server of Hugging Face each time that it is used.
        return Dataset.from_parquet(filled, split="train")
    return _empty(Features.from_arrow_schema(pq.read_schema(files[0])))


def _split_of(file: Path, root: Path) -> str:
    """Return the split that a Parquet file's name says, by the rules of `datasets`, else train."""
    if shard := _SHARD.match(file.name):
        return shard[1]
    words = re.split(r"[-._ \d]+", file.stem.lower())
    return next((SPLIT_FOLDERS[word] for word in words if word in SPLIT_FOLDERS), "train")


def _hub(repo_id: str, config_name: str | None, revision: str | None) -> Source:
    try:
        commit = HfApi().dataset_info(repo_id, revision=revision).sha
    except OfflineModeIsEnabled:
        commit = revision  # `load_dataset` then looks into its cache
    except (_HTTP_ERROR, OSError, ValueError) as error:
        raise DatasetError(
            f"'{repo_id}' is no file or folder here, and the Hub did not give it: {type(error).__name__}.",
            hint="Check the name, the revision, the network, and `hf auth login` for private datasets.",
        ) from None
    try:
        splits = load_dataset(repo_id, name=config_name, revision=commit)
    except (_HTTP_ERROR, OSError, ValueError, RuntimeError, DatasetsError) as error:
        raise DatasetError(
            f"'{repo_id}' cannot be loaded: {type(error).__name__}.", hint=_configs_hint(repo_id, commit)
        ) from error
    return Source(splits, "hub", f"{repo_id}@{commit or 'main'}")


def _configs_hint(repo_id: str, revision: str | None) -> str:
    try:
        names = get_dataset_config_names(repo_id, revision=revision)
    except (_HTTP_ERROR, OSError, ValueError, RuntimeError, DatasetsError):
        return "Check that `datasets.load_dataset` opens it."
    return f"Its configurations: {', '.join(names)}. Name one: config_name='{names[0]}'."


def _read(load: Callable[[], Any], message: str) -> Any:
    try:
        return load()
    except (OSError, ValueError, KeyError, pa.ArrowException, DatasetsError) as error:
        # `from None`: the original error names the file
        raise DatasetError(
            f"{message} ({type(error).__name__})", hint="Check that `datasets` opens it."
        ) from None


def _chosen(splits: DatasetDict, split: str | None) -> DatasetDict:
    if odd := [name for name in splits if not _NAME.fullmatch(name)]:
        raise DatasetError(
            f"{len(odd)} splits have names that no file can have.", hint="Use letters, digits and _ only."
        )
    if split is None:
        return splits
    if split not in splits:
        raise DatasetError(
            f"Split '{split}' not found. The source has: {', '.join(splits)}.", hint="Name one of them."
        )
    return DatasetDict({split: splits[split]})


def undecoded(part: Dataset, image_column: str | None) -> Dataset:
    """Return a split in which image columns are `Image(decode=False)`, and others as they were.

    Args:
        part: A split.
        image_column: A column to read as images though the split says that it holds paths or bytes.
    """
    for name, feature in part.features.items():
        if (
            isinstance(feature, Image)
            or _is_image_struct(feature)
            or (name == image_column and _is_encoded(feature))
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


def _is_encoded(feature: object) -> bool:
    return isinstance(feature, Value) and feature.dtype in (
        "string",
        "large_string",
        "binary",
        "large_binary",
    )


def _refuse(where: str, **given: str | None) -> None:
    if named := [name for name, value in given.items() if value is not None]:
        raise DatasetError(
            f"{', '.join(named)} is for {where}, and the source is on this machine.", hint="Leave it out."
        )
