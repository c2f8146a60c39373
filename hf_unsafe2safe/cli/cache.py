"""`unsafe2safe cache info` and `unsafe2safe cache clear`."""

from datetime import datetime
from typing import Annotated

import typer

from .app import app

cache = typer.Typer(
    help="What is kept between runs: finished rows, with private captions.", no_args_is_help=True
)
app.add_typer(cache, name="cache")


@cache.command()
def info() -> None:
    """Show how many rows and looks are kept, of which configuration, and how large they are."""
    from ..storage.cache import LOOKED, kept_rows
    from ..storage.store import cache_folder
    from .errors import reported

    with reported():
        found = kept_rows(cache_folder())
        typer.echo(f"Folder: {cache_folder()}")
        looks = kept_rows(cache_folder(), LOOKED)
        if looks:
            images, taken = sum(kept.rows for kept in looks), _size(sum(kept.bytes for kept in looks))
            typer.echo(f"Looks of evaluate: {images}, {taken}")
        if not found:
            typer.echo("No rows are kept.")
            return
        typer.echo(f"{'config':<18}{'rows':>9}{'size':>12}  last written")
        for kept in found:
            last = datetime.fromtimestamp(kept.last).strftime("%Y-%m-%d %H:%M")
            unfinished = f"  ({kept.parts} unfinished files)" if kept.parts else ""
            typer.echo(f"{kept.digest:<18}{kept.rows:>9}{_size(kept.bytes):>12}  {last}{unfinished}")
        rows, size = sum(kept.rows for kept in found), sum(kept.bytes for kept in found)
        typer.echo(f"{'total':<18}{rows:>9}{_size(size):>12}")


@cache.command()
def clear(
    config: Annotated[
        str | None, typer.Option(help="Only rows of this configuration, as `info` names it.")
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(metavar="DAYS", min=0, help="Only rows written longer ago than so many days."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete kept rows, and without --config the looks of evaluate; deleting is no secure erasure.

    Results that were written stay.
    """
    from ..storage.cache import LOOKED, clear_rows
    from ..storage.store import cache_folder
    from .errors import reported

    with reported():
        if not yes:
            typer.confirm(f"Delete what is kept in {cache_folder()}?", abort=True)
        removed = clear_rows(cache_folder(), digest=config, older_than_days=older_than)
        typer.echo(f"Rows deleted: {removed}")
        if config is None:
            looks = clear_rows(cache_folder(), older_than_days=older_than, kind=LOOKED)
            typer.echo(f"Looks deleted: {looks}")


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1_000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1_000
    return f"{size:.1f} TB"
