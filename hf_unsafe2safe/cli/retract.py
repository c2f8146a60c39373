"""`unsafe2safe retract`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app

if TYPE_CHECKING:
    from ..hub.retracting.finding import Hit

MOST_ASKED = 20


@app.command()
def retract(
    repo: Annotated[str, typer.Argument(metavar="ORG/NAME", help="A repo that `publish` wrote.")],
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--rows",
            metavar="KEY|[CONFIG/]SPLIT/INDEX",
            help="A row: its row_key, or its place in the published split, from 0. Rows made from the "
            "same file go too. Repeatable.",
        ),
    ] = None,
    image: Annotated[
        list[Path] | None,
        typer.Option(
            help="A photo: looks for rows made from this file and for those that look like it. Repeatable.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; change nothing.")] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Do not ask; of rows that look like a photo take only one that stands alone."
        ),
    ] = False,
) -> None:
    """Take rows of a published dataset down, with its history and the files behind them, for ever.

    Run it again with the same arguments when it was interrupted, on another machine with the row keys that it
    names. Exit code: 0 when all was found and removed,
    3 when a photo was not found or rows that look like one were left, 2 for a wrong call and for what the Hub
    refuses, 1 when the Hub does not answer, 130 by Ctrl-C.
    """
    from ..errors import ConfigError
    from ..hub.retracting import retract as take_down
    from ..hub.retracting.takedown import sure
    from .errors import INCOMPLETE, reported

    with reported("Interrupted. Run the same command again: it does what is left."):
        if not (dry_run or yes or _somebody_is_there()):
            raise ConfigError(
                "This removes rows for ever and asks first, but nobody is at a terminal.",
                hint="Look with --dry-run, then pass --yes.",
            )
        done = take_down(
            repo,
            rows=rows or (),
            images=image or (),
            dry_run=dry_run,
            confirm=lambda hits: _named(sure(hits) if yes else _confirmed(hits)),
        )
        typer.echo(done.text)
        if done.missing or done.left:
            raise typer.Exit(INCOMPLETE)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


def _named(hits: list["Hit"]) -> list["Hit"]:
    """Say by which keys the takedown is completed where this machine cannot; return the same."""
    if keys := sorted({hit.key for hit in hits}):
        arguments = " ".join(f"--rows {key}" for key in keys)
        typer.echo(f"If this is interrupted, go on from another machine with: {arguments}")
    return hits


def _confirmed(hits: Sequence["Hit"]) -> list["Hit"]:
    """Return the hits that the user wants removed; asks for each that only looks like a photo."""
    from ..hub.retracting.telling import hit_line

    chosen = [hit for hit in hits if hit.likeness is None]
    alike = [hit for hit in hits if hit.likeness is not None]
    for hit in chosen:
        typer.echo(hit_line(hit))
    for hit in alike[:MOST_ASKED]:
        typer.echo(hit_line(hit))
        if typer.confirm(f"  Look at {hit.place} on the Hub. Is it {hit.asked}?"):
            chosen.append(hit)
    if len(alike) > MOST_ASKED:
        typer.echo(f"{len(alike) - MOST_ASKED} more look alike and are left.")
    if chosen:
        count = len({hit.key for hit in chosen})
        typer.confirm(f"Remove {count} of these for ever, with the history of the repo?", abort=True)
    return chosen
