"""Results of the evaluation suite, where a result has some, for the card."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DatasetError
from ...manifest import result_digest

EVALUATION = "evaluation.json"
_TEXTS, _NUMBERS = ("group", "metric", "better"), ("value", "low", "high")


def evaluation_of(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of `evaluation.json` in a result: group, metric, value, low, high, better.

    `low` and `high` bound a confidence interval and may be null. Nothing else of the file is read, but for
    which result it speaks of, where it says so.

    Raises:
        DatasetError: It is there and not of that form, or speaks of another result.
    """
    path = folder / EVALUATION
    if not path.exists():
        return ()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(_row(row) for row in values["metrics"])
        judged = values["settings"]["result"] if "settings" in values else None
    except (OSError, ValueError, KeyError, TypeError):
        raise DatasetError(
            f"{EVALUATION} in the result cannot be read.", hint="Evaluate again, or remove that file."
        ) from None
    if judged is not None and judged != result_digest(folder):
        raise DatasetError(
            f"{EVALUATION} in the result speaks of another one.", hint="Evaluate again, or remove that file."
        )
    return rows


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    numbers = {name: row.get(name) for name in _NUMBERS}
    texts = {name: row[name] for name in _TEXTS}
    sound = all(isinstance(text, str) and len(text) <= 60 for text in texts.values())
    if not sound or not isinstance(numbers["value"], int | float):
        raise ValueError
    if not all(n is None or (isinstance(n, int | float) and math.isfinite(n)) for n in numbers.values()):
        raise ValueError
    return {**texts, **numbers}
