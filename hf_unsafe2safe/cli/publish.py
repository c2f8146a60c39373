"""`unsafe2safe publish`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from ..errors import ConfigError, Unsafe2SafeError
from .errors import reported

_INTERRUPTED = "Interrupted. Run the same again: what is up is not sent twice, one commit shows it."


def run_publish(result: Path, repo_id: str, verify: str, planted: Path | None, **options: Any) -> None:
    """Publish a result, or show what would be published; ask where another one stands there."""
    with reported(_INTERRUPTED):
        from huggingface_hub.utils.tqdm import disable_progress_bars

        from ..hub.publishing.checking import DigestError
        from ..hub.publishing.publish import publish

        disable_progress_bars()
        options = {**options, "verify": _count(verify), "planted": _lines(planted)}
        if not options["dry_run"]:
            options["progress"] = _progress
        try:
            done = publish(result, repo_id, **options)
        except DigestError as error:
            # Asked only where somebody can answer.
            if not (sys.stdin.isatty() and typer.confirm(f"{error.message} Replace it?", default=False)):
                raise
            done = publish(result, repo_id, **{**options, "replace": True})
        typer.echo(done.text)
        typer.echo("")
        if done.commit is None:
            typer.echo("Dry run: nothing was sent or asked, so rows taken down earlier are counted too.")
        elif not done.changed:
            typer.echo("The repo holds all of this already: nothing was changed.")
        elif options["create_pr"]:
            typer.echo(f"Proposed, nothing is published before it is merged: {done.commit}")
        else:
            typer.echo(f"Published: {done.commit}")
            typer.echo(f"Next: datasets.load_dataset({repo_id!r})")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"Uploaded {done} of {total} files", err=True)


def _count(verify: str) -> int | str:
    if verify == "all":
        return verify
    if not verify.isdecimal():
        raise ConfigError("verify must be a number of rows or 'all'.", hint="For example --verify 200.")
    return int(verify)


def _lines(file: Path | None) -> Sequence[str]:
    if file is None:
        return ()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise Unsafe2SafeError(
            "The file with planted strings cannot be read.", hint="One string a line, as UTF-8."
        ) from None
    return [line.strip() for line in lines if line.strip()]
