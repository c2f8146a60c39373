"""Rows leave the repo: their data files are written without them, and one commit puts all in place."""

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Features
from huggingface_hub import HfApi

from ...errors import PublishError
from ...storage.shards import sha256_of
from ..card import published_card
from ..keys import ROW_KEY
from ..published import Published, PublishedConfig
from ..publishing.pushing import Target, push
from ..publishing.repo import Repo
from ..publishing.staging import Staged
from .reading import DataFile, Reader, split_name


def remove_rows(
    api: HfApi, repo: Repo, reader: Reader, files: Sequence[DataFile], keys: Collection[str]
) -> dict[str, int]:
    """Commit the repo without these rows, all else in it as it was, and return how many went, by split.

    Nothing is committed where they are gone already.

    Args:
        api: Whose token is used.
        repo: As it is now.
        reader: Of that commit.
        files: All its data files.
        keys: Row keys; every row that has one goes.

    Raises:
        ConflictError: Somebody else committed meanwhile.
        PublishError: These are all rows, or the Hub refuses.
    """
    published = repo.published or Published()
    counts = removed_rows(published, files, keys)
    if not counts:
        return {}
    # Only rows that stay are written here, and only their owner may read them.
    with TemporaryDirectory(prefix="unsafe2safe-") as folder:
        written = {
            file.path: _without(reader, file, keys, Path(folder) / f"{i}.parquet")
            for i, file in enumerate(files)
            if not set(keys).isdisjoint(file.keys)
        }
        sha256 = {path: sha256_of(local) for path, local in written.items() if local}
        after = _published_without(published, files, keys, sha256)
        if not after.configs:
            raise PublishError(
                "These are all rows of the repo. Nothing was changed.",
                hint="Delete the repo itself, in its settings.",
            )
        features = _features(after, reader)
        card = published_card(after, repo.id, features, repo.card)
        paths = {path: local for path, local in written.items() if local}
        staged = Staged(Features(), paths=paths, sha256=sha256)
        push(api, repo, Target(), [staged], after, card, f"Take down {sum(counts.values())} rows")
    return counts


def removed_rows(published: Published, files: Sequence[DataFile], keys: Collection[str]) -> dict[str, int]:
    """Return how many rows have one of these keys, by split."""
    counts: Counter[str] = Counter()
    for file in files:
        counts[split_name(published, file.config, file.split)] += sum(key in keys for key in file.keys)
    return {split: count for split, count in counts.items() if count}


def _without(reader: Reader, file: DataFile, keys: Collection[str], path: Path) -> Path | None:
    """Write a data file without some rows; None where no row is left. Written as `storage.shards` does."""
    if set(file.keys) <= set(keys):
        return None
    gone = pa.array(sorted(keys), pa.string())
    os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    writer: pq.ParquetWriter | None = None
    for table in reader.groups(file.path):
        rest = table.filter(pc.invert(pc.is_in(table[ROW_KEY], value_set=gone)))
        writer = writer or pq.ParquetWriter(path, table.schema)
        if len(rest):
            writer.write_table(rest.combine_chunks(), row_group_size=len(rest))
    if writer is not None:
        writer.close()
    return path


def _published_without(
    published: Published, files: Sequence[DataFile], keys: Collection[str], sha256: Mapping[str, str]
) -> Published:
    """Return what the repo says of itself once the rows are gone.

    What the run did, rows by status and risk label, stays as it was: it is about the result.
    """
    configs: dict[str, PublishedConfig] = {}
    for name, config in published.configs.items():
        rows: Counter[str] = Counter()
        left: dict[str, str] = {}
        for file in (f for f in files if f.config == name):
            if count := sum(key not in keys for key in file.keys):
                rows[file.split] += count
                left[file.path] = sha256.get(file.path, config.files[file.path])
        if left:
            configs[name] = replace(config, published=dict(rows), files=left)
    return replace(published, configs=configs, retracted=tuple(sorted({*published.retracted, *keys})))


def _features(published: Published, reader: Reader) -> dict[str, Features]:
    return {name: reader.features(min(config.files)) for name, config in published.configs.items()}
