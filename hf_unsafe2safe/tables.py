"""Tables on this machine: Parquet files and what `save_to_disk` wrote, as splits, no image decoded."""

import glob
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
from datasets import Dataset, DatasetDict, DatasetInfo, Features, IterableDataset, load_from_disk
from datasets.io.parquet import ParquetDatasetReader

from .folders import SPLIT_FOLDERS, extension_of, walk

Splits = Mapping[str, Dataset | IterableDataset]

SPLIT_NAME = re.compile(r"\w+(\.\w+)*")  # as `datasets` has it; it becomes a part of file names

_SHARD = re.compile(r"(\w+(?:\.\w+)*)-\d{5}-of-\d{5}")
_SAVED = (("dataset_dict.json",), ("dataset_info.json", "state.json"))  # a DatasetDict, a Dataset
_OWN_FILES = ("README.md", "manifest.json", ".gitignore")  # beside data/ in our own output


def is_saved(path: Path) -> bool:
    """Return whether a folder was written by `save_to_disk`."""
    return any(all((path / name).is_file() for name in names) for names in _SAVED)


def read_saved(path: Path) -> DatasetDict:
    """Return the splits of a `save_to_disk` folder; they stay on the disk."""
    if not (path / "dataset_dict.json").is_file():
        part = _saved_split(path)
        name = str(part.split)  # may be None, or a slice such as train[:10]
        return DatasetDict({name if part.split and SPLIT_NAME.fullmatch(name) else "train": part})
    splits = json.loads((path / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
    return DatasetDict({split: _saved_split(path / split) for split in splits})


def _saved_split(path: Path) -> Dataset:
    if json.loads((path / "state.json").read_text(encoding="utf-8"))["_data_files"]:
        return load_from_disk(str(path))
    return _empty(DatasetInfo.from_directory(str(path)).features)  # which `load_from_disk` cannot read


def _empty(features: Features) -> Dataset:
    return Dataset.from_dict({name: [] for name in features}, features=features)


def tables_in(path: Path) -> list[Path]:
    """Return the Parquet files of a folder, or of the folder `data` in it."""
    return [f for folder in (path, path / "data") for f in sorted(folder.glob("*")) if _is_table(f)]


def _is_table(path: Path) -> bool:
    # metadata.parquet beside images is a list of captions, as `imagefolder` has it, and no image dataset
    return path.suffix.lower() == ".parquet" and path.is_file() and path.stem != "metadata"


def beside(path: Path, tables: Sequence[Path]) -> dict[str, int]:
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


def read_parquet(files: Sequence[Path], root: Path, *, streaming: bool) -> Splits:
    """Return the splits of Parquet files; a stream reads them in place, without a copy in a cache."""
    shards: dict[str, list[Path]] = {}
    for file in files:
        shards.setdefault(_split_of(file, root), []).append(file)
    return {split: _table(part, streaming) for split, part in shards.items()}


def _table(files: Sequence[Path], streaming: bool) -> Dataset | IterableDataset:
    # `load_dataset` fails on Parquet without rows, and takes every path for a pattern.
    filled = [glob.escape(str(file.resolve())) for file in files if pq.read_metadata(file).num_rows]
    if not filled:
        return _empty(Features.from_arrow_schema(pq.read_schema(files[0])))
    # Not `load_dataset("parquet")`: it tells a server of Hugging Face each time that it is used.
    return ParquetDatasetReader(filled, split="train", streaming=streaming).read()


def _split_of(file: Path, root: Path) -> str:
    """Return the split that a Parquet file's name says, by the rules of `datasets`, else train."""
    if shard := _SHARD.match(file.name):
        return shard[1]
    words = re.split(r"[-._ \d]+", file.stem.lower())
    return next((SPLIT_FOLDERS[word] for word in words if word in SPLIT_FOLDERS), "train")
