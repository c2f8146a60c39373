"""`decisions.csv`: written for a spreadsheet, and read as one may have saved it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..errors import ConfigError

DECISIONS: Final = {
    "accept_fill": "publish the filled picture",
    "drop": "publish no picture",
    "keep_by_consent": "publish the original, because everybody in it consented",
}
COLUMNS = ("row", "status", "reason", "why", "decision")
NAME = "decisions.csv"

_ROW = re.compile(r"([\w.-]+/)?\w+(\.\w+)*/\d+")
_MOST_NAMED = 20


def decisions_csv(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return the text of the file for rows of id, status, reason and why; nothing is decided."""
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *((*row, "") for row in rows)])
    return out.getvalue()


def read_decisions(path: Path) -> dict[str, str]:
    """Return the decision of every row of the file, "" where there is none.

    Commas, semicolons and tabs, a byte order mark, capitals and spaces around are all the same to it.

    Raises:
        ConfigError: It cannot be read, has no columns `row` and `decision`, a row twice, or another word
            than those of `DECISIONS`.
    """
    decisions: dict[str, str] = {}
    twice, unknown = [], []
    for number, row, word in _lines(_read(path)):
        if not row and not word:
            continue
        # What is no id was typed by a person and may hold anything: it is not repeated.
        name = row if _ROW.fullmatch(row) else f"line {number}"
        if row in decisions:
            twice.append(name)
        if word and word not in DECISIONS:
            unknown.append(name)
        decisions[row] = word
    if unknown:
        raise ConfigError(
            f"{NAME} has an unknown decision for {named(unknown)}.",
            hint=f"Known: {', '.join(DECISIONS)}; nothing leaves a row as it is.",
        )
    if twice:
        raise ConfigError(f"{NAME} has more than one line for {named(twice)}.", hint="Leave one of them.")
    return decisions


def check_decisions(
    decisions: Mapping[str, str], exported: Collection[str], offered: Mapping[str, Collection[str]]
) -> None:
    """Raise unless every row was exported and offered what was decided.

    Args:
        decisions: From `read_decisions`.
        exported: Ids of the rows in the review.
        offered: Words that not every row is offered -> ids of the rows that are.

    Raises:
        ConfigError: The message lists the rows.
    """
    strange = [row for row in decisions if row not in exported]
    if strange:
        strange = [row if _ROW.fullmatch(row) else "a line without an id" for row in strange]
        raise ConfigError(
            f"{NAME} names rows that are not in this review: {named(strange)}.",
            hint="Leave the column row as it was exported.",
        )
    for word, rows in offered.items():
        if impossible := [row for row, given in decisions.items() if given == word and row not in rows]:
            raise ConfigError(
                f"{word} is not possible for {named(impossible)}: there is no such picture.",
                hint="The review page shows which words each row is offered.",
            )


def counts_of(decisions: Mapping[str, str]) -> dict[str, int]:
    """Return how often each word was given, in the order of `DECISIONS`.

    Example:
        >>> counts_of({"train/0": "drop", "train/1": "", "train/2": "drop"})
        {'drop': 2}
    """
    counts = Counter(decisions.values())
    return {word: counts[word] for word in DECISIONS if counts[word]}


def named(rows: list[str]) -> str:
    """Return row ids for a message, the first 20 of them."""
    more = len(rows) - _MOST_NAMED
    return ", ".join(rows[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{NAME} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{NAME} is not UTF-8.", hint="Save it as CSV UTF-8.") from None


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the number, the row id and the word of each line."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not {"row", "decision"} <= set(header):
            raise ConfigError(
                f"{NAME} has no columns row and decision.",
                hint="Save it as CSV, with the line of names first.",
            )
        if header.count("row") + header.count("decision") > 2:
            raise ConfigError(f"{NAME} has a column twice.", hint="Leave one row and one decision.")
        for values in reader:
            if any(value.strip() for value in values[len(header) :]):
                raise ConfigError(
                    f"{NAME} has more cells than columns in line {reader.line_num}.",
                    hint="Write one word under decision.",
                )
            cells = dict(zip(header, values, strict=False))
            word = re.sub(r"[\s-]+", "_", cells.get("decision", "").strip().lower())
            yield reader.line_num, cells.get("row", "").strip(), word
    except csv.Error:
        raise ConfigError(f"{NAME} is no CSV from line {reader.line_num}.", hint="Save it as CSV.") from None
