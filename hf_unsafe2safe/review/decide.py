"""A new result with what a person decided: the rows in their order, everything else as it was."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features

from ..errors import Unsafe2SafeError
from ..hub.card import card
from ..manifest import Manifest, Tally
from ..schema import PRIVATE_FEATURES
from ..sources import Source
from ..storage.output import MANIFEST, staged, write_text
from ..storage.shards import SplitWriter, shards
from .decisions import NAME, check_decisions, counts_of, read_decisions
from .export import read_review
from .folder import check_new_folder
from .result import Originals, open_result
from .reviewer import Reviewer


def apply_review(
    result_dir: str | Path, review_dir: str | Path, source: Source, output_dir: str | Path
) -> Manifest:
    """Write a new result in which the rows are as a person decided in `decisions.csv`.

    Where the person said `keep_by_consent` the original is published without its metadata; nowhere else.
    `accept_fill` publishes the very file that was looked at. The earlier result is not touched.

    Args:
        result_dir: The result that was reviewed.
        review_dir: The folder of `export_review`.
        source: What the result was made from.
        output_dir: A new or empty folder, apart from all others.

    Returns:
        The manifest of the new result.

    Raises:
        ConfigError: The decisions cannot be carried out, or the output folder cannot be used.
        DatasetError: The folders or the source do not belong together.
    """
    result, review, output = Path(result_dir), Path(review_dir), Path(output_dir)
    check_new_folder(output, originals=source.root, result=result, review=review)
    manifest = open_result(result)
    exported = read_review(review, result)
    decisions = read_decisions(review / NAME)
    offered = {
        "accept_fill": {row for row, entry in exported.items() if entry["candidate"]},
        "keep_by_consent": {row for row, entry in exported.items() if entry["original"]},
    }
    check_decisions(decisions, exported, offered)
    reviewer = Reviewer(decisions, exported, review, Originals(source, manifest["image_column"]), manifest)
    tally, files = Tally(), dict[str, str]()
    with staged(output) as folder:
        for split in manifest["splits"]:
            _write_split(split, result, folder, reviewer, tally, files)
        reviewed = Counter(manifest.get("reviewed", {})) + Counter(counts_of(decisions))
        done = _manifest(manifest, tally, files, dict(reviewed))
        write_text(folder / "README.md", card(done, _features(folder, manifest)))
        write_text(folder / MANIFEST, done.json())
    return done


def _manifest(
    before: Mapping[str, Any], tally: Tally, files: Mapping[str, str], reviewed: Mapping[str, int]
) -> Manifest:
    names = {part.name for part in fields(Manifest)}
    values = {name: value for name, value in before.items() if name in names}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(**{**values, **tally.values(), "files": files, "reviewed": reviewed, "created": now})


def _features(folder: Path, manifest: Mapping[str, Any]) -> Features:
    return _features_of(next(p for split in manifest["splits"] for p in shards(folder / "data", split)))


def _features_of(path: Path) -> Features:
    return Features.from_arrow_schema(pq.read_schema(path))


def _write_split(
    split: str, result: Path, folder: Path, reviewer: Reviewer, tally: Tally, files: dict[str, str]
) -> None:
    rows = tally.rows(split)  # counted as a split even without rows
    paths = [shards(result / part, split) for part in ("data", "private")]
    if not paths[0]:
        return
    # Not as they were read: what Parquet adds to a schema would be written once more.
    schemas = (_features_of(paths[0][0]).arrow_schema, _features_of(paths[1][0]).arrow_schema)
    with SplitWriter(folder / "data", folder / "private", split, schemas) as writer:
        for public, private in _tables(*paths):
            rows += len(public)
            public = reviewer.changed(public, private)
            beside = {name: private[name] for name in PRIVATE_FEATURES}
            columns = {name: public[name] for name in public.column_names}
            tally.add(split, private["row"].to_pylist(), pa.table({**columns, **beside}))
            writer.write(public, private, [public.slice(i, 1).nbytes for i in range(len(public))])
        files |= writer.finish()
    if tally.rows(split) != rows:
        raise Unsafe2SafeError(f"Split '{split}' did not come back whole.", hint="Please report this bug.")


def _tables(public: list[Path], private: list[Path]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield the row groups of a split, public and private, which are cut at the same places."""
    for paths in zip(public, private, strict=True):
        data, beside = map(pq.ParquetFile, paths)
        for group in range(data.num_row_groups):
            yield data.read_row_group(group), beside.read_row_group(group)
