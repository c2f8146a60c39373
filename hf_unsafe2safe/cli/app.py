"""The commands and their options; what they do is in the other files of this folder."""

from pathlib import Path
from typing import Annotated

import typer

# No pretty exceptions: they show local variables, and these hold private text.
app = typer.Typer(
    name="unsafe2safe",
    help="Turn image datasets into their privacy-safe versions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A folder of images, a Parquet file or folder, a save_to_disk folder, or a Hub id.",
    ),
]


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
    source: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the result; new or empty.")],
    split: Annotated[str | None, typer.Option(help="Only this split; all by default.")] = None,
    config_name: Annotated[str | None, typer.Option(help="Configuration of a dataset on the Hub.")] = None,
    revision: Annotated[str | None, typer.Option(help="Branch, tag or commit on the Hub.")] = None,
    image_column: Annotated[str | None, typer.Option(help="Needed only with several image columns.")] = None,
    preset: Annotated[str | None, typer.Option(help="Where the stages come from. Default: local.")] = None,
    policy: Annotated[str | None, typer.Option(help="What is edited: default, faces or text.")] = None,
    editor: Annotated[
        str | None, typer.Option(help="What edits: a name, or several with commas, tried in this order.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file with Sanitizer's arguments; options win over it.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of edited images: auto (lossless WebP), webp, png or jpeg:QUALITY.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N rows of every split.")] = None,
    num_proc: Annotated[int, typer.Option(min=1, help="Processes; changes no result.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Every row's own seed comes from it. Default: 0.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result.")] = False,
    keep_labels: Annotated[
        bool, typer.Option("--keep-labels", help="Keep folder names as class names. They are published.")
    ] = False,
) -> None:
    """Sanitize a dataset into a folder.

    The folder opens with `datasets.load_dataset`. Exit code: 0 when every row has an image, 3 when some have
    none or files were not read, 2 for a wrong call, 1 when a run was stopped by something else.
    """
    from .sanitize import Request, run_sanitize

    given = {
        "image_column": image_column,
        "preset": preset,
        "policy": policy,
        "editor": editor,
        "encoding": encoding,
        "seed": seed,
    }
    run_sanitize(
        Request(
            source,
            output,
            split,
            config_name,
            revision,
            given,
            config,
            limit,
            num_proc,
            overwrite,
            keep_labels,
        )
    )


@app.command()
def contact_sheet(
    result: Annotated[Path, typer.Argument(metavar="DIR", help="A result of `unsafe2safe sanitize`.")],
    original: Annotated[str, typer.Option(help="The source that it was made from.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: DIR/contact_sheet.png.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 24,
    config_name: Annotated[str | None, typer.Option(help="As it was for `sanitize`.")] = None,
    revision: Annotated[str | None, typer.Option(help="As it was for `sanitize`.")] = None,
) -> None:
    """Show originals and results side by side in a PNG. It shows originals: keep it on this machine."""
    from .sheet import run_contact_sheet

    run_contact_sheet(result, original, output or result / "contact_sheet.png", limit, config_name, revision)
