"""The safe variant that nobody published: made on this machine, after saying so and how long it takes."""

import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...builder import Unsafe2SafeBuilder, made_with
from ...errors import DatasetError
from ...layout import sanitizer_for
from ...rows import raw_batches
from ...sanitizer import Sanitizer
from .candidates import splits_in
from .remembered import Remembered, recall, remember
from .rows import kept_rows, offline, place_of, read_rows

logger = logging.getLogger(__name__)

TRIED_ROWS = 4  # beside the first, which also pays for loading the models
TRIED_S = 60.0  # no more rows are tried after so many seconds


def build(
    name: str,
    config: str | None,
    split: Any,
    revision: str | None,
    *,
    streaming: bool,
    sanitizer: Sanitizer | Mapping[str, Any] | None,
    cache_dir: str | None,
    num_proc: int,
    why: str,
) -> Any:
    """Return the safe variant of a dataset of the Hub, made here unless it was made before.

    Rows that are finished are kept: what is interrupted goes on from there. `why` says why nothing that is
    published is used.

    Raises:
        DatasetError: The dataset cannot be opened or used, or has no such split.
        ConfigError: A setting of the sanitizer cannot work.
    """
    sanitize = sanitizer_for(sanitizer, private_columns=False)
    builder = _made_before(name, config, revision, sanitize, cache_dir) if offline() else None
    if builder is None:
        if offline() and revision is not None:
            raise DatasetError(
                f"Offline, and '{name}' at this revision was not made here before.",
                hint="Of what is in the cache nobody can tell the revision. Load it once with a network.",
            )
        builder = _new(name, config, revision, sanitize, cache_dir)
        _check_split(split, builder.source.splits)
        if not streaming and Path(builder.cache_dir).is_dir():
            logger.info("The safe variant of '%s' was made on this machine before.", name)
        else:
            _announce(builder, name, why, streaming=streaming, num_proc=num_proc)
    else:
        _check_split(split, builder.info.splits)
    loaded = read_rows(builder, name, split, streaming=streaming, num_proc=num_proc)
    if not streaming:
        remember(Remembered(name, config, revision, place_of(builder), made_with=made_with(sanitize)))
    return loaded


def _announce(builder: Unsafe2SafeBuilder, name: str, why: str, *, streaming: bool, num_proc: int) -> None:
    logger.warning("No published safe variant of '%s' can be used, so it is made here: %s.", name, why)
    seconds = seconds_a_row(builder)
    if streaming:
        each = "" if seconds is None else f", about {seconds:.2g} s each"
        logger.warning("Rows are sanitized as they are read%s.", each)
    else:
        logger.warning("%s.", estimate(seconds, known_rows(builder), num_proc))


def _made_before(
    name: str, config: str | None, revision: str | None, sanitize: Sanitizer, cache_dir: str | None
) -> Any | None:
    for found in recall(name, config, revision):
        if found.made_with == made_with(sanitize) and (builder := kept_rows(found.place, cache_dir)):
            return builder
    return None


def _new(
    name: str, config: str | None, revision: str | None, sanitize: Sanitizer, cache_dir: str | None
) -> Unsafe2SafeBuilder:
    try:
        return Unsafe2SafeBuilder(name, config, sanitize, revision=revision, cache_dir=cache_dir)
    except DatasetError as error:  # it names the arguments of others
        hint = re.sub(r"\b(source_)?config_name=", "config=", error.hint)
        raise DatasetError(error.message, hint=hint) from None


def _check_split(split: Any, known: Mapping[str, Any]) -> None:
    if missing := [name for name in splits_in(split) if name not in known]:
        raise DatasetError(
            f"Split '{missing[0]}' not found. The dataset has: {', '.join(known)}.", hint="Name one of them."
        )


def seconds_a_row(builder: Unsafe2SafeBuilder) -> float | None:
    """Return how long a row takes here, tried on the first ones; None where these were finished before.

    Nothing is lost: the row store has them when they are built.
    """
    source, sanitize = builder.source, builder.sanitizer
    part = next(iter(source.splits.values()))
    column = sanitize.find_image_column(part.features)
    times: list[float] = []
    for batch in raw_batches(source, part, column, 1, stop=TRIED_ROWS + 1):
        before, began = _computed(sanitize), time.perf_counter()
        sanitize(batch)
        if _computed(sanitize) > before:
            times.append(time.perf_counter() - began)
        if sum(times) > TRIED_S:
            break
    tried = times[1:] or times
    return sum(tried) / len(tried) if tried else None


def _computed(sanitize: Sanitizer) -> float:
    return sanitize.effort["rows"].get("computed", 0)


def known_rows(builder: Unsafe2SafeBuilder) -> int | None:
    """Return the rows of all splits as the dataset states them, None where it does not."""
    counts = [
        stated[name].num_examples if (stated := part.info.splits) and name in stated else 0
        for name, part in builder.source.splits.items()
    ]
    return sum(counts) if all(counts) else None


def estimate(seconds: float | None, rows: int | None, num_proc: int) -> str:
    """Return how long all rows take, as a sentence.

    Args:
        seconds: A row; None where nobody knows.
        rows: How many; None where nobody knows.
        num_proc: Processes that share them.

    Example:
        >>> estimate(0.145, 82_783, 1)
        'It takes about 3 h 20 min for 82,783 rows on this machine with one process'
        >>> estimate(0.25, None, 2)
        'It takes about 0.25 s a row in each of 2 processes; how many there are is not known'
        >>> estimate(None, 82_783, 1)
        'How long 82,783 rows take is not known: the first ones were finished before'
    """
    if seconds is None:
        count = f"{rows:,} rows" if rows is not None else "its rows"
        return f"How long {count} take is not known: the first ones were finished before"
    if rows is None:
        where = "with one process" if num_proc == 1 else f"in each of {num_proc} processes"
        return f"It takes about {seconds:.2g} s a row {where}; how many there are is not known"
    processes = "one process" if num_proc == 1 else f"{num_proc} processes"
    time_taken = _duration(seconds * rows / num_proc)
    return f"It takes about {time_taken} for {rows:,} rows on this machine with {processes}"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
