"""A new result with what a person decided: the rows in their order, everything else as it was."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from datasets import Features

from ..engines.effort import effort_in
from ..manifest import Manifest
from ..merge import build, settings_of
from ..sources import Source
from ..storage.output import scratch
from ..storage.shards import Shard, SplitWriter, row_groups, shards
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
    settings = settings_of(result)
    written: list[Shard] = []
    with scratch(output) as folder:
        for split in manifest["splits"]:
            _write_split(split, result, folder, reviewer, settings["shard_bytes"], written.append)
        reviewed = Counter(manifest.get("reviewed", {})) + Counter(counts_of(decisions))
        effort = effort_in(manifest)
        members = [(folder, shard) for shard in written]
        return build(output, settings, members, {"reviewed": dict(reviewed)}, effort)


def _write_split(
    split: str, result: Path, folder: Path, reviewer: Reviewer, size: int, done: Callable[[Shard], None]
) -> None:
    paths = [shards(result / part, split) for part in ("data", "private")]
    if not paths[0]:
        return
    # Not as they were read: what Parquet adds to a schema would be written once more.
    schemas = (_features_of(paths[0][0]).arrow_schema, _features_of(paths[1][0]).arrow_schema)
    with SplitWriter(folder, split, schemas, done, shard_bytes=size) as writer:
        for public, private in row_groups(result, split):
            public = reviewer.changed(public, private)
            writer.write(public, private, [public.slice(i, 1).nbytes for i in range(len(public))])
        writer.finish()


def _features_of(path: Path) -> Features:
    return Features.from_arrow_schema(pq.read_schema(path))
