"""A source becomes a result on disk: public data, private columns beside it, card, manifest."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import tee
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, Features, Image, Value

from .config import freeze
from .engines.local import run
from .errors import DatasetError, Unsafe2SafeError
from .hub.card import card
from .manifest import Manifest, Tally, publishable
from .rows import check_counts, raw_batches, rows_at_a_time, split_parts
from .sanitizer import Sanitizer
from .schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from .sources import Source
from .storage.output import MANIFEST, check_output, staged, write_text
from .storage.shards import SplitWriter

# `row` is the id in messages and `source_path` says where the original is: private, as file names are.
_BESIDE = Features({"row": Value("string"), "source_path": Value("string"), **PRIVATE_FEATURES})

Progress = Callable[[Mapping[str, int], int], None]  # rows so far by status, rows in all


def materialize(
    source: Source,
    output_dir: str | Path,
    sanitizer: Sanitizer | Mapping[str, Any] | None = None,
    *,
    limit: int | None = None,
    num_proc: int = 1,
    overwrite: bool = False,
    batch_size: int = 16,
    progress: Progress | None = None,
) -> Manifest:
    """Sanitize a source into a folder that `datasets.load_dataset` opens.

    The folder gets `data/` (fit to publish), `private/` (for its owner only, aligned row by row, invisible
    to `load_dataset`), a card draft, and `manifest.json` last: without it the result is not finished. A run
    that is stopped leaves what was there before.

    Args:
        source: From `load_source`.
        output_dir: A new or empty folder, or an earlier result together with `overwrite`.
        sanitizer: A Sanitizer, or its keyword arguments; None for the defaults.
        limit: Only the first rows of every split; None for all.
        num_proc: Processes. Neither this nor `batch_size` changes a byte of the result.
        overwrite: Replace an earlier result. Nothing that we did not write is ever removed.
        batch_size: Rows at a time.
        progress: Called after every batch.

    Returns:
        The manifest, with every row that has no image in `troubles`.

    Raises:
        ConfigError: A setting cannot work, or the output folder holds something.
        DatasetError: The columns cannot be used.
    """
    check_counts(limit=limit, num_proc=num_proc, batch_size=batch_size)
    sanitize = _with_private_columns(sanitizer)
    parts = split_parts(source, sanitize.config.image_column, limit)
    before = _common_features(parts)
    column, public = sanitize.find_image_column(before), _public_features(sanitize, before)
    check_output(Path(output_dir), overwrite, source.root)

    tally, files = Tally(), dict[str, str]()
    total = sum(map(len, parts.values()))
    batch_size = rows_at_a_time(batch_size, num_proc, total)
    named = sanitize.config.image_column is not None
    with staged(Path(output_dir)) as folder:
        for split, part in parts.items():
            batches = raw_batches(source, part, column, batch_size, named=named)
            results = _results(sanitize, batches, split, column, num_proc)
            with closing(_written(results, folder, split, public, tally, files)) as written:
                del results  # now only `written` holds it: closing that stops the workers, also on Ctrl-C
                for _ in written:
                    if progress is not None:
                        progress(tally.statuses, total)
            if tally.rows(split) != len(part):
                raise Unsafe2SafeError(
                    f"Split '{split}' did not come back whole.", hint="Please report this bug."
                )
        manifest = Manifest(
            source=source.description,
            source_options=source.options,
            image_column=column,
            config=publishable(sanitize.config),
            limit=limit,
            not_inspected=sanitize.not_inspected,
            skipped_files=source.skipped,
            passed_through={name: _type(feature) for name, feature in before.items() if name != column},
            files=files,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            **tally.values(),
        )
        write_text(folder / "README.md", card(manifest, public))
        write_text(folder / MANIFEST, manifest.json())
    return manifest


def _with_private_columns(sanitizer: Sanitizer | Mapping[str, Any] | None) -> Sanitizer:
    if not isinstance(sanitizer, Sanitizer):
        return Sanitizer(**{**(sanitizer or {}), "private_columns": True})
    twin = type(sanitizer).__new__(type(sanitizer))
    twin.__setstate__(freeze(replace(sanitizer.config, private_columns=True)))
    return twin


def _common_features(parts: Mapping[str, Dataset]) -> Features:
    features = [part.features for part in parts.values()]
    if any(other != features[0] for other in features):
        raise DatasetError(
            "The splits differ in their columns or types.",
            hint="Name one with split, or make them equal first.",
        )
    return features[0]


def _public_features(sanitize: Sanitizer, before: Features) -> Features:
    after = {n: f for n, f in sanitize.features(before).items() if n in before or n in PUBLIC_FEATURES}
    # The source was opened with decode=False for our sake only.
    return Features({n: Image() if isinstance(f, Image) else f for n, f in after.items()})


def _results(
    sanitize: Sanitizer, batches: Iterator[pa.Table], split: str, column: str, num_proc: int
) -> Iterator[tuple[list[str], pa.Array, pa.Table]]:
    """Yield the ids, the paths in the source and the sanitized table of each batch."""
    batches, again = tee(batches)
    start = 0
    for result in run(sanitize, batches, num_proc):
        batch = next(again)
        if result.num_rows != batch.num_rows:
            raise Unsafe2SafeError(
                "A batch came back with another number of rows.", hint="Please report this bug."
            )
        paths = pc.struct_field(batch[column].combine_chunks(), "path")
        yield [f"{split}/{start + i}" for i in range(batch.num_rows)], paths, result
        start += batch.num_rows


def _written(
    results: Iterator[tuple[list[str], pa.Array, pa.Table]],
    folder: Path,
    split: str,
    public: Features,
    tally: Tally,
    files: dict[str, str],
) -> Generator[None, None, None]:
    """Write and count the results of a split; yields after every batch."""
    schemas = (public.arrow_schema, _BESIDE.arrow_schema)
    with SplitWriter(folder / "data", folder / "private", split, schemas) as writer:
        for rows, paths, result in results:
            tally.add(split, rows, result)
            writer.write(_public(result, public), _beside(result, rows, paths), _sizes(result, public))
            yield
        files |= writer.finish()


def _public(result: pa.Table, features: Features) -> pa.Table:
    schema = features.arrow_schema  # with the metadata from which `load_dataset` knows the types
    columns = [
        _without_paths(result[name]) if isinstance(features[name], Image) else result[name]
        for name in schema.names
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _without_paths(images: pa.ChunkedArray) -> pa.Array:
    """Return images with their bytes alone: other image columns than ours still name their files."""
    cells = images.combine_chunks()
    parts = [pc.struct_field(cells, "bytes"), pa.nulls(len(cells), pa.string())]
    return pa.StructArray.from_arrays(parts, ["bytes", "path"], mask=pc.is_null(cells))


def _beside(result: pa.Table, rows: list[str], paths: pa.Array) -> pa.Table:
    schema = _BESIDE.arrow_schema
    columns = [pa.array(rows, pa.string()), paths, *(result[name] for name in PRIVATE_FEATURES)]
    return pa.Table.from_arrays(columns, schema=schema)


def _sizes(result: pa.Table, features: Features) -> list[int]:
    """Return the bytes of the images of each row: about the size of the row."""
    sizes = [0] * result.num_rows
    for name in (n for n, f in features.items() if isinstance(f, Image)):
        lengths = pc.binary_length(pc.struct_field(result[name].combine_chunks(), "bytes")).to_pylist()
        sizes = [size + (length or 0) for size, length in zip(sizes, lengths, strict=True)]
    return sizes


def _type(feature: object) -> str:
    return feature.dtype if isinstance(feature, Value) else type(feature).__name__
