"""`unsafe2safe triplets`."""

import sys
from pathlib import Path
from typing import Any

import typer

from .errors import reported
from .text import aligned

_INTERRUPTED = "Interrupted: nothing was written. Run the same again."


def run_triplets(result: str, original: str, output: Path, **options: Any) -> None:
    """Make the triplets and print what became of the rows."""
    with reported(_INTERRUPTED):
        from ..training.triplets.make import make_triplets
        from .opening import quiet

        quiet()
        made = make_triplets(
            result, original, output, progress=_progress if sys.stderr.isatty() else None, **options
        )
        typer.echo("Rows by what became of them:")
        for line in aligned(sorted(made.counts.items())):
            typer.echo(f"  {line}")
        typer.echo("Triplets:")
        for line in aligned(
            (split, f"{rows} in {made.groups[split]} groups") for split, rows in made.rows.items()
        ):
            typer.echo(f"  {line}")
        if options["clip"] is None:
            typer.echo("The CLIP filter was not run: name a model with --clip.")
        typer.echo(f"\n{made.folder}\n  It holds originals: keep it on this machine.")


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    typer.echo(f"\rLooked at {done} of {total} rows{end}", err=True, nl=False)
