"""Results of the evaluation suite, where a result has some, for the card."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DatasetError

EVALUATION = "evaluation.json"
_TEXTS, _NUMBERS = ("group", "metric", "better"), ("value", "low", "high")


def evaluation_of(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of `evaluation.json` in a result: group, metric, value, low, high, better.

    `low` and `high` bound a confidence interval and may be null. Nothing else of the file is read.

    Raises:
        DatasetError: It is there and not of that form.
    """
    path = folder / EVALUATION
    if not path.exists():
        return ()
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["metrics"]
        return tuple(_row(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError):
        raise DatasetError(
            f"{EVALUATION} in the result cannot be read.", hint="Evaluate again, or remove that file."
        ) from None


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    numbers = {name: row.get(name) for name in _NUMBERS}
    texts = {name: row[name] for name in _TEXTS}
    sound = all(isinstance(text, str) and len(text) <= 60 for text in texts.values())
    if not sound or not isinstance(numbers["value"], int | float):
        raise ValueError
    if not all(n is None or (isinstance(n, int | float) and math.isfinite(n)) for n in numbers.values()):
        raise ValueError
    return {**texts, **numbers}
