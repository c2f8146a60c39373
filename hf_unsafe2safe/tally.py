"""Counts over the rows of a result: what a manifest tells."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .errors import Unsafe2SafeError
from .storage.shards import row_groups
from .taxonomy import RISK_GROUPS, STATUSES

MOST_TROUBLES = 1_000  # that are kept with their row ids: a stream must fit into memory
_PUBLIC = ["privacy_status", "risk_labels", "provenance"]
_PRIVATE = ["row", "guarded", "metadata_kinds"]


@dataclass(frozen=True)
class Trouble:
    """A row without an image: its id `split/index` and a reason from `taxonomy.REASONS`."""

    row: str
    status: str
    reason: str


class Tally:
    """Counts rows as they come."""

    def __init__(self) -> None:
        self.statuses = dict.fromkeys(STATUSES, 0)
        self.splits: dict[str, dict[str, int]] = {}
        self.labels: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.metadata: Counter[str] = Counter()
        self.guarded: Counter[str] = Counter()
        self.kept = 0
        self.models: dict[tuple[str, str], None] = {}
        self.digests: dict[str, None] = {}
        self.troubles: list[Trouble] = []

    def add(self, split: str, public: pa.Table, private: pa.Table) -> None:
        """Count rows, given with their published and their private columns."""
        counts = self.splits.setdefault(split, dict.fromkeys(STATUSES, 0))
        provenance = public["provenance"].combine_chunks()
        statuses = [STATUSES[i] for i in public["privacy_status"].to_pylist()]
        reasons = pc.struct_field(provenance, "reason").to_pylist()
        for status, reason in zip(statuses, reasons, strict=True):
            counts[status] += 1
            self.statuses[status] += 1
            self.reasons[reason] += 1
        rows = private["row"].to_pylist()
        found = (t for t in map(Trouble, rows, statuses, reasons) if t.status not in ("safe", "edited"))
        self.troubles += islice(found, MOST_TROUBLES - len(self.troubles))
        for labels in public["risk_labels"].to_pylist():
            self.labels.update(RISK_GROUPS[i] for i in labels)
        for kinds in private["metadata_kinds"].to_pylist():
            self.metadata.update(kinds)
        for names in private["guarded"].to_pylist():
            self.guarded.update(names)
        self.kept += pc.sum(pc.struct_field(provenance, "kept_by_consent")).as_py() or 0
        self.digests |= dict.fromkeys(pc.struct_field(provenance, "config_digest").to_pylist())
        for models in pc.struct_field(provenance, "models").to_pylist():
            self.models |= dict.fromkeys((model["name"], model["revision"]) for model in models)

    def rows(self, split: str) -> int:
        """Return the rows of a split so far; from now on it is among the splits, rows or not."""
        return sum(self.splits.setdefault(split, dict.fromkeys(STATUSES, 0)).values())

    def values(self) -> dict[str, Any]:
        """Return the counts as arguments for `Manifest`."""
        return {
            "config_digest": ", ".join(self.digests),
            "models": tuple({"name": name, "revision": revision} for name, revision in self.models),
            "rows": sum(self.statuses.values()),
            "statuses": self.statuses,
            "splits": self.splits,
            "risk_labels": {label: self.labels[label] for label in RISK_GROUPS if self.labels[label]},
            "reasons": dict(self.reasons.most_common()),
            "removed_metadata": dict(sorted(self.metadata.items())),
            "kept_by_consent": self.kept,
            "leak_guard": dict(sorted(self.guarded.items())),
            "troubles": tuple(self.troubles),
        }


def tally_of(folder: Path, splits: Mapping[str, int | None]) -> Tally:
    """Count the rows of a result, which must be all rows of each split, each once and in order.

    Args:
        folder: Of the result.
        splits: Names of the splits, and how many rows the source has, None where nobody knows.

    Raises:
        Unsafe2SafeError: A row is missing, is there twice or has no private part.
    """
    tally = Tally()
    for split, count in splits.items():
        start = tally.rows(split)
        for public, private in row_groups(folder, split, _PUBLIC, _PRIVATE):
            ids = [f"{split}/{start + i}" for i in range(len(public))]
            if private["row"].to_pylist() != ids:
                raise Unsafe2SafeError(_broken(split), hint=_HINT)
            tally.add(split, public, private)
            start += len(ids)
        if count is not None and start != count:
            raise Unsafe2SafeError(_broken(split), hint=_HINT)
    return tally


_HINT = "Sanitize the source again with overwrite: finished rows are read from the store."


def _broken(split: str) -> str:
    return f"Split '{split}' is not whole: rows are missing, are there twice or stand in another order."


def statuses_of(path: Path) -> list[str]:
    """Return the status of every row of a published file."""
    return [
        STATUSES[i] for i in pq.read_table(path, columns=["privacy_status"])["privacy_status"].to_pylist()
    ]
