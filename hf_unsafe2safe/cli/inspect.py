"""`unsafe2safe inspect`."""

import sys
from collections.abc import Mapping
from pathlib import Path

import typer
from tqdm import tqdm

from ..policy import Policy
from ..sanitizer import Sanitizer
from ..sources import Source
from ..storage.listing import check_listing, write_listing
from ..survey import Survey, survey
from .errors import INCOMPLETE, reported
from .opening import Request, open_request
from .text import listed


def run_inspect(request: Request, output: Path | None) -> None:
    """Inspect, show tables, and exit with 3 when a row could not be inspected or a file was not read."""
    with reported():
        sanitizer, source = open_request(request)
        if output is not None:
            check_listing(output, request.overwrite, source.root)
        found = _with_bar(source, request, sanitizer)
        if output is not None:
            write_listing(found.rows, output)
        typer.echo(summary(found, sanitizer.config.policy, source.skipped, output))
        if found.failures() or source.skipped:
            raise typer.Exit(INCOMPLETE)


def _with_bar(source: Source, request: Request, sanitizer: Sanitizer) -> Survey:
    with tqdm(unit="image", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:

        def progress(done: int, total: int | None) -> None:
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
    return "edited" if kind in policy.scores else "labelled" if kind in policy.label else "-"


def _line(name: str, *values: object) -> str:
    return f"{name:<30}" + "".join(f"{value:>9}" for value in values)


def _share(name: str, count: int, total: int) -> str:
    return _line(name, count, f"{count / max(1, total):.1%}")


def _counts(counts: Mapping[str, int]) -> list[str]:
    return [f"{name} {count}" for name, count in counts.items()]
