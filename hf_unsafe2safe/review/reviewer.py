"""Decisions carried out on the rows of a table."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import ConfigError
from ..imaging.encode import encode
from ..policy import resolve_policy
from . import changes
from .folder import IMAGES
from .result import Originals


@dataclass(frozen=True)
class Reviewer:
    """Carries out decisions.

    Args:
        decisions: Row id -> a word of `DECISIONS`, or "".
        exported: Row id -> what `review.json` says of it.
        review: The folder of the review.
        originals: Those of the result.
        manifest: Of the result.
    """

    decisions: Mapping[str, str]
    exported: Mapping[str, Mapping[str, Any]]
    review: Path
    originals: Originals
    manifest: Mapping[str, Any]

    def changed(self, public: pa.Table, private: pa.Table) -> pa.Table:
        """Return the public rows as decided; those without a decision are the very same.

        Args:
            public: Rows of a result.
            private: The private columns of the same rows.

        Raises:
            ConfigError: A candidate is not the file that was exported.
            DatasetError: An original is another image now.
        """
        ids, hashes = private["row"].to_pylist(), private["image_sha256"].to_pylist()
        parts = [public.slice(i, 1) for i in range(len(public))]
        for i, (row, sha256) in enumerate(zip(ids, hashes, strict=True)):
            if self.decisions.get(row):
                parts[i] = _with(parts[i], self._values(row, sha256, parts[i]))
        return pa.concat_tables(parts)

    def _values(self, row: str, sha256: str | None, part: pa.Table) -> dict[str, Any]:
        """Return the new values of the columns that change."""
        word, image, config = self.decisions[row], None, self.manifest["config"]
        (before,) = part.select(["risk_regions", "provenance"]).to_pylist()
        if word == "accept_fill":
            image = self._candidate(row)
            fraction = self.exported[row]["candidate"]["edited_fraction"]
            values = changes.accepted(before, fraction, resolve_policy(config["policy"]).scores)
        elif word == "keep_by_consent":
            image = self._original(row, sha256)
            values = changes.kept(before)
        else:
            values = changes.dropped(before)
        cell = None if image is None else {"bytes": image, "path": None}
        return {self.manifest["image_column"]: cell, **values}

    def _candidate(self, row: str) -> bytes:
        entry = self.exported[row]["candidate"]
        path = self.review / entry["path"]
        try:
            # Only a plain file of the review itself: what stands in the index could name any other.
            plain = path.parent == self.review / IMAGES and not path.is_symlink()
            data: bytes = path.read_bytes() if plain else b""
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise ConfigError(
                f"The filled picture of row {row} is not the one that was exported.",
                hint="Export the review again.",
            )
        return data

    def _original(self, row: str, sha256: str | None) -> bytes:
        opened = self.originals.open(row, sha256)
        if opened is None:
            raise ConfigError(f"Row {row} has no original.", hint="Export the review again.")
        return opened.kept or encode(
            opened.pixels, encoding=self.manifest["config"]["encoding"], icc=opened.icc
        )


def _with(part: pa.Table, values: Mapping[str, Any]) -> pa.Table:
    for name, value in values.items():
        at = part.schema.get_field_index(name)
        kind = part.schema.field(at)
        part = part.set_column(at, kind, pa.array([value], kind.type))
    return part
