"""The commands that judge datasets, and their options."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from . import options
from .app import app


@app.command()
def evaluate(
    safe: Annotated[
        str,
        typer.Argument(
            metavar="SAFE",
            help="What is judged: a result of `unsafe2safe sanitize`, or what another tool made.",
        ),
    ],
    original: Annotated[str, typer.Option(help="What it was made from.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="For evaluation.json, evaluation.md and a page that shows originals. Default: SAFE, if it "
            "is a result of ours, so that publish puts the figures on the card.",
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(help="Names with commas, or quality, cheating, privacy, utility. Default: all."),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="OPTION=MODEL",
            help="What some metrics need, for example clip=openai/clip-vit-large-patch14. Repeatable.",
        ),
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option(help="Of raw,reencoded,blur,pixelate,fill; none for none. Default: all."),
    ] = None,
    baseline_rows: Annotated[int, typer.Option(min=1, help="For how many rows baselines are made.")] = 50,
    attack_editor: Annotated[
        str | None,
        typer.Option(
            metavar="EDITOR", help="What an attacker edits a gallery with. Default: as the result was."
        ),
    ] = None,
    regions: Annotated[
        Literal["recorded", "found"],
        typer.Option(help="What counts as risky: what our result recorded, or what is found here."),
    ] = "recorded",
    split: options.Split = None,
    config_name: options.ConfigName = None,
    revision: options.Revision = None,
    image_column: options.ImageColumn = None,
    label_column: Annotated[str | None, typer.Option(help="Column with classes. Default: label.")] = None,
    caption_column: Annotated[
        str | None, typer.Option(help="Column with captions, where the dataset has none of ours.")
    ] = None,
    keep_labels: Annotated[
        bool, typer.Option("--keep-labels", help="The folders of the originals are the classes.")
    ] = False,
    repo_id: Annotated[
        str | None,
        typer.Option(help="Where SAFE was published, if it has row keys and is not opened from the Hub."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows, drawn by --seed.")] = None,
    num_proc: options.NumProc = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of intervals, samples and probes.")] = 0,
    store: Annotated[
        str | None,
        typer.Option(metavar="DIR|none", help="Where looks at images are kept. Default: the cache."),
    ] = None,
) -> None:
    """Judge a safe dataset: quality, cheating, privacy, utility, against the originals and baselines.

    Metrics that need a model are listed as not run unless --with names it. The page shows originals: keep it
    on this machine. Exit code: 0, or 2 for a wrong call, 1 when something else stopped it, 130 by Ctrl-C.
    """
    from .evaluate import run_evaluate

    run_evaluate(
        safe,
        original,
        output,
        metrics,
        with_ or (),
        baselines,
        store,
        baseline_rows=baseline_rows,
        attack_editor=attack_editor,
        regions=regions,
        split=split,
        config_name=config_name,
        revision=revision,
        image_column=image_column,
        label_column=label_column,
        caption_column=caption_column,
        keep_labels=keep_labels,
        repo_id=repo_id,
        limit=limit,
        num_proc=num_proc,
        seed=seed,
    )


@app.command()
def compare(
    evaluations: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME=]DIR...", help="Folders that evaluate wrote to; the name is that of the column."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="An .md or .html file.")
    ] = None,
) -> None:
    """Put several tools or presets side by side, from what evaluate wrote."""
    from .evaluate import run_compare

    run_compare(evaluations, output)
