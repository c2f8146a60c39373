"""Rows whose own licence forbids what sanitizing does: datasets of photos by many people have one a photo."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from datasets import ClassLabel, Features

from ..errors import DatasetError
from ..manifest import read_manifest
from ..storage.shards import shards
from .licences import forbids_derivatives


def not_to_be_changed(folder: Path, column: str) -> list[str]:
    """Return the ids of rows that must not be published changed, such as `train/12`.

    A row that names no licence is one of them: nobody allowed anything.

    Args:
        folder: Of a finished result.
        column: Class labels or texts that name the licence of each image.

    Raises:
        DatasetError: The column is not there, or holds something else.
    """
    ids = []
    for split in read_manifest(folder)["splits"]:
        start = 0
        for file in shards(folder / "data", split):
            licences = _licences(file, column)
            ids += [f"{split}/{i}" for i, said in enumerate(licences, start) if _forbids(said)]
            start += len(licences)
    return ids


def _forbids(licence: str | None) -> bool:
    return not licence or forbids_derivatives(licence)


def _licences(file: Path, column: str) -> list[str | None]:
    features = Features.from_arrow_schema(pq.read_schema(file))
    feature = features.get(column)
    if not isinstance(feature, ClassLabel) and getattr(feature, "dtype", None) != "string":
        raise DatasetError(
            f"Column '{column}' with licences is missing, or holds neither classes nor texts.",
            hint=f"The dataset has: {', '.join(features)}.",
        )
    values: list[Any] = pq.read_table(file, columns=[column])[column].to_pylist()
    if not isinstance(feature, ClassLabel):
        return values
    return [None if value is None or value < 0 else feature.int2str(value) for value in values]
