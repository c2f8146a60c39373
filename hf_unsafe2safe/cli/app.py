"""The commands and their options; what they do is in the other files of this folder."""

from pathlib import Path
from typing import Annotated

import typer

from . import options

# No pretty exceptions: they show local variables, and these hold private text.
app = typer.Typer(
    name="unsafe2safe",
    help="Turn image datasets into their privacy-safe versions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from ..config import package_version

        typer.echo(f"unsafe2safe {package_version()}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def sanitize(
    source: options.Source,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder for the result: new, empty, or of a run to go on with."),
    ],
    split: options.Split = None,
    config_name: options.ConfigName = None,
    revision: options.Revision = None,
    image_column: options.ImageColumn = None,
    annotation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=FORM",
            help="Coordinates or masks in stored pixel order, turned upright with their image: xyxy, xywh, "
            "points, keypoints, polygons or mask; none leaves the column. Repeatable: objects.bbox=xywh.",
        ),
    ] = None,
    preset: options.Preset = None,
    policy: options.Policy = None,
    inspector: options.Inspector = None,
    captioner: Annotated[
        str | None, typer.Option(metavar="NAME[:MODEL]", help="What writes captions: template or vlm:MODEL.")
    ] = None,
    instructor: Annotated[
        str | None,
        typer.Option(metavar="NAME[:MODEL]", help="What writes edit instructions: template or llm:MODEL."),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="A column that says what an image is about, a class or a question, told to the captioner. "
            "Repeatable.",
        ),
    ] = None,
    editor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[KIND=]NAME[,NAME...]",
            help="What edits; names with commas are tried in this order. With KIND= for that kind only, and "
            "then as often as needed: --editor face=mosaic --editor text=inpaint,fill.",
        ),
    ] = None,
    keep: options.Keep = None,
    config: options.Config = None,
    allow_uncovered: options.AllowUncovered = False,
    demographics: Annotated[
        bool,
        typer.Option(
            "--demographics",
            help="Let instructions name an age and a gender, drawn evenly; estimates stay in private/.",
        ),
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(help="Of edited images: auto (lossless WebP), webp, png or jpeg:QUALITY.")
    ] = None,
    limit: options.Limit = None,
    num_proc: options.NumProc = 1,
    streaming: Annotated[
        bool, typer.Option("--streaming", help="Read Parquet and the Hub as they come, without a copy.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Only part I, from 0, of N; then `unsafe2safe merge`."),
    ] = None,
    retry: Annotated[
        str | None,
        typer.Option(metavar="failed", help="In a finished result, try rows again whose reason may be gone."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Folder where finished rows are kept; 'none' keeps none.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Every row's own seed comes from it. Default: 0.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result.")] = False,
    keep_labels: Annotated[
        bool, typer.Option("--keep-labels", help="Keep folder names as class names. They are published.")
    ] = False,
) -> None:
    """Sanitize a dataset into a folder.

    The folder opens with `datasets.load_dataset`. A run that was stopped goes on when the same command is
    given again. Exit code: 0 when every row has an image, 3 when some have none or files were not read, 2 for
    a wrong call, 1 when a run was stopped by something else, 130 by Ctrl-C.
    """
    from .opening import Request
    from .sanitize import run_sanitize

    given = {
        "image_column": image_column,
        "annotations": annotation or None,
        "preset": preset,
        "policy": policy,
        "inspector": inspector,
        "captioner": captioner,
        "instructor": instructor,
        "context_columns": context or None,
        "editor": editor or None,
        "keep": [str(path) for path in keep or ()] or None,
        "encoding": encoding,
        "seed": seed,
        # A flag that was not given leaves it to the file.
        "allow_uncovered": allow_uncovered or None,
        "demographics": demographics or None,
        "store": store,
    }
    request = Request(
        source=source,
        split=split,
        config_name=config_name,
        revision=revision,
        given=given,
        config=config,
        limit=limit,
        num_proc=num_proc,
        overwrite=overwrite,
        keep_labels=keep_labels,
        streaming=streaming,
    )
    run_sanitize(request, output, shard, retry)


@app.command()
def inspect(
    source: options.Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for labels and counts by row: .csv, .json or .parquet."),
    ] = None,
    split: options.Split = None,
    config_name: options.ConfigName = None,
    revision: options.Revision = None,
    image_column: options.ImageColumn = None,
    preset: options.Preset = None,
    policy: options.Policy = None,
    inspector: options.Inspector = None,
    keep: options.Keep = None,
    config: options.Config = None,
    allow_uncovered: options.AllowUncovered = False,
    limit: options.Limit = None,
    num_proc: options.NumProc = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the output file.")] = False,
) -> None:
    """Show labels and counts of a dataset; change nothing.

    Exit code: 0 when every row was inspected, 3 when some were not or files were not read, 2 for a wrong
    call, 1 when a run was stopped by something else.
    """
    from .inspect import run_inspect
    from .opening import Request

    given = {
        "image_column": image_column,
        "preset": preset,
        "policy": policy,
        "inspector": inspector,
        "keep": [str(path) for path in keep or ()] or None,
        "allow_uncovered": allow_uncovered or None,
    }
    request = Request(
        source=source,
        split=split,
        config_name=config_name,
        revision=revision,
        given=given,
        config=config,
        limit=limit,
        num_proc=num_proc,
        overwrite=overwrite,
    )
    run_inspect(request, output)


@app.command()
def presets() -> None:
    """Show the presets, policies, stages and kinds."""
    from .presets import run_presets

    run_presets()


@app.command()
def doctor() -> None:
    """Show what can run here, what is missing, how to get it.

    Exit code: 0 when the preset local can run, 1 otherwise.
    """
    from .doctor import run_doctor

    run_doctor()
