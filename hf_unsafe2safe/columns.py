"""The side of a sanitizer that `datasets` sees: what `ds.map(sanitize)` calls, and `Sanitizer.map`.

Bytes are read from the Arrow table and never through the row: reading `row["image"]` re-encodes that
column, and a path left beside the bytes would be loaded instead of them.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pyarrow as pa
from datasets import (
    Dataset,
    DatasetDict,
    Features,
    Image,
    IterableDataset,
    IterableDatasetDict,
    List,
)
from datasets.table import table_cast

from .annotation_columns import Plan, plan
from .annotation_rows import turn_rows, turn_table
from .config import Config
from .contexts import check_contexts, row_contexts, table_contexts
from .errors import DatasetError
from .image_cells import is_encoded
from .records import Record
from .schema import PRIVATE_FEATURES, PUBLIC_FEATURES, private_row, public_row

logger = logging.getLogger(__name__)


class DatasetFace(ABC):
    """The side of a `Sanitizer` that `datasets` sees."""

    config: Config

    @abstractmethod
    def records(self, images: Sequence[Any], contexts: Sequence[str] | None = None) -> list[Record]:
        """Sanitize images; see `Sanitizer.records`."""

    def features(self, source: Features) -> Features:
        """Return the features of the result for a dataset with the features `source`.

        Raises:
            DatasetError: No image column, several and none named, a name that is taken, or an annotation
                column that is not there or of another type.
        """
        column = self.find_image_column(source)
        self._refuse_taken(source)
        self._plan(source, column)
        check_contexts(source, self.config.context_columns)
        others = [n for n, f in source.items() if n != column and isinstance(f, Image)]
        _warn_of_others(tuple(n for n in others if self.config.annotations.get(n) != "mask"))
        image = source[column] if isinstance(source[column], Image) else Image()  # decode=False stays so
        return Features({**source, column: image, **self._added()})

    def find_image_column(self, source: Features) -> str:
        """Return the name of the column to sanitize; the rules are those of `features`."""
        images = [name for name, feature in source.items() if isinstance(feature, Image)]
        images = [name for name in images if name not in self.config.annotations]
        named = self.config.image_column
        if named is not None:
            return _usable(named, source)
        if not images:
            raise DatasetError(
                f"No image column found. The dataset has: {', '.join(source) or 'no columns'}.",
                hint=_lists_hint(source) or "Pass image_column=... to name one with paths or bytes.",
            )
        if len(images) > 1:
            raise DatasetError(
                f"Several image columns: {', '.join(images)}.", hint=f"Name one: image_column='{images[0]}'."
            )
        return str(images[0])

    def __call__(self, rows: Any, *others: Any) -> Any:
        """Sanitize a row or a batch of rows, as `map` passes them.

        `map` ignores its `remove_columns=` here; remove columns before, or use `sanitize.map`.

        Returns:
            For an Arrow-backed row or batch a typed `pa.Table` with all columns, so that `map` needs no
            `features=`; for a plain mapping the replaced and added columns.

        Raises:
            DatasetError: The rows are not in a form in which images can be read untouched.
        """
        cell = self.config.image_column is None and _looks_like_image(rows)  # input_columns=, decode=False
        if others or cell or not isinstance(rows, pa.Table | Mapping):
            raise DatasetError(
                f"Expected only a row or a batch, got {type(rows).__name__}{' and more' * bool(others)}.",
                hint="Use sanitize.map(dataset), without input_columns=, with_indices= or with_rank=.",
            )
        if isinstance(rows, pa.Table):  # with_format("arrow")
            return self._table(rows, Features.from_arrow_schema(rows.schema))
        if hasattr(rows, "pa_table"):  # Dataset.map: LazyRow, LazyBatch
            return self._table(rows.pa_table, rows.formatter.features)  # type: ignore[union-attr]
        return self._mapping(rows)

    def map(self, dataset: Any, *, batch_size: int = 16, **kwargs: Any) -> Any:
        """Return the sanitized dataset: `dataset.map(self)` with everything set right.

        Args:
            dataset: A Dataset, DatasetDict, IterableDataset or IterableDatasetDict, in any format.
            batch_size: Rows at a time; it changes no result.
            **kwargs: For `dataset.map`, for example `num_proc=2`.

        Raises:
            DatasetError: As `features`, or a stream without features.
        """
        if isinstance(dataset, DatasetDict | IterableDatasetDict):
            kwargs["batch_size"] = batch_size
            return type(dataset)({split: self.map(part, **kwargs) for split, part in dataset.items()})
        if not isinstance(dataset, Dataset | IterableDataset):
            raise DatasetError(
                f"Expected a dataset, got {type(dataset).__name__}.", hint="Pass what load_dataset returned."
            )
        if dataset.features is None:
            raise DatasetError("The stream has no features.", hint="Give it: dataset.cast(Features(...)).")
        if drop := kwargs.pop("remove_columns", None):  # ignored by map when a function returns a table
            dataset = dataset.remove_columns(drop)
        features = self.features(dataset.features)
        kwargs = {**kwargs, "batched": True, "batch_size": batch_size}
        if isinstance(dataset, IterableDataset):
            return self._stream(dataset, kwargs).cast(features)
        if not len(dataset):
            return Dataset.from_dict({name: [] for name in features}, features=features, split=dataset.split)
        # Written in small groups: 1,000 photos without loss can pass the 2 GiB of one Arrow array.
        kwargs = {"writer_batch_size": 100, **kwargs, "features": features}
        return dataset.with_format(None).map(self, **kwargs)

    def _added(self) -> Features:
        private = PRIVATE_FEATURES if self.config.private_columns else {}
        return Features({**PUBLIC_FEATURES, **private})

    def _refuse_taken(self, names: Container[str]) -> None:
        if taken := [name for name in self._added() if name in names]:
            raise DatasetError(
                f"These columns exist already: {', '.join(taken)}.", hint="Rename or remove them first."
            )

    def _table(self, table: pa.Table, source: Features) -> pa.Table:
        column, features = self.find_image_column(source), self.features(source)
        contexts = table_contexts(table, source, self.config.context_columns)
        records = self.records(table[column].to_pylist(), contexts)
        turned, records = turn_table(table, self._plan(source, column), records)
        new = self._columns(column, records)
        schema = features.arrow_schema  # carries the `huggingface` metadata: the types survive
        arrays = [
            pa.array(new[field.name], field.type)
            if field.name in new
            else turned.get(field.name, table[field.name]).cast(field.type)
            for field in schema
        ]
        return pa.table(arrays, schema=schema)

    def _stream(self, dataset: IterableDataset, kwargs: dict[str, Any]) -> IterableDataset:
        """Map a stream as tables: as dicts it would lose its types when it is written.

        No `features=`: what a typed map returns is never decoded.
        """
        work = partial(self._table, source=dataset.features)
        return typed_stream(dataset).map(work, **kwargs).with_format(None)

    def _mapping(self, rows: Mapping[str, Any]) -> dict[str, Any]:
        named = self.config.annotations
        column = self.config.image_column or _image_key({k: v for k, v in rows.items() if k not in named})
        if column not in rows:
            raise DatasetError(
                f"Column '{column}' not found. The rows have: {', '.join(rows)}.",
                hint="Pass image_column=...",
            )
        self._refuse_taken(rows)
        batched = isinstance(rows[column], list)
        if batched and not all(isinstance(values, list) for values in rows.values()):
            raise DatasetError(
                f"'{column}' holds a list of images in one row.", hint="Make one row an image first."
            )
        batch = rows if batched else {name: [value] for name, value in rows.items()}
        contexts = row_contexts(batch, self.config.context_columns, len(batch[column]))
        turned, records = turn_rows(batch, column, named, self.records(batch[column], contexts))
        new = {**turned, **self._columns(column, records)}
        return new if batched else {name: values[0] for name, values in new.items()}

    def _plan(self, source: Features, column: str) -> Plan:
        return plan(source, column, self.config.annotations)

    def _columns(self, column: str, records: Sequence[Record]) -> dict[str, list[Any]]:
        images = [None if r.image is None else {"bytes": r.image, "path": None} for r in records]
        rows = [{**public_row(record), **private_row(record)} for record in records]
        return {column: images, **{name: [row[name] for row in rows] for name in self._added()}}


def typed_stream(stream: IterableDataset) -> IterableDataset:
    """Return a stream of Arrow tables with the types of its features and nothing decoded.

    Row by row, because `datasets` guesses the types of each table that it makes of dicts.
    """
    typed = partial(table_cast, schema=stream.features.arrow_schema)
    return stream.decode(False).with_format("arrow").map(typed, batched=True, batch_size=1)


def _one_of(source: Features) -> str:
    images = [name for name, feature in source.items() if isinstance(feature, Image)]
    return f"Pass image_column='{images[0]}'." if images else "Pass another image_column."


def _usable(named: str, source: Features) -> str:
    if named not in source:
        raise DatasetError(
            f"Column '{named}' not found. The dataset has: {', '.join(source)}.",
            hint=_one_of(source),
        )
    feature = source[named]
    struct = isinstance(feature, dict) and set(feature) == {"bytes", "path"}
    if not (isinstance(feature, Image) or is_encoded(feature) or struct):
        raise DatasetError(
            # The type only: the names of a ClassLabel are often those of folders.
            f"Column '{named}' holds neither images nor paths nor bytes but {type(feature).__name__}.",
            hint="One image a row is needed; explode lists first.",
        )
    return named


def _lists_hint(source: Features) -> str:
    lists = [n for n, f in source.items() if isinstance(f, List) and isinstance(f.feature, Image)]
    return f"'{lists[0]}' holds lists of images: make one row an image first." if lists else ""


def _image_key(rows: Mapping[str, Any]) -> str:
    """Return the image column of rows without features: the only one that looks like images.

    Raises:
        DatasetError: Several do, or lists of images stand in a row.
    """
    looks = [name for name, value in rows.items() if _looks_like_image(value)]
    if len(looks) > 1:
        raise DatasetError(
            f"Several image columns: {', '.join(looks)}.", hint=f"Name one: image_column='{looks[0]}'."
        )
    return looks[0] if looks else "image"


def _looks_like_image(value: Any) -> bool:
    first = next((v for v in value if v is not None), None) if isinstance(value, list) else value
    encoded = isinstance(first, Mapping) and set(first) == {"bytes", "path"}
    return encoded or type(first).__module__.startswith("PIL.")


@cache  # once, not for every batch
def _warn_of_others(others: tuple[str, ...]) -> None:
    if others:
        logger.warning("Image columns that are passed through as they are: %s", ", ".join(others))
