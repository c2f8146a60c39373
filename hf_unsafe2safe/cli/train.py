"""`unsafe2safe train` and `unsafe2safe publish-editor`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from ..errors import ConfigError
from .errors import reported
from .text import aligned

_INTERRUPTED = "Interrupted. Run the same again: it goes on from the last checkpoint."


def run_train(config: Path | None, arguments: Sequence[str], write: Path | None, show: bool) -> None:
    """Train, or show or write the options."""
    with reported(_INTERRUPTED):
        from ..training import reading

        if show:
            typer.echo(reading.help_text())
            return
        chosen = reading.read_config(config, arguments)
        if write is not None:
            _write(write, reading.as_yaml(chosen))
            return
        chosen.check()
        from ..training.trainer import EditorTrainer
        from .opening import quiet

        quiet()
        _quiet_models()
        done = EditorTrainer(chosen, progress=_progress).train()
        if os.environ.get("RANK", "0") != "0":  # of several processes one speaks
            return
        typer.echo(f"Trained {done.steps} steps; the editor has the weights of step {done.best_step}.")
        for line in aligned((name, f"{value:.4g}") for name, value in done.figures.items()):
            typer.echo(f"  {line}")
        if not done.figures:
            typer.echo("There is no validation split: nothing is known of how well it edits.")
        for reason, count in done.skipped.items():
            typer.echo(f"Rows that were not learnt from, {reason}: {count}")
        typer.echo(f"\nUse it: --editor face={chosen.model.editor}:{done.editor},fill")


def run_publish_editor(run: Path, repo_id: str, **options: Any) -> None:
    """Publish an editor, or show what would leave."""
    with reported("Interrupted. Run the same again: one commit shows it."):
        from huggingface_hub.utils.tqdm import disable_progress_bars

        from ..training.publishing import push_to_hub

        disable_progress_bars()
        done = push_to_hub(run, repo_id, **options)
        for name in done.files:
            typer.echo(name)
        if options["dry_run"]:
            typer.echo("\nDry run: nothing was sent or asked.")
        elif done.commit is None:
            typer.echo("\nThe repo holds all of this already: nothing was changed.")
        else:
            typer.echo(f"\nPublished: {done.commit}")


def _write(file: Path, text: str) -> None:
    if file.exists():
        raise ConfigError("The file is there already, so nothing was overwritten.", hint="Name another one.")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The config cannot be written: {error.strerror}.") from None


def _quiet_models() -> None:
    """Have no bars of libraries between the lines of the training."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    for one in (of_diffusers, of_transformers):
        one.disable_progress_bar()
        one.set_verbosity_error()


def _progress(step: int, steps: int, figures: Mapping[str, float]) -> None:
    line = f"step {step} of {steps}  loss {figures['loss']:.4f}"
    if "identity" in figures:
        line += f"  identity {figures['identity']:.4f}"
    line += f"  {figures['images_a_second']:.1f} images/s"
    end = "\n" if step == steps or not sys.stderr.isatty() else ""
    start = "\r" if sys.stderr.isatty() else ""
    typer.echo(f"{start}{line:<78}{end}", err=True, nl=False)
