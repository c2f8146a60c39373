"""`unsafe2safe evaluate` and `unsafe2safe compare`."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..errors import ConfigError
from .errors import reported

if TYPE_CHECKING:
    from ..evaluation.output.compare import Comparison

_INTERRUPTED = "Interrupted: nothing was written. Run the same again."


def run_evaluate(
    safe: str,
    original: str,
    output: Path | None,
    metrics: str | None,
    given: Sequence[str],
    baselines: str | None,
    store: str | None,
    **options: Any,
) -> None:
    """Judge, print the table, and say where the files are."""
    with reported(_INTERRUPTED):
        from ..evaluation.output.terminal import table
        from ..evaluation.output.write import PAGE
        from ..evaluation.suite import evaluate
        from ..storage.output import is_result
        from .opening import quiet

        quiet()
        if output is None and is_result(Path(safe)):
            output = Path(safe)
        if baselines is not None:
            options["baselines"] = _names("baselines", "" if baselines == "none" else baselines)
        if store is not None:
            options["store"] = store
        found = evaluate(
            safe,
            original,
            metrics=None if metrics is None else _names("metrics", metrics),
            options=_options(given),
            output=output,
            progress=_progress if sys.stderr.isatty() else None,
            **options,
        )
        typer.echo(table(found, max(80, shutil.get_terminal_size().columns)))
        if output is not None:
            typer.echo(f"\nPage: {output / PAGE}\n  It shows originals: keep it on this machine.")


def run_compare(given: Sequence[str], output: Path | None) -> None:
    """Print the table, and write it where that is wanted."""
    with reported():
        from ..evaluation.output.compare import compare
        from ..evaluation.results import read_evaluation

        named = {}
        for one in given:
            name, _, folder = one.rpartition("=")
            name = name or Path(folder).name
            if name in named:
                raise ConfigError("Two of the evaluations have one name.", hint="Write NAME=DIR for each.")
            named[name] = read_evaluation(folder)
        found = compare(named)
        if output is not None:
            _write(output, found)
        typer.echo(found.text(max(80, shutil.get_terminal_size().columns)))


def _write(file: Path, found: "Comparison") -> None:
    forms = {".md": found.markdown, ".html": found.page}
    if file.suffix.lower() not in forms:
        raise ConfigError("A comparison is written as .md or .html.", hint="Name a file that ends so.")
    try:
        file.write_text(forms[file.suffix.lower()](), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The comparison cannot be written: {error.strerror}.") from None


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if text and not names:
        raise ConfigError(f"{option} has no name in it.", hint="Names with commas between them.")
    return names


def _options(given: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not value:
            raise ConfigError("--with was not given as OPTION=MODEL.", hint="For example clip=org/model.")
        if name.strip() in options:
            raise ConfigError(f"--with names {name.strip()} twice.", hint="Give it once.")
        options[name.strip()] = value.strip()
    return options


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    typer.echo(f"\rJudged {done} of {total} rows{end}", err=True, nl=False)
