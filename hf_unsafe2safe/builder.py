"""The safe version of a dataset as a builder of `datasets`: prepared once, then read from its cache.

`datasets` deletes what it has when a preparation is interrupted. The rows that were finished are in the row
store, so the next preparation goes on from there.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import (
    ArrowBasedBuilder,
    Dataset,
    DatasetInfo,
    Features,
    IterableDataset,
    SplitGenerator,
    StreamingDownloadManager,
)
from datasets.builder import Key

from .errors import DatasetError
from .folders import walk
from .layout import Layout, public_table, sanitizer_for
from .rows import raw_batches
from .sanitizer import Sanitizer
from .schema import PRIVATE_FEATURES
from .sources import Source, open_source

ROWS_A_RANGE = 64  # that one process takes at a time
_BATCH = 16


class Unsafe2SafeBuilder(ArrowBasedBuilder):  # type: ignore[misc] # `datasets` tells no types
    """Builds the safe version of a dataset.

    Args:
        source: What `sources.open_source` takes, no stream.
        source_config_name: Configuration of a Hub dataset; needed where there are several.
        sanitizer: A Sanitizer, or its keyword arguments; None for the defaults.
        private_columns: Add what must stay on this machine; the cache of `datasets` then holds it.
        revision: Branch, tag or commit of a Hub dataset.
        cache_dir: As for `datasets`.

    Raises:
        DatasetError: The source cannot be opened or used, or has several configurations and none is named.
        ConfigError: A setting cannot work.

    Example:
        >>> from datasets import Dataset, Features, Image
        >>> from hf_unsafe2safe import testing
        >>> rows = Dataset.from_dict({"image": [testing.blank()]}, features=Features({"image": Image()}))
        >>> builder = Unsafe2SafeBuilder(rows, sanitizer=testing.fakes())
        >>> builder.info.features["privacy_status"].names
        ['safe', 'edited', 'rejected', 'failed']
    """

    def __init__(
        self,
        source: Any,
        source_config_name: str | None = None,
        sanitizer: Sanitizer | Mapping[str, Any] | None = None,
        private_columns: bool = False,
        revision: str | None = None,
        cache_dir: str | None = None,
    ) -> None:
        self._sanitize = sanitizer_for(sanitizer, private_columns=private_columns)
        self._asked, self._named = source, {"config_name": source_config_name, "revision": revision}
        self._source = self._open(streaming=True)  # of the Hub: only what is needed to know its columns
        if self._source.kind == "hub":  # what is prepared later is this commit, whatever is pushed meanwhile
            self._named["revision"] = self._source.description.rpartition("@")[2]
        name = re.sub(r"\W+", "-", self._source.description.partition("@")[0]).strip("-")
        super().__init__(
            cache_dir=cache_dir,
            dataset_name=f"safe-{name}",
            config_name=source_config_name,
            hash=f"{self._revision()}-{made_with(self._sanitize)}",
        )

    @property
    def source(self) -> Source:
        """What is read: a stream of the Hub until it is prepared."""
        return self._source

    @property
    def sanitizer(self) -> Sanitizer:
        """What works on the rows."""
        return self._sanitize

    def _info(self) -> DatasetInfo:
        before = next(iter(self._source.splits.values()))
        layout = Layout.of(self._sanitize, self._source.splits)
        features = next(iter(layout.public.values()))
        if self._sanitize.config.private_columns:
            features = Features({**features, **PRIVATE_FEATURES})
        about = "The privacy-safe version of a dataset, made with hf-unsafe2safe"
        return DatasetInfo(
            description=f"{about} from {self._source.description}. {before.info.description or ''}".strip(),
            citation=before.info.citation,
            homepage=before.info.homepage,
            license=before.info.license or self._source.licence,
            features=features,
        )

    def _split_generators(self, dl_manager: Any) -> list[SplitGenerator]:
        streaming = isinstance(dl_manager, StreamingDownloadManager)
        self._source = source = self._open(streaming=streaming)
        return [
            SplitGenerator(name=name, gen_kwargs={"split": name, "ranges": _ranges(part)})
            for name, part in source.splits.items()
        ]

    def _generate_tables(
        self, split: str, ranges: list[tuple[int, int | None]]
    ) -> Iterator[tuple[Key, pa.Table]]:
        part = self._source.splits[split]
        column = self._sanitize.find_image_column(part.features)
        for number, (start, stop) in enumerate(ranges):
            batches = raw_batches(self._source, part, column, _BATCH, start=start, stop=stop)
            for i, batch in enumerate(batches):
                yield Key(number, i), public_table(self._sanitize(batch), self.info.features)

    def _open(self, *, streaming: bool) -> Source:
        options: dict[str, Any] = {name: value for name, value in self._named.items() if value}
        if isinstance(self._asked, str | Path):
            options["streaming"] = streaming
        source = open_source(self._asked, image_column=self._sanitize.config.image_column, **options)
        if configs := sorted({name.rpartition("/")[0] for name in source.splits} - {""}):
            raise DatasetError(
                f"The source has several configurations: {', '.join(configs)}.",
                hint=f"Name one: source_config_name='{configs[0]}'.",
            )
        return source

    def _revision(self) -> str:
        """Return what tells this state of the source from others."""
        kind, splits = self._source.kind, self._source.splits
        if kind == "hub":
            return self._source.description.rpartition("@")[2]
        if kind in ("folder", "parquet") and self._source.root is not None:
            stamps = [f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in _files(self._source.root)]
        elif all(isinstance(part, Dataset) for part in splits.values()):
            stamps = [f"{name} {part._fingerprint}" for name, part in splits.items()]
        else:
            raise DatasetError("A stream cannot be prepared.", hint="Pass a Dataset, a path or a Hub id.")
        return hashlib.sha256("\n".join(stamps).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def made_with(sanitize: Sanitizer) -> str:
    """Return what tells the results of a sanitizer from those of others, in the name of a folder.

    Beside the digest that is what shapes a row: which columns are worked on.
    """
    config = sanitize.config
    columns = [config.image_column, dict(config.annotations), config.private_columns]
    text = json.dumps(columns, sort_keys=True)
    return f"{hashlib.sha256(text.encode()).hexdigest()[:8]}-{sanitize.digest}"


def _files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    for name, entry in walk(root) if root.is_dir() else [(str(root), "file")]:
        if entry == "file":
            with suppress(OSError):  # a link to nothing
                yield name, os.stat(name)


def _ranges(part: Dataset | IterableDataset) -> list[tuple[int, int | None]]:
    """Return the rows in pieces, which `datasets` deals out to processes."""
    if not isinstance(part, Dataset):
        return [(0, None)]
    return [(at, min(at + ROWS_A_RANGE, len(part))) for at in range(0, len(part), ROWS_A_RANGE)]
