"""`unsafe2safe merge`."""

from pathlib import Path

import typer

from ..merge import merge
from .errors import INCOMPLETE, reported
from .sanitize import is_complete, summary


def run_merge(output: Path) -> None:
    """Merge, show the table of the whole, and exit with 3 when a row has no image or a file was not read."""
    with reported():
        manifest = merge(output)
        typer.echo(summary(manifest, output))
        if not is_complete(manifest):
            raise typer.Exit(INCOMPLETE)
