"""The data files of a repo at one commit, read in parts over the network: no copy of them on this disk."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features
from huggingface_hub import HfApi, HfFileSystem

from ...errors import DatasetError
from ..asking import ask
from ..keys import ROW_KEY
from ..published import Published

Answer = TypeVar("Answer")


class Reader:
    """Reads Parquet files of a dataset repo.

    Args:
        api: Whose endpoint and token are used.
        repo_id: `owner/name`.
        revision: A commit, or another ref.
    """

    def __init__(self, api: HfApi, repo_id: str, revision: str) -> None:
        token = api.token
        self._files = HfFileSystem(endpoint=api.endpoint, token=token, skip_instance_cache=True)
        self._repo_id, self._revision = repo_id, revision

    def keys(self, path: str) -> list[str] | None:
        """Return the row keys of a file in the order of its rows; None where it has no such column.

        Raises:
            PublishError: The Hub does not give it.
        """

        def read() -> list[str] | None:
            with self._opened(path) as file:
                if ROW_KEY not in file.schema_arrow.names:
                    return None
                found: list[str] = file.read(columns=[ROW_KEY])[ROW_KEY].to_pylist()
                return found

        return ask("read the row keys", lambda: _sound(read))

    def features(self, path: str) -> Features:
        """Return the features of a file; raises as `keys`."""

        def read() -> Features:
            with self._opened(path) as file:
                return Features.from_arrow_schema(file.schema_arrow)

        return ask("read the columns of a data file", lambda: _sound(read))

    def groups(self, path: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Yield the row groups of a file, one in memory at a time; raises as `keys`.

        Args:
            path: In the repo.
            columns: To read; None for all.
        """
        with ask("read a data file", lambda: _sound(lambda: self._opened(path))) as file:
            for group in range(file.num_row_groups):
                yield ask(
                    "read a data file",
                    lambda i=group: _sound(lambda: file.read_row_group(i, columns=columns)),  # type: ignore[misc]
                )

    def _opened(self, path: str) -> pq.ParquetFile:
        # Without a cache of blocks exactly what is needed is asked for: a footer, or one column.
        name = f"datasets/{self._repo_id}/{path}"
        file = self._files.open(name, "rb", revision=self._revision, cache_type="none")
        try:
            return pq.ParquetFile(file, pre_buffer=True)
        except BaseException:
            file.close()
            raise


def _sound(read: Callable[[], Answer]) -> Answer:
    try:
        return read()
    except pa.ArrowInvalid:
        raise DatasetError("A data file of the repo is no sound Parquet file.") from None


@dataclass(frozen=True)
class DataFile:
    """A data file and its rows.

    Args:
        config: Its configuration.
        split: Its split.
        path: In the repo.
        keys: Row keys, in the order of the rows.
        start: Place of its first row in the split.
    """

    config: str
    split: str
    path: str
    keys: tuple[str, ...]
    start: int


def data_files(reader: Reader, published: Published) -> list[DataFile]:
    """Return all data files of a published dataset, split by split, in the order of the rows.

    Raises:
        DatasetError: A file has no row keys.
        PublishError: The Hub does not give one.
    """
    found: list[DataFile] = []
    rows: dict[tuple[str, str], int] = {}
    for name, config in sorted(published.configs.items()):
        for path in sorted(config.files):
            split, keys = split_of(path), reader.keys(path)
            if keys is None:
                raise DatasetError(f"A data file of the repo has no column '{ROW_KEY}'.")
            start = rows.get((name, split), 0)
            found.append(DataFile(name, split, path, tuple(keys), start))
            rows[name, split] = start + len(keys)
    return found


def split_of(path: str) -> str:
    """Return the split of a data file.

    Example:
        >>> split_of("data/birds/train-00000-of-00002.parquet")
        'train'
    """
    return path.rpartition("/")[2].rsplit("-", 3)[0]


def split_name(published: Published | Mapping[str, object], config: str, split: str) -> str:
    """Return how messages name a split: with its configuration where there are several."""
    configs = published.configs if isinstance(published, Published) else published
    return f"{config}/{split}" if len(configs) > 1 else split
