"""Which rows are published, and under which key."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import PublishError
from ...taxonomy import STATUSES
from ..keys import row_key
from ..published import NULL
from .rows import Rows

_WITH_IMAGE = tuple(STATUSES.index(status) for status in ("safe", "edited"))


@dataclass
class RowChoice:
    """Decides about rows.

    Args:
        key: Of `keys.local_key`.
        repo_id: Where the rows go.
        without_image: `left_out` or `null`.
        leave_out: Ids of rows that the publisher left out by name.
        retracted: Row keys that were taken down in this repo.
        met: Those of `leave_out` that were among the rows so far.
    """

    key: bytes = field(repr=False)
    repo_id: str
    without_image: str
    leave_out: frozenset[str] = frozenset()
    retracted: frozenset[str] = frozenset()
    met: set[str] = field(default_factory=set)

    def chosen(self, rows: Rows, column: str) -> Iterator[tuple[pa.Table, pa.Table, list[str]]]:
        """Yield the rows that go: public columns, private ones, and their keys; never an empty table.

        Raises:
            PublishError: Rows were taken down, and of some of these nobody knows the original.
        """
        for public, beside in rows.batches(None):
            keys = self._keys(public, beside, column)
            with_image = pc.is_in(public["privacy_status"], pa.array(_WITH_IMAGE)).to_pylist()
            ids = beside["row"].to_pylist()
            self.met |= self.leave_out.intersection(ids)
            held = self.leave_out.union(self.retracted)  # ids and keys have different forms
            goes = [
                (image or self.without_image == NULL) and held.isdisjoint((row, one))
                for image, row, one in zip(with_image, ids, keys, strict=True)
            ]
            if any(goes):
                mask = pa.array(goes)
                kept = [k for k, one in zip(keys, goes, strict=True) if one]
                yield public.filter(mask), beside.filter(mask), kept

    def _keys(self, public: pa.Table, beside: pa.Table, column: str) -> list[str]:
        """Return a key a row: of its original where its hash was kept, else of the safe image."""
        cells = public[column].combine_chunks()
        images = cells.field("bytes")
        known: Sequence[str | None] = beside["image_sha256"].to_pylist()
        ids = beside["row"].to_pylist()
        pairs = zip(known, images, strict=True)
        if self.retracted and any(sha256 is None and image.is_valid for sha256, image in pairs):
            raise PublishError(
                "Rows of this repo were taken down. The hashes of these originals were not kept, so nobody "
                "can tell which rows those were.",
                hint="Publish the folder of a result, or what Sanitizer(private_columns=True) made.",
            )
        return [row_key(self.key, self.repo_id, content) for content in map(_content, known, images, ids)]


def _content(sha256: str | None, image: pa.Scalar, row: str) -> str:
    if sha256:
        return f"original:{sha256}"
    if image.is_valid:
        return f"published:{hashlib.sha256(image.as_buffer()).hexdigest()}"
    return f"row:{row}"
