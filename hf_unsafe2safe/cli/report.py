"""`unsafe2safe report`."""

from pathlib import Path

import typer

from ..report import write_report
from .errors import reported
from .opening import open_original


def run_report(
    result: Path,
    original: str | None,
    output: Path,
    limit: int | None,
    config_name: str | None,
    revision: str | None,
) -> None:
    """Write the page and say where it is."""
    with reported():
        source = None if original is None else open_original(result, original, config_name, revision)
        rows = write_report(result, output, source, limit=limit)
        what = "private texts" if source is None else "originals and private texts"
        typer.echo(f"Report: {output} ({rows} rows)\n  It shows {what}: keep it on this machine.")
