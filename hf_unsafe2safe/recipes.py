"""What the programs in `dataset_scripts/` share: their options, and load, sanitize, merge, publish.

A recipe says what is special of one dataset; everything else is said on its command line.
"""

import argparse
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from .cli.errors import reported
from .cli.sanitize import summary
from .errors import ConfigError, DatasetError
from .evaluation.output.terminal import table
from .evaluation.suite import evaluate
from .hub.publishing.publish import publish
from .hub.row_licences import not_to_be_changed
from .manifest import Manifest
from .materialize import materialize
from .merge import merge
from .presets import PRESETS
from .sanitizer import Sanitizer
from .sources import Source, load_source

_EVERY_S = 60  # between two lines of progress: a job has no terminal for a bar
_REPO_ID = re.compile(r"[\w.-]+/[\w.-]+")
_INTERRUPTED = "Interrupted. Run the same again to go on."


@dataclass(frozen=True)
class Recipe:
    """What is special of a dataset.

    Args:
        annotations: Forms of columns of coordinates and masks, as `Sanitizer` takes them.
        context_columns: Columns that say what an image is about.
        columns: Columns that somebody looked at and that may be published as they are.
        passing: Text columns of which the values are published that pass the text inspection.
        licence_column: Says the licence of each image; those that forbid derivatives are not published.
        image_column: Needed only with several image columns.
        config_name: The one configuration of the Hub dataset; None for all.
        change: Done to the source once it is open, for example to join another one.
    """

    annotations: Mapping[str, str | None] = field(default_factory=dict)
    context_columns: Sequence[str] = ()
    columns: Sequence[str] = ()
    passing: Sequence[str] = ()
    licence_column: str | None = None
    image_column: str | None = None
    config_name: str | None = None
    change: Callable[[Source], Source] = lambda source: source


def parser(text: str, source: str | None) -> argparse.ArgumentParser:
    """Return the options that all recipes have.

    Args:
        text: Of the program, shown by `--help`.
        source: The dataset where none is named; None where one must be named.

    Example:
        >>> parser("", "org/raw").parse_args(["--output", "work", "--shard", "1/4"]).shard
        (1, 4)
    """
    made = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add = made.add_argument
    default = f" Default: {source}." if source else ""
    add("--source", default=source, required=source is None, help=f"Hub id, folder or Parquet.{default}")
    add("--revision", help="Branch, tag or commit of the source on the Hub.")
    add("--split", help="Only this split.")
    add("--keep-labels", action="store_true", help="The source is a folder of folders, one a class.")
    add("--output", type=Path, required=True, metavar="DIR", help="Folder for the result.")
    add("--preset", default="local", choices=sorted(PRESETS), help="Where the stages come from.")
    add("--policy", help="What is edited; the preset's by default.")
    add("--limit", type=_count, help="Only the first rows of every split.")
    add("--num-proc", type=_count, default=1, help="Processes.")
    part = made.add_mutually_exclusive_group()
    part.add_argument("--shard", type=_shard, default=(0, 1), metavar="I/N", help="Only part I of N.")
    part.add_argument("--merge", action="store_true", help="Make one result of all shards in DIR.")
    add("--to", type=_repo, metavar="OWNER/NAME", help="Repo to publish to. Without it nothing is published.")
    add(
        "--judge",
        type=int,
        default=1_000,
        metavar="ROWS",
        help="Rows, drawn at random, that are evaluated before the result is published; the card shows the "
        "figures. 0 for none.",
    )
    add("--public", action="store_true", help="Everybody may see it. Without this a new repo is private.")
    add("--dry-run", action="store_true", help="Sanitize, show what would be published, send nothing.")
    return made


def run(options: argparse.Namespace, recipe: Recipe) -> int:
    """Load and sanitize, or merge; then publish, unless this is one shard of several.

    Args:
        options: Of `parser`.
        recipe: What is special of the dataset.

    Returns:
        Exit code: 0 when it is done, rows without an image counted; 2 for a wrong call or a refusal, 1 when
        something else stopped it, 130 by Ctrl-C. The same call goes on.
    """
    try:
        with reported(_INTERRUPTED):
            _run(options, recipe)
    except typer.Exit as stopped:
        return stopped.exit_code
    return 0


def _run(options: argparse.Namespace, recipe: Recipe) -> None:
    number, count = options.shard
    if options.dry_run and not options.to:
        raise ConfigError("A dry run needs the repo that it is about.", hint="Name it: --to OWNER/NAME.")
    manifest = merge(options.output) if options.merge else _sanitized(options, recipe)
    if manifest is None:
        typer.echo(f"Shard {number}/{count} is finished. When all others are: the same with --merge.")
        return
    typer.echo(summary(manifest, options.output))
    if not options.to:
        return
    if options.judge > 0:
        found = evaluate(options.output, _opened(options, recipe), limit=options.judge, output=options.output)
        typer.echo(f"\n{table(found)}\n")
    done = publish(
        options.output,
        options.to,
        public=options.public,
        columns=recipe.columns,
        passing=recipe.passing,
        leave_out=not_to_be_changed(options.output, column) if (column := recipe.licence_column) else (),
        dry_run=options.dry_run,
    )
    typer.echo(f"\n{done.text}\n")
    if done.commit is None:
        typer.echo("Dry run: nothing was sent.")
    else:
        typer.echo(f"Published: {done.commit}{'' if done.changed else ', as it was already'}")


def _sanitized(options: argparse.Namespace, recipe: Recipe) -> Manifest | None:
    """Return the manifest of the result, None for one shard of several."""
    sanitize = Sanitizer(
        options.preset,
        policy=options.policy,
        image_column=recipe.image_column,
        context_columns=recipe.context_columns,
        annotations=recipe.annotations,
    )
    source = _opened(options, recipe)
    _check_named(source, recipe)
    return materialize(
        source,
        options.output,
        sanitize,
        limit=options.limit,
        num_proc=options.num_proc,
        shard=options.shard,
        progress=_lines_of_progress(),
    )


def _opened(options: argparse.Namespace, recipe: Recipe) -> Source:
    source = load_source(
        options.source,
        split=options.split,
        config_name=recipe.config_name,
        revision=options.revision,
        image_column=recipe.image_column,
        keep_labels=options.keep_labels,
    )
    return recipe.change(source)


def _check_named(source: Source, recipe: Recipe) -> None:
    """Refuse before the work what `publish` would refuse after it."""
    licence = (recipe.licence_column,) if recipe.licence_column else ()
    for part in source.splits.values():
        named = (*recipe.columns, *recipe.passing, *licence)
        missing = [name for name in dict.fromkeys(named) if name not in part.features]
        if missing:
            raise DatasetError(
                f"Columns not found: {', '.join(missing)}. The dataset has: {', '.join(part.features)}.",
                hint="Name another copy of it with --source.",
            )


def _lines_of_progress() -> Callable[[Mapping[str, int], int | None], None]:
    said = time.monotonic()

    def progress(statuses: Mapping[str, int], total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= _EVERY_S:
            said = time.monotonic()
            typer.echo(f"Rows: {sum(statuses.values())} of {total}", err=True)

    return progress


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1.")
    return int(text)


def _repo(text: str) -> str:
    if not _REPO_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not OWNER/NAME.")
    return text


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and int(number) < int(count)):
        raise argparse.ArgumentTypeError(f"'{text}' is not I/N: for example 0/4 to 3/4.")
    return int(number), int(count)
