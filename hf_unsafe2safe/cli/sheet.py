"""`unsafe2safe contact-sheet`."""

from pathlib import Path

import typer

from ..contact_sheet import contact_sheet, pairs_of
from ..errors import ConfigError
from .errors import reported
from .opening import open_original


def run_contact_sheet(
    result: Path, original: str, output: Path, limit: int, config_name: str | None, revision: str | None
) -> None:
    """Write a contact sheet and say where it is."""
    with reported():
        source = open_original(result, original, config_name, revision)
        if source.root is not None and source.root.resolve() in output.resolve().parents:
            raise ConfigError("The contact sheet would lie among the originals.", hint="Name another file.")
        contact_sheet(pairs_of(result, source, limit=limit), output)
        typer.echo(f"Contact sheet: {output}\n  It shows originals: keep it on this machine.")
