"""`unsafe2safe doctor`: what can run here, what is missing, how to get it. It shows no path."""

from collections.abc import Callable, Iterator

import typer

from .checks import CHECKS, REINSTALL
from .errors import STOPPED, reported
from .lines import FAILED, MISSING, Line


def run_doctor() -> None:
    """Show a line for everything that matters, and exit with 1 when the preset local cannot run."""
    with reported():
        levels = set()
        for check in CHECKS:
            for line in _lines(check):
                levels.add(line.level)
                typer.echo(f"{line.level:<9}{line.what:<32}{line.state}")
                if line.cure:
                    typer.echo(f"{'':<9}-> {line.cure}")
        if levels & {MISSING, FAILED}:
            typer.echo("\nThe preset local cannot run here.")
            raise typer.Exit(STOPPED)
        typer.echo("\nThe preset local can run here.")


def _lines(check: Callable[[], Iterator[Line]]) -> Iterator[Line]:
    try:
        yield from check()
    except ImportError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # Ctrl-C, see `reported`
            raise
        # Not its message, which may hold the path of a compiled module.
        yield Line(MISSING, error.name or "a module", "cannot be imported", REINSTALL)
