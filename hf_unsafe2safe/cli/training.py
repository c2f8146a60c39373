"""The commands about training editors, and their options."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from . import options
from .app import app

# Its options are those of the training: they are read by `training.reading`.
_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def triplets(
    result: Annotated[
        str,
        typer.Argument(
            metavar="RESULT", help="A result of `unsafe2safe sanitize`, or what another tool made."
        ),
    ],
    original: Annotated[str, typer.Option(help="What it was made from.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder. It holds originals.")],
    clip: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="CLIP model for the ratio filter; without it that is not run."),
    ] = None,
    clip_ratio: Annotated[
        float,
        typer.Option(
            help="Rows are kept whose edited image fits a text more than so well, beside the original."
        ),
    ] = 0.7,
    clip_text: Annotated[
        Literal["public_caption", "private_caption", "edit_instruction", "combined_caption"],
        typer.Option(help="Which text."),
    ] = "public_caption",
    keep_reidentified: Annotated[
        bool, typer.Option("--keep-reidentified", help="Keep rows whose people are still recognised.")
    ] = False,
    validation: Annotated[float, typer.Option(min=0, help="Share of rows that are set apart.")] = 0.1,
    balance: Annotated[
        Literal["kinds", "label", "none"],
        typer.Option(help="What is drawn alike where training asks for it."),
    ] = "kinds",
    split: options.Split = None,
    config_name: options.ConfigName = None,
    revision: options.Revision = None,
    image_column: options.ImageColumn = None,
    label_column: Annotated[
        str | None, typer.Option(help="Column with classes, for --balance label.")
    ] = None,
    keep_labels: Annotated[
        bool, typer.Option("--keep-labels", help="The folders of the originals are the classes.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the split.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier triplets.")] = False,
) -> None:
    """Make triplets of a sanitized dataset and its originals, to train editors on.

    The folder holds originals: keep it on this machine. Exit code: 0, or 2 for a wrong call, 1 when something
    else stopped it, 130 by Ctrl-C.
    """
    from .triplets import run_triplets

    run_triplets(
        result,
        original,
        output,
        clip=clip,
        clip_ratio=clip_ratio,
        clip_text=clip_text,
        keep_reidentified=keep_reidentified,
        validation=validation,
        balance=balance,
        split=split,
        config_name=config_name,
        revision=revision,
        image_column=image_column,
        label_column=label_column,
        keep_labels=keep_labels,
        limit=limit,
        seed=seed,
        overwrite=overwrite,
    )


@app.command(context_settings=_PASSED_ON)
def train(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="YAML file with options of the training; flags win over it.")
    ] = None,
    write_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all options with their meaning, and stop.")
    ] = None,
    list_options: Annotated[
        bool, typer.Option("--options", help="Show all options of the training, and stop.")
    ] = False,
) -> None:
    """Fine-tune an editor on triplets; the same command goes on where a run was stopped.

    Every option of the training is a flag, too: --learning-rate 1e-4; --options shows them all.

    Exit code: 0, or 2 for a wrong call, 1 when something else stopped it, 130 by Ctrl-C.
    """
    from .train import run_train

    run_train(config, context.args, write_config, list_options)


@app.command()
def publish_editor(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The output folder of `unsafe2safe train`.")],
    repo_id: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="A model repo on the Hub.")],
    public: Annotated[
        bool, typer.Option("--public", help="Everybody may see it. Without this a new repo is private.")
    ] = False,
    licence: Annotated[
        str,
        typer.Option(metavar="ID", help="Of the editor, where that of the model it began with is not known."),
    ] = "",
    accept_risk: Annotated[
        bool,
        typer.Option("--accept-risk", help="Publish though people are recognised, or nobody looked."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would leave; send nothing.")] = False,
) -> None:
    """Publish a trained editor as a private model repo: weights, configs and a card.

    Exit code: 0, or 2 for a wrong call or a refusal, 1 when something else stopped it, 130 by Ctrl-C.
    """
    from .train import run_publish_editor

    run_publish_editor(run, repo_id, public=public, licence=licence, accept_risk=accept_risk, dry_run=dry_run)
