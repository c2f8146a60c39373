"""What is to be published, as rows: a result on disk, or a sanitized dataset in Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features, Image

from ...errors import ConfigError, DatasetError, PublishError
from ...layout import BESIDE
from ...manifest import Manifest, publishable
from ...merge import finished
from ...review.result import open_result
from ...sanitizer import Sanitizer
from ...schema import PUBLIC_FEATURES
from ...sources import IN_MEMORY, undecoded
from ...storage.shards import row_groups, sha256_of, shards
from ...tables import SPLIT_NAME
from ...tally import Tally
from ...training.triplets.place import is_triplets
from .evaluated import evaluation_of

DEFAULT_CONFIG = "default"
_AT_A_TIME = 32  # rows of a dataset in Python; their images must fit into one Arrow array

Pairs = Iterator[tuple[pa.Table, pa.Table]]


@dataclass(frozen=True)
class Rows:
    """The rows of one split.

    Args:
        id: What row ids begin with: the split, or `config/split`.
        features: Columns that may be published; images are `Image()`.
        batches: Yields the rows in order: columns of `features`, and beside them `layout.BESIDE`, with nulls
            for what nobody kept. Given names, only these columns of the first.
    """

    id: str
    features: Features
    batches: Callable[[Sequence[str] | None], Pairs] = field(repr=False)


@dataclass(frozen=True)
class Given:
    """All that is to be published: configuration -> split -> rows, what made them, how good they are."""

    configs: Mapping[str, Mapping[str, Rows]]
    manifest: Manifest
    evaluation: tuple[Mapping[str, Any], ...] = ()


def given_rows(dataset: Any, sanitizer: Sanitizer | None, config_name: str | None) -> Given:
    """Return what a user wants to publish.

    Args:
        dataset: Folder of a finished result, a Dataset, or a mapping of splits.
        sanitizer: What made a dataset in Python; None for `Sanitizer()`.
        config_name: Name of the configuration, where there is one; None for the given names or `default`.

    Raises:
        DatasetError: It is no result, is not as it was written, or was never sanitized.
        ConfigError: Another sanitizer made it, or a name for several configurations.
        PublishError: They are triplets.
    """
    _refuse_triplets(dataset)
    given = (
        _of_folder(Path(dataset))
        if isinstance(dataset, str | Path)
        else _of_dataset(dataset, sanitizer or Sanitizer())
    )
    if config_name is None:
        return given
    if len(given.configs) > 1:
        raise ConfigError(
            f"The result has the configurations {', '.join(given.configs)}; one name was given for them.",
            hint="Leave config_name out.",
        )
    if not SPLIT_NAME.fullmatch(config_name.replace("-", "_")):
        raise ConfigError(
            "config_name becomes the name of a folder: letters, digits, '.', '_' and '-' were expected."
        )
    (rows,) = given.configs.values()
    return replace(given, configs={config_name: rows})


def _refuse_triplets(dataset: Any) -> None:
    """Raise for triplets, in their folder or opened: each holds an original."""
    if isinstance(dataset, str | Path):
        found = is_triplets(Path(dataset))
    else:
        parts = dataset.values() if isinstance(dataset, Mapping) else (dataset,)
        columns = [set(getattr(part, "column_names", None) or ()) for part in parts]
        found = any({"original_image", "edited_image"} <= names for names in columns)
    if found:
        raise PublishError(
            "Triplets hold originals and are not published.",
            hint="Publish the sanitized result that they were made of, or the editor trained on them.",
        )


def _of_folder(folder: Path) -> Given:
    values = open_result(folder)
    for name, sha256 in values["files"].items():
        if sha256_of(folder / "data" / name) != sha256:
            raise DatasetError(
                "A file of the result is not as it was written.",
                hint="Sanitize the source again with overwrite: finished rows are read from the store.",
            )
    configs: dict[str, dict[str, Rows]] = {}
    options = list(values.get("source_options", ()))
    # One configuration of a source keeps its name: others of it may follow.
    only = options[options.index("--config-name") + 1] if "--config-name" in options else DEFAULT_CONFIG
    for name in values["splits"]:
        config, _, split = name.rpartition("/")
        config = config or only
        configs.setdefault(config, {})
        if files := shards(folder / "data", name):
            features = Features.from_arrow_schema(pq.read_schema(files[0]))
            rows = Rows(name, features, _folder_batches(folder, name))
            configs[config][split] = rows
    filled = {name: parts for name, parts in configs.items() if parts}
    return Given(filled, finished(folder), evaluation_of(folder))


def _folder_batches(folder: Path, split: str) -> Callable[[Sequence[str] | None], Pairs]:
    return lambda columns: row_groups(folder, split, None if columns is None else list(columns))


def _of_dataset(dataset: Any, sanitizer: Sanitizer) -> Given:
    if isinstance(dataset, Dataset):
        name = str(dataset.split)
        dataset = {name if dataset.split and SPLIT_NAME.fullmatch(name) else "train": dataset}
    if not isinstance(dataset, Mapping) or not all(isinstance(part, Dataset) for part in dataset.values()):
        raise DatasetError(
            f"Expected a result of `sanitize`, a Dataset or a DatasetDict, got {type(dataset).__name__}.",
            hint="Materialize a stream first: `unsafe2safe sanitize`.",
        )
    if odd := [name for name in dataset if not SPLIT_NAME.fullmatch(str(name))]:
        raise DatasetError(
            f"{len(odd)} splits have names that no file can have.", hint="Use letters, digits and _ only."
        )
    parts = {str(name): part for name, part in dataset.items() if len(part)}
    column = _image_column(parts, sanitizer)
    rows = {}
    for name, part in parts.items():
        raw = undecoded(part.with_format(None), column)
        features = {n: Image() if isinstance(f, Image) else f for n, f in part.features.items()}
        features = {n: f for n, f in features.items() if n not in BESIDE}
        rows[name] = Rows(name, Features(features), _dataset_batches(raw, name))
    return Given({DEFAULT_CONFIG: rows}, _counted(rows, column, sanitizer))


def _image_column(parts: Mapping[str, Dataset], sanitizer: Sanitizer) -> str:
    """Return the image column of sanitized splits, which must all have the same columns."""
    if not parts:
        raise DatasetError("There are no rows to publish.")
    first = next(iter(parts.values())).features
    if any(part.features != first for part in parts.values()):
        raise DatasetError("The splits differ in their columns or types.", hint="Publish each alone.")
    missing = [name for name, feature in PUBLIC_FEATURES.items() if first.get(name) != feature]
    if missing:
        raise DatasetError(
            f"The dataset was not sanitized: columns are missing or of another type: {', '.join(missing)}.",
            hint="Publish what sanitize.map(dataset) returned.",
        )
    named = sanitizer.config.image_column
    images = [n for n, f in first.items() if isinstance(f, Image) and n not in sanitizer.config.annotations]
    if named is None and len(images) != 1:
        raise DatasetError(
            f"{len(images)} image columns: which was sanitized is not known.",
            hint="Pass the sanitizer that made it, with image_column.",
        )
    column = named or images[0]
    if column not in first:
        raise DatasetError(f"Column '{column}' not found. The dataset has: {', '.join(first)}.")
    return column


def _dataset_batches(part: Dataset, name: str) -> Callable[[Sequence[str] | None], Pairs]:
    def batches(columns: Sequence[str] | None) -> Pairs:
        start = 0
        public = [n for n in part.column_names if n not in BESIDE and (columns is None or n in columns)]
        private = [n for n in part.column_names if n in BESIDE]
        for table in part.select_columns([*public, *private]).with_format("arrow").iter(_AT_A_TIME):
            ids = pa.array([f"{name}/{start + i}" for i in range(len(table))], pa.string())
            start += len(table)
            yield table.select(public), _beside(table.select(private), ids)

    return batches


def _beside(table: pa.Table, ids: pa.Array) -> pa.Table:
    columns = []
    for part in BESIDE.arrow_schema:
        known = table.column_names
        empty: Any = [] if pa.types.is_list(part.type) else None
        column = table[part.name] if part.name in known else pa.array([empty] * len(ids), part.type)
        columns.append(ids if part.name == "row" else column.cast(part.type))
    return pa.Table.from_arrays(columns, schema=BESIDE.arrow_schema)


def _counted(rows: Mapping[str, Rows], column: str, sanitizer: Sanitizer) -> Manifest:
    tally = Tally()
    for name, part in rows.items():
        for public, beside in part.batches(["privacy_status", "risk_labels", "provenance"]):
            tally.add(name, public, beside)
    if set(tally.digests) != {sanitizer.digest}:
        raise ConfigError(
            "Another sanitizer made these rows: their provenance has another config_digest.",
            hint="Pass the one that made them: publish(safe, repo_id, sanitizer=sanitize).",
        )
    return Manifest(
        source=IN_MEMORY,
        image_column=column,
        config=publishable(sanitizer.config),
        limit=None,
        skipped_files={},
        passed_through={},
        files={},
        created="",
        not_inspected=sanitizer.not_inspected,
        **tally.values(),
    )
