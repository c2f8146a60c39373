"""`unsafe2safe locate`."""

from pathlib import Path

import typer

from ..locate import locate
from .errors import reported


def run_locate(result: Path, row: str) -> None:
    """Print where the original of a row is."""
    with reported():
        typer.echo(locate(result, row))
