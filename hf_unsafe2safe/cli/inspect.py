"""`unsafe2safe inspect`."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import typer
from tqdm import tqdm

from ..policy import Policy
from ..sanitizer import Sanitizer
from ..sources import Source, load_source
from ..storage.listing import check_listing, write_listing
from ..survey import Survey, survey
from .errors import INCOMPLETE, reported
from .settings import settings
from .text import listed


@dataclass(frozen=True)
class Request:
    """The command as it was given; `given` are options that are arguments of `Sanitizer`."""

    source: str
    output: Path | None
    split: str | None
    config_name: str | None
    revision: str | None
    given: Mapping[str, Any]
    config: Path | None
    limit: int | None
    num_proc: int
    overwrite: bool


def run_inspect(request: Request) -> None:
    """Inspect, show tables, and exit with 3 when a row could not be inspected or a file was not read."""
    with reported():
        if not sys.stderr.isatty():
            datasets.disable_progress_bars()
        sanitizer = Sanitizer(**settings(request.given, request.config))  # before the source: it may be large
        source = load_source(
            request.source,
            split=request.split,
            config_name=request.config_name,
            revision=request.revision,
            image_column=sanitizer.config.image_column,
        )
        if request.output is not None:
            check_listing(request.output, request.overwrite, source.root)
        found = _with_bar(source, request, sanitizer)
        if request.output is not None:
            write_listing(found.rows, request.output)
        typer.echo(summary(found, sanitizer.config.policy, source.skipped, request.output))
        if found.failures() or source.skipped:
            raise typer.Exit(INCOMPLETE)


def _with_bar(source: Source, request: Request, sanitizer: Sanitizer) -> Survey:
    with tqdm(unit="image", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        limit, num_proc = request.limit, request.num_proc
        return survey(source, sanitizer, limit=limit, num_proc=num_proc, progress=progress)


def summary(found: Survey, policy: Policy, skipped: Mapping[str, int], output: Path | None) -> str:
    """Return what is shown at the end: totals, risk groups, kinds, and what was not inspected."""
    totals = found.totals()
    lines = [_line("", "rows", "share"), *(_share(name, n, totals["rows"]) for name, n in totals.items())]
    if groups := found.groups():
        lines += ["", _line("risk group", "rows", "share")]
        lines += [_share(group, count, totals["rows"]) for group, count in groups.items()]
    kinds = found.kinds()
    if any(rows for rows, _ in kinds.values()):
        lines += ["", _line("kind", "rows", "found") + "  policy"]
        lines += [_line(kind, *n) + f"  {_action(policy, kind)}" for kind, n in kinds.items() if n[0]]
    lines.append("")
    if absent := [kind for kind, (rows, _) in kinds.items() if not rows]:
        lines.append(listed("Not found:", absent))
    if found.not_inspected:
        lines.append(listed("Not looked for, though the policy names them:", found.not_inspected))
    if failures := found.failures():
        lines.append(listed("Failed (rows):", _counts(failures)))
    if skipped:
        lines.append(listed("Files not read:", _counts(skipped)))
    lines.append("This is inspection alone: `sanitize` looks twice and may find more.")
    return "\n".join([*lines, *([f"Rows: {output}"] if output else [])])


def _action(policy: Policy, kind: str) -> str:
    return "edited" if kind in policy.edit else "labelled" if kind in policy.label else "-"


def _line(name: str, *values: object) -> str:
    return f"{name:<30}" + "".join(f"{value:>9}" for value in values)


def _share(name: str, count: int, total: int) -> str:
    return _line(name, count, f"{count / max(1, total):.1%}")


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"{name} {count}" for name, count in counts.items()]
