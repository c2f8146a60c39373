"""The commands about the Hub, and their options."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .app import app
from .results import Result

Repo = Annotated[str, typer.Argument(metavar="OWNER/NAME", help="A dataset repo on the Hub.")]


@app.command()
def publish(
    result: Result,
    repo_id: Repo,
    config_name: Annotated[
        str | None, typer.Option(help="Name of the configuration. Default: 'default'.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Everybody may see it. Without this a new repo is private.")
    ] = False,
    gated: Annotated[
        Literal["auto", "manual"] | None,
        typer.Option(help="Who wants it must ask: let in automatically, or by you."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A column that you looked at and that may leave. Repeatable."),
    ] = None,
    passing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A text column of which only the values leave that pass the text inspection. Repeatable.",
        ),
    ] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A column that stays here. Repeatable.")
    ] = None,
    include_private: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A private column that leaves all the same, to a private repo. Repeatable."
        ),
    ] = None,
    without_image: Annotated[
        Literal["left-out", "null"],
        typer.Option(help="Rows that are rejected or failed: left out, or published without an image."),
    ] = "left-out",
    leave_out: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW", help="A row that stays here, for example train/12. Repeatable."),
    ] = None,
    verify: Annotated[
        str,
        typer.Option(metavar="N|all", help="Images that are inspected again, as they will be uploaded."),
    ] = "64",
    planted: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Strings, one a line, that must be nowhere in what leaves."),
    ] = None,
    revision: Annotated[str, typer.Option(help="Branch to publish to.")] = "main",
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Open a pull request instead of a commit.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what was published with other settings.")
    ] = False,
    contact: Annotated[
        str | None, typer.Option(help="Whom to ask for a takedown; it is published in the card.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", "--license", help="Of the source, where it does not say so.")
    ] = None,
    max_shard_size: Annotated[str, typer.Option(help="Of a Parquet file.")] = "500MB",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would leave, and send nothing.")
    ] = False,
) -> None:
    """Publish a result on the Hub: private, allow-listed columns, looked at again, with a card.

    Needs a token that may write (`hf auth login` or HF_TOKEN). Exit code: 0 when it is there, 2 for a wrong
    call or a refusal, 1 when something else stopped it, 130 by Ctrl-C. Run the same again: it goes on.
    """
    from .publish import run_publish

    run_publish(
        result,
        repo_id,
        verify,
        planted,
        config_name=config_name,
        public=public,
        gated=gated,
        columns=column or (),
        passing=passing or (),
        withhold=withhold or (),
        include_private=include_private or (),
        without_image=without_image.replace("-", "_"),
        leave_out=leave_out or (),
        revision=revision,
        create_pr=create_pr,
        replace=replace,
        contact=contact,
        licence=licence,
        max_shard_size=max_shard_size,
        dry_run=dry_run,
    )
