"""Where the original of a row is: for its owner, on request."""

from pathlib import Path

import pyarrow.parquet as pq

from .errors import DatasetError
from .manifest import read_manifest
from .storage.shards import shards


def locate(result_dir: str | Path, row: str) -> str:
    """Return the path of the original of a row, as the source named it when it was sanitized.

    The answer is private, as file names are: no other function and no message tells it.

    Args:
        result_dir: A result, with its private folder.
        row: The id that messages name, for example `train/12`.

    Raises:
        DatasetError: There is no result, no such row, or its source gave no path.
    """
    folder, splits = Path(result_dir), read_manifest(result_dir)["splits"]
    split, _, index = row.rpartition("/")
    if split not in splits or not index.isdecimal():
        raise DatasetError(
            f"The result has no row {row!r}.",
            hint=f"Rows are named SPLIT/NUMBER. Splits: {', '.join(splits)}.",
        )
    at = int(index)
    row = f"{split}/{at}"
    if not shards(folder / "private", split):
        raise DatasetError("The private part of the result is not there.", hint="Only it knows the paths.")
    for path in shards(folder / "private", split):
        file = pq.ParquetFile(path)
        if at < file.metadata.num_rows:
            found = file.read(["row", "source_path"]).slice(at, 1).to_pylist()[0]
            return _answer(found["row"], row, found["source_path"])
        at -= file.metadata.num_rows
    raise DatasetError(
        f"The result has no row {row!r}.", hint=f"Split {split} has {sum(splits[split].values())}."
    )


def _answer(found: str, row: str, path: str | None) -> str:
    if found != row:
        raise DatasetError("The private part is not in the order of the result.", hint="Sanitize it again.")
    if path is None:
        raise DatasetError(
            f"The source gave no path for row {row}: its images are inside tables.",
            hint=f"It is row {row.rpartition('/')[2]} of that split of the source.",
        )
    return path
