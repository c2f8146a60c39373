"""A table as one file that a person opens: CSV, JSON or Parquet, by the file's extension."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import ConfigError


def check_listing(path: Path, overwrite: bool, source: Path | None) -> None:
    """Raise unless a table may be written to a file; nothing is touched.

    Args:
        path: The file.
        overwrite: Whether a file that is there may be replaced.
        source: Where the originals are on this machine, None when elsewhere.

    Raises:
        ConfigError: Its extension is not known, it is there, it would lie among the originals, or its
            folder is not there.
    """
    if path.suffix.lower() not in _WRITERS:
        raise ConfigError(
            f"The output file has the extension '{path.suffix}'.", hint=f"Known: {', '.join(_WRITERS)}."
        )
    if source is not None and source.resolve() in (path.resolve(), *path.resolve().parents):
        raise ConfigError("The output file would lie among the originals.", hint="Name another file.")
    if path.is_dir():
        raise ConfigError("The output is a folder.", hint="Name a file.")
    if path.exists() and not overwrite:
        raise ConfigError(
            "The output file exists already.", hint="Pass overwrite to replace it, or name another file."
        )
    if not os.access(path.parent, os.W_OK):
        raise ConfigError("The folder of the output file is not there, or cannot be written to.")


def write_listing(table: pa.Table, path: Path) -> None:
    """Write a table to a file that `check_listing` let pass; it is whole or not there.

    In CSV a list is its items with spaces between, null is empty.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _WRITERS[path.suffix.lower()](table, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _csv(table: pa.Table, path: Path) -> None:
    with _open(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches():
            writer.writerows([_cell(value) for value in row.values()] for row in batch.to_pylist())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()  # as JSON and spreadsheets have it
    text = " ".join(value) if isinstance(value, list) else str(value)
    # A spreadsheet would run what begins like a formula.
    return f"'{text}" if isinstance(value, str | list) and text.startswith(tuple("=+-@\t\r")) else text


def _json(table: pa.Table, path: Path) -> None:
    with _open(path) as file:
        rows = (row for batch in table.to_batches() for row in batch.to_pylist())
        file.write("[")
        for i, row in enumerate(rows):
            file.write(f"{',' * (i > 0)}\n  {json.dumps(row, ensure_ascii=False)}")
        file.write("\n]\n")


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    ".csv": _csv,
    ".json": _json,
    ".parquet": pq.write_table,
}
