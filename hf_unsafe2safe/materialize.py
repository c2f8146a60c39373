"""A source becomes a result on disk: public data, private columns beside it, card, manifest.

What is finished is never done again: shards stay when a run is stopped, and rows are kept in the row store.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from datasets import IterableDataset
from datasets.utils.py_utils import convert_file_size_to_int

from .errors import ConfigError, Unsafe2SafeError
from .jobs import Job, Progress, check_source
from .layout import Layout, sanitizer_for
from .manifest import Manifest, publishable
from .merge import finished, merge_parts, settings_of
from .records import SCHEMA_VERSION
from .retry import Retry, result_files
from .rows import check_counts, lengths, split_parts
from .sanitizer import Sanitizer
from .sources import Source, open_source
from .stopping import finishing_first
from .storage.output import check_output, commit, is_result, locked, output_lock, overlap, remove
from .storage.parts import Settings, differences, open_part
from .storage.store import rows_folder
from .tables import Splits


def materialize(
    dataset: Any,
    output_dir: str | Path,
    sanitizer: Sanitizer | Mapping[str, Any] | None = None,
    *,
    split: str | None = None,
    config_name: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
    limit: int | None = None,
    num_proc: int = 1,
    shard: tuple[int, int] = (0, 1),
    overwrite: bool = False,
    retry_failed: bool = False,
    max_shard_size: int | str = "500MB",
    batch_size: int = 16,
    progress: Progress | None = None,
) -> Manifest | None:
    """Sanitize a dataset into a folder that `datasets.load_dataset` opens.

    The folder gets `data/` (fit to publish), `private/` (for its owner only, aligned row by row, invisible
    to `load_dataset`), a card draft, and `manifest.json` last: without it the result is not finished. A run
    that is stopped, by Ctrl-C after the batch in hand, leaves what was there before; the same call goes on
    with it and gives the same bytes. A finished result that the same call made is left as it is.

    Args:
        dataset: A dataset of `datasets`, a path or Hub id as for `load_source`, or a `Source`.
        output_dir: A new or empty folder, one to go on with, or an earlier result together with `overwrite`.
        sanitizer: A Sanitizer, or its keyword arguments; None for the defaults.
        split: The one split to sanitize; None for all.
        config_name: The one configuration of a Hub dataset; None for all.
        revision: Branch, tag or commit of a Hub dataset.
        streaming: Read a Hub dataset or Parquet as it comes; memory does not grow with the rows.
        limit: Only the first rows of every split; None for all.
        num_proc: Processes, started by spawn. Neither this nor `batch_size` changes a byte of the result.
        shard: `(i, n)`: only part i, from 0, of n; `merge` makes the result of all parts.
        overwrite: Replace an earlier result. Nothing that we did not write is ever removed.
        retry_failed: In a finished result, try rows again that failed for a reason in `taxonomy.RETRYABLE`.
        max_shard_size: Of a Parquet file, in bytes or as `500MB`; reached within a row group of 64 MB.
        batch_size: Rows at a time.
        progress: Called after every batch.

    Returns:
        The manifest, with the first rows that have no image in `troubles`; None for one shard of several.

    Raises:
        ConfigError: A setting cannot work, or the output folder holds something else.
        DatasetError: The columns cannot be used.
        SourceLostError: The source cannot be read any more.
        Unsafe2SafeError: The disk is full, or a stage fails on every row.
        KeyboardInterrupt: Ctrl-C was pressed; what is finished is kept.
    """
    check_counts(limit=limit, num_proc=num_proc, batch_size=batch_size)
    sanitize = sanitizer_for(sanitizer, private_columns=True)
    source = open_source(
        dataset,
        split=split,
        config_name=config_name,
        revision=revision,
        streaming=streaming,
        image_column=sanitize.config.image_column,
    )
    parts = split_parts(source, limit)
    layout = Layout.of(sanitize, parts)
    size = shard_size(max_shard_size)
    settings = settings_for(source, sanitize, parts, layout, limit, size)
    _check_shard(shard, parts)
    output = Path(output_dir)
    check_output(output, source.root)
    _check_store(sanitize, output, source)
    job = Job(
        source=source,
        sanitize=sanitize,
        layout=layout,
        shard=shard,
        shard_bytes=size,
        num_proc=num_proc,
        batch_size=batch_size,
        progress=progress,
        anew=overwrite,
    )
    try:
        if shard[1] > 1:  # jobs of an array share the folder, each has a part of its own
            if is_result(output):
                _refuse_shards()
            _work(job, parts, output, settings)
            return None
        with locked(output_lock(output)):
            commit(output)  # a run that was killed after all was done
            if retry_failed:
                return _retried(job, parts, output, settings, overwrite)
            if is_result(output) and not overwrite:
                return _as_it_is(job, parts, output, settings)
            _work(job, parts, output, settings)
            return merge_parts(output)
    except OSError as error:  # not the source: `raw_batches` tells of that one
        raise Unsafe2SafeError(
            f"The output cannot be written: {error.strerror or type(error).__name__}.",
            hint="When there is space again, run the same once more: it goes on.",
        ) from None


def _work(job: Job, parts: Splits, output: Path, settings: Settings) -> None:
    with open_part(output, settings, job.shard, anew=job.anew) as part, finishing_first() as check:
        if job.shard[1] > 1 and is_result(output):  # merged by somebody else just now
            remove(part.folder)
            _refuse_shards()
        job.run(parts, part, check)


def _refuse_shards() -> NoReturn:
    raise ConfigError("A finished result is not replaced in shards.", hint="Name a new output folder.")


def _as_it_is(job: Job, parts: Splits, output: Path, settings: Settings) -> Manifest:
    """Return the manifest of a result that was made of the same with the same."""
    _check_same(settings_of(output), settings, "source_sizes")
    for split, rows in parts.items():
        if job.source.kind == "hub" and isinstance(rows, IterableDataset):
            continue  # the commit is among the settings; a look would read all of it
        files = [(shard, beside) for shard, (_, beside) in result_files(output, split)]
        check_source(job.source, rows, job.layout.column, files)
    return finished(output)


def _retried(job: Job, parts: Splits, output: Path, settings: Settings, overwrite: bool) -> Manifest:
    if overwrite or not is_result(output):
        raise ConfigError(
            "There is no finished result to retry, or it is to be replaced.",
            hint="Run without retry first, or without overwrite.",
        )
    _check_same(settings_of(output), settings)
    return Retry(job.source, job.sanitize, job.layout, job.num_proc, job.batch_size).run(
        parts, output, settings
    )


def settings_for(
    source: Source, sanitize: Sanitizer, parts: Splits, layout: Layout, limit: int | None, shard_bytes: int
) -> Settings:
    """Return what a result depends on and is described by, as plain values; nothing in it is a path."""
    settings = {
        "source": source.description,
        "source_options": source.options,
        "source_fingerprint": source.fingerprint,
        "source_sizes": source.sizes,
        "source_licence": source.licence,
        "skipped_files": dict(source.skipped),
        "limit": limit,
        "image_column": layout.column,
        "passed_through": layout.passed_through,
        "config": publishable(sanitize.config),
        "config_digest": sanitize.digest,
        "not_inspected": sanitize.not_inspected,
        "schema_version": SCHEMA_VERSION,
        "shard_bytes": shard_bytes,
        "rows": lengths(parts),
    }
    return json.loads(json.dumps(settings))  # type: ignore[no-any-return]


def _check_store(sanitize: Sanitizer, output: Path, source: Source) -> None:
    rows = rows_folder(sanitize.config.store)
    places = {"output folder": output, "source": source.root}
    for name, place in places.items():
        if rows is not None and place is not None and overlap(rows, place):
            raise ConfigError(
                f"The row store and the {name} lie inside each other.",
                hint="Rows hold private captions: name a store elsewhere, or none.",
            )


def shard_size(size: int | str) -> int:
    """Return the size of a Parquet file in bytes, given as bytes or as `500MB`; raises ConfigError."""
    try:
        number: int = convert_file_size_to_int(size)
    except ValueError:
        raise ConfigError(
            f"max_shard_size '{size}' is no size.", hint="Pass bytes, or for example '500MB'."
        ) from None
    check_counts(max_shard_size=number)
    return number


def _check_shard(shard: tuple[int, int], parts: Splits) -> None:
    number, count = shard
    if count < 1:
        raise ConfigError(f"{count} shards are none.", hint="For example shard 0/4 to 3/4.")
    if not 0 <= number < count:
        raise ConfigError(f"shard {number}/{count} is none.", hint=f"Pass 0/{count} to {count - 1}/{count}.")
    if count > 1 and any(isinstance(part, IterableDataset) for part in parts.values()):
        raise ConfigError("A stream cannot be cut into shards.", hint="Leave streaming or shard out.")


def _check_same(then: Settings, now: Settings, *more: str) -> None:
    if differs := differences(then, now, *more):
        raise ConfigError(
            f"The output folder is not empty: it holds a result with other settings: {differs}.",
            hint="Pass overwrite to replace it, or name another folder.",
        )
