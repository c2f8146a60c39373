"""The commands about a result of `sanitize`, and their options."""

from pathlib import Path
from typing import Annotated

import typer

from .app import app

Result = Annotated[Path, typer.Argument(metavar="DIR", help="A result of `unsafe2safe sanitize`.")]
Original = Annotated[str, typer.Option(help="The source that it was made from.")]
AsForSanitize = Annotated[str | None, typer.Option(help="As it was for `sanitize`.")]
AtMost = Annotated[int | None, typer.Option(min=1, help="At most so many rows.")]


@app.command()
def contact_sheet(
    result: Result,
    original: Original,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: DIR/contact_sheet.png.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 24,
    config_name: AsForSanitize = None,
    revision: AsForSanitize = None,
) -> None:
    """Show originals and results side by side in a PNG. It shows originals: keep it on this machine."""
    from .sheet import run_contact_sheet

    run_contact_sheet(result, original, output or result / "contact_sheet.png", limit, config_name, revision)


@app.command()
def report(
    result: Result,
    original: Annotated[
        str | None,
        typer.Option(help="The source that it was made from, to show before and after. Default: none."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="An .html file. Default: DIR/report.html.")
    ] = None,
    limit: AtMost = None,
    config_name: AsForSanitize = None,
    revision: AsForSanitize = None,
) -> None:
    """Write a page with charts and all rows, for a browser.

    One file that asks no host for anything. It shows private texts, with --original also originals: keep it
    on this machine.
    """
    from .report import run_report

    run_report(result, original, output or result / "report.html", limit, config_name, revision)


@app.command()
def review(
    result: Result,
    original: Original,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the review; new or empty.")],
    limit: AtMost = None,
    config_name: AsForSanitize = None,
    revision: AsForSanitize = None,
) -> None:
    """Export rejected, failed and unsure rows for a look.

    A page with pictures, and a table for decisions. It shows originals: keep it on this machine.
    """
    from .review import run_review

    run_review(result, original, output, limit, config_name, revision)


@app.command()
def decide(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="The result that was reviewed.")],
    review_dir: Annotated[Path, typer.Argument(metavar="REVIEW_DIR", help="Of `unsafe2safe review`.")],
    original: Original,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the new result; new or empty.")],
    config_name: AsForSanitize = None,
    revision: AsForSanitize = None,
) -> None:
    """Make a new result with what was decided in a review.

    The decisions stand in REVIEW_DIR/decisions.csv; DIR stays as it is.
    """
    from .review import run_decide

    run_decide(result, review_dir, original, output, config_name, revision)


@app.command()
def locate(
    result: Result,
    row: Annotated[str, typer.Argument(metavar="ROW", help="As messages name it, for example train/12.")],
) -> None:
    """Print where the original of a row is: a path of this machine, which is private."""
    from .locate import run_locate

    run_locate(result, row)


@app.command()
def merge(
    output: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder of all `sanitize ... --shard i/n`.")
    ],
) -> None:
    """Make one result of the shards that several jobs wrote.

    Every row must be there once and every file as it was written; the manifest comes last. Exit codes are
    those of `sanitize`.
    """
    from .merge import run_merge

    run_merge(output)
