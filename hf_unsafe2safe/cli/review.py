"""`unsafe2safe review` and `unsafe2safe decide`."""

from collections.abc import Mapping
from pathlib import Path

import typer

from ..review import apply_review, export_review
from .errors import reported
from .opening import open_original
from .sanitize import summary


def run_review(
    result: Path,
    original: str,
    output: Path,
    limit: int | None,
    config_name: str | None,
    revision: str | None,
) -> None:
    """Export the rows that a person should look at, and say what to do with them."""
    with reported():
        source = open_original(result, original, config_name, revision)
        counts = export_review(result, source, output, limit=limit)
        typer.echo(f"Rows to look at: {sum(counts.values())}{_counts(counts)}")
        if counts:
            typer.echo(
                f"Open {output / 'review.html'} and write what you decide into {output / 'decisions.csv'}.\n"
                "  The folder shows originals: keep it on this machine, and delete it when you are done.\n"
                f"Next: unsafe2safe decide {result} {output} --original SOURCE --output NEW_DIR"
            )


def run_decide(
    result: Path, review: Path, original: str, output: Path, config_name: str | None, revision: str | None
) -> None:
    """Write a new result with the decisions, and show its table."""
    with reported():
        source = open_original(result, original, config_name, revision)
        manifest = apply_review(result, review, source, output)
        typer.echo(
            f"Decided, all reviews together: {sum(manifest.reviewed.values())}{_counts(manifest.reviewed)}"
        )
        typer.echo(summary(manifest, output))


def _counts(counts: Mapping[str, int]) -> str:
    return f" ({', '.join(f'{word} {count}' for word, count in counts.items())})" if counts else ""
