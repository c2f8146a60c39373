"""`unsafe2safe contact-sheet`."""

import sys
from pathlib import Path

import datasets
import typer

from ..contact_sheet import contact_sheet, pairs_of
from ..errors import ConfigError
from ..manifest import read_manifest
from ..sources import load_source
from .errors import reported


def run_contact_sheet(
    result: Path, original: str, output: Path, limit: int, config_name: str | None, revision: str | None
) -> None:
    """Write a contact sheet and say where it is."""
    with reported():
        if not sys.stderr.isatty():
            datasets.disable_progress_bars()
        column = read_manifest(result)["image_column"]
        source = load_source(original, config_name=config_name, revision=revision, image_column=column)
        if source.root is not None and source.root.resolve() in output.resolve().parents:
            raise ConfigError("The contact sheet would lie among the originals.", hint="Name another file.")
        contact_sheet(pairs_of(result, source, limit=limit), output)
        typer.echo(f"Contact sheet: {output}\n  It shows originals: keep it on this machine.")
