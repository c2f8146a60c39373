"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A folder of images, a Parquet file or folder, a save_to_disk folder, or a Hub id.",
    ),
]
Split = Annotated[str | None, typer.Option(help="Only this split; all by default.")]
ConfigName = Annotated[str | None, typer.Option(help="Configuration of a dataset on the Hub.")]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit on the Hub.")]
ImageColumn = Annotated[str | None, typer.Option(help="Needed only with several image columns.")]
Preset = Annotated[str | None, typer.Option(help="Where the stages come from. Default: local.")]
Policy = Annotated[
    str | None, typer.Option(help="What is edited: default, faces, text, people, groups or strict.")
]
Inspector = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[:MODEL]",
        help="What finds risks: local, vlm:MODEL, or union:MODEL for both. MODEL is org/model[@revision], a "
        "folder, or endpoint:URL,model=NAME.",
    ),
]
Config = Annotated[
    Path | None, typer.Option(help="YAML file with Sanitizer's arguments; options win over it.")
]
Keep = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="<path>",
        help="Folder of images of people who consented, one face each: they are not edited. Repeatable.",
    ),
]
AllowUncovered = Annotated[
    bool,
    typer.Option(
        "--allow-uncovered", help="Go on without the kinds of the policy that the inspector does not cover."
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first N rows of every split.")]
NumProc = Annotated[int, typer.Option(min=1, help="Processes; changes no result.")]
