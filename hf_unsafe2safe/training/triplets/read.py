"""Triplets that `make_triplets` wrote, opened for training."""

import glob
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from datasets.exceptions import DatasetsError

from ...errors import DatasetError
from .features import CACHE, DATA, FEATURES, FORMAT, MANIFEST, TRAIN, VALIDATION
from .place import is_triplets

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class OpenTriplets:
    """Triplets on disk; images are read when they are asked for.

    Args:
        train: Rows with the columns of `features.FEATURES`; images are `Image(decode=False)`.
        validation: Likewise; empty where none were set apart.
        manifest: What `triplets.json` says.
    """

    train: "Dataset" = field(repr=False)
    validation: "Dataset" = field(repr=False)
    manifest: Mapping[str, Any]


def open_triplets(folder: str | Path) -> OpenTriplets:
    """Open a folder of triplets.

    Raises:
        DatasetError: There are none, of another version, or files are missing or damaged.
    """
    folder = Path(folder)
    if not is_triplets(folder):
        raise DatasetError("There are no triplets in this folder.", hint="Run `unsafe2safe triplets` first.")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise DatasetError("The triplets were made by another version.", hint="Make them again.")
    parts = {
        split: _part(folder, split, int(manifest["rows"].get(split, 0))) for split in (TRAIN, VALIDATION)
    }
    return OpenTriplets(parts[TRAIN], parts[VALIDATION], manifest)


def _part(folder: Path, split: str, rows: int) -> "Dataset":
    from datasets import Dataset, Image
    from datasets.io.parquet import ParquetDatasetReader

    if not rows:
        part = Dataset.from_dict({name: [] for name in FEATURES}, features=FEATURES)
    else:
        files = sorted((folder / DATA).glob(f"{split}-?????-of-?????.parquet"))
        try:
            # The copy that it makes holds originals: it stays in the folder that is for its owner only.
            paths = [glob.escape(str(file.resolve())) for file in files]
            part = ParquetDatasetReader(paths, split=split, cache_dir=str(folder / CACHE)).read()
        except (OSError, ValueError, pa.ArrowException, DatasetsError):
            raise DatasetError("The triplets are damaged.", hint="Make them again.") from None
    if len(part) != rows or part.features != FEATURES:
        raise DatasetError("The triplets are not whole.", hint="Make them again.")
    for name, feature in FEATURES.items():
        if isinstance(feature, Image):
            part = part.cast_column(name, Image(decode=False))
    return part
