"""What is in a dataset, as labels and counts: nothing is changed, and no image, box or text is kept.

It is what inspection alone sees. `sanitize` takes a second look at every row and may find more.
"""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .config import Config
from .engines.local import run
from .errors import StageError
from .imaging.open import OpenedImage
from .records import Inspection
from .rows import check_counts, lengths, raw_batches, rows_at_a_time, split_parts, total_of
from .rowwise import Rowwise, known_reason
from .sanitizer import Sanitizer
from .sources import Source, open_source
from .stages import Stages
from .taxonomy import KINDS, RISK_GROUPS
from .views import views_of

INSPECTED = "inspected"


def _schema(kinds: Sequence[str]) -> pa.Schema:
    return pa.schema(
        [
            ("outcome", pa.string()),
            ("privacy_flag", pa.bool_()),
            ("would_edit", pa.bool_()),
            ("risk_labels", pa.list_(pa.string())),
            *((f"n_{kind}", pa.int32()) for kind in kinds),
        ]
    )


@dataclass(frozen=True)
class Survey:
    """What a dataset holds.

    Args:
        rows: One row a row of the dataset: `row` (split/index), `outcome` (`inspected`, or a reason from
            `taxonomy.REASONS`), `privacy_flag`, `would_edit`, `risk_labels` and a count `n_KIND` for every
            kind that was looked for or found. A row that could not be inspected is flagged; what is in it
            is not known, so its other values are null.
        not_inspected: Kinds that the policy names and nobody looked for.
    """

    rows: pa.Table
    not_inspected: tuple[str, ...] = ()

    def totals(self) -> dict[str, int]:
        """Return how many rows there are, are flagged, would be edited, and failed."""
        return {
            "rows": self.rows.num_rows,
            "flagged": _trues(self.rows["privacy_flag"]),
            "would be edited": _trues(self.rows["would_edit"]),
            "failed": sum(self.failures().values()),
        }

    def failures(self) -> dict[str, int]:
        """Return the rows that could not be inspected, by reason, most frequent first."""
        reasons = Counter(self.rows["outcome"].to_pylist())
        return {reason: count for reason, count in reasons.most_common() if reason != INSPECTED}

    def groups(self) -> dict[str, int]:
        """Return the rows in which each risk group was found."""
        found = Counter(label for labels in self.rows["risk_labels"].to_pylist() for label in labels or ())
        return {group: found[group] for group in RISK_GROUPS if found[group]}

    def kinds(self) -> dict[str, tuple[int, int]]:
        """Return in how many rows each kind was found, and how often in all; 0 where it was looked for."""
        names = [name for name in self.rows.column_names if name.startswith("n_")]
        counts = {name.removeprefix("n_"): self.rows[name] for name in names}
        return {k: (_trues(pc.greater(n, 0)), pc.sum(n).as_py() or 0) for k, n in counts.items()}


def survey(
    source: Source,
    sanitizer: Sanitizer | None = None,
    *,
    limit: int | None = None,
    num_proc: int = 1,
    batch_size: int = 16,
    progress: Callable[[int, int | None], None] | None = None,
) -> Survey:
    """Inspect every row of a source and count what is found.

    Args:
        source: From `load_source`.
        sanitizer: Whose inspector, policy and keep list are used; None for the defaults.
        limit: Only the first rows of every split; None for all.
        num_proc: Processes. Neither this nor `batch_size` changes a count.
        batch_size: Rows at a time.
        progress: Called after every batch with the rows so far and in all.

    Raises:
        ConfigError: A setting cannot work, or the self-test failed: the inspector or the verifier is blind.
        DatasetError: The columns cannot be used.
    """
    check_counts(limit=limit, num_proc=num_proc, batch_size=batch_size)
    sanitizer = sanitizer or Sanitizer()
    source = open_source(source, image_column=sanitizer.config.image_column)
    parts = split_parts(source, limit)
    columns = {split: sanitizer.find_image_column(part.features) for split, part in parts.items()}
    total, done = total_of(lengths(parts)), 0
    batch_size = rows_at_a_time(batch_size, num_proc, total)
    surveyor = _Surveyor(sanitizer.config)

    def tables() -> Generator[pa.Table, None, None]:
        for split, part in parts.items():
            column, start = columns[split], 0
            batches = raw_batches(source, part.select_columns(column), column, batch_size)
            for table in run(surveyor, batches, num_proc):
                ids = [f"{split}/{start + i}" for i in range(table.num_rows)]
                start += table.num_rows
                yield table.add_column(0, "row", pa.array(ids, pa.string()))

    kinds = (*KINDS, *sanitizer.config.policy.criteria)
    found = [_schema(kinds).insert(0, pa.field("row", pa.string())).empty_table()]
    with closing(tables()) as surveyed:  # closing it stops the workers, also on Ctrl-C
        for table in surveyed:
            found.append(table)
            done += table.num_rows
            if progress is not None:
                progress(done, total)
    rows, stages = pa.concat_tables(found), surveyor.stages
    unused = [
        f"n_{kind}" for kind in kinds if kind not in stages.kinds and not pc.sum(rows[f"n_{kind}"]).as_py()
    ]
    return Survey(rows.drop_columns(unused), stages.uncovered)


def _trues(values: Any) -> int:
    return pc.sum(values).as_py() or 0


class _Surveyor:
    """Inspects raw batches; pickled as its config alone, so that every worker loads its own models."""

    def __init__(self, config: Config) -> None:
        self._config, self.stages, self._rowwise = config, Stages(config), Rowwise()
        self._kinds = (*KINDS, *config.policy.criteria)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Surveyor, (self._config,)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return what is in each row of a batch, which has the image column alone."""
        self.stages.self_test()
        cells = batch.column(0).to_pylist()
        rows = [self._row(result) for result, _ in self._rowwise.over_cells(self._inspect, cells)]
        return pa.Table.from_pylist(rows, _schema(self._kinds))

    def _inspect(self, images: list[OpenedImage]) -> list[Inspection]:
        return self.stages.inspect([views_of(image) for image in images])

    def _row(self, result: Inspection | StageError) -> dict[str, Any]:
        if isinstance(result, StageError):
            return {"outcome": known_reason(result), "privacy_flag": True}
        policy, counts = self._config.policy, Counter(f.kind for f in result.findings)
        groups = {policy.group(kind) for kind in counts}
        return {
            "outcome": INSPECTED,
            "privacy_flag": policy.flags(result.findings),
            "would_edit": any(policy.action(f) == "edited" for f in result.findings),
            "risk_labels": [group for group in RISK_GROUPS if group in groups],
            **{f"n_{kind}": counts[kind] for kind in self._kinds},
        }
