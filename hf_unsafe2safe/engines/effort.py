"""A sanitizer as work for an engine; what each batch cost comes back with its result."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ..sanitizer import Sanitizer

_KEY = b"unsafe2safe.effort"  # in the metadata of the result's schema: it travels between processes
Effort = dict[str, Counter[str]]


class Work:
    """Sanitizes tables. The `Sanitizer` is pickled as its configuration, so every worker has its own."""

    def __init__(self, sanitize: Sanitizer) -> None:
        self._sanitize = sanitize

    def __reduce__(self) -> tuple[Any, ...]:
        return Work, (self._sanitize,)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the sanitized batch, with its effort in the metadata of the schema."""
        before = self._sanitize.effort
        result = self._sanitize(batch)
        now = self._sanitize.effort
        spent = {
            kind: {name: value - before[kind].get(name, 0) for name, value in values.items()}
            for kind, values in now.items()
        }
        metadata = {**(result.schema.metadata or {}), _KEY: json.dumps(spent).encode()}
        return result.replace_schema_metadata(metadata)


def add_effort(total: Effort, more: Mapping[str, Mapping[str, float]]) -> None:
    """Add what a batch or a run cost to a total."""
    for kind, values in more.items():
        total.setdefault(kind, Counter()).update(values)


def effort_in(manifest: Mapping[str, Any]) -> Effort:
    """Return the effort that a manifest tells; those of older versions have parts of it."""
    names = {"seconds": "seconds", "rows": "row_store", "calls": "model_calls", "edits": "edits"}
    return {kind: Counter(manifest.get(name, {})) for kind, name in names.items()}


def effort_of(result: pa.Table) -> Effort:
    """Return what a batch cost: `seconds` by stage, `rows` by where they came from."""
    spent = json.loads((result.schema.metadata or {}).get(_KEY, b"{}"))
    return {kind: Counter(values) for kind, values in spent.items()}
