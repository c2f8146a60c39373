"""`unsafe2safe sanitize`."""

import sys
from collections.abc import Mapping
from pathlib import Path

import typer
from tqdm import tqdm

from ..manifest import Manifest
from ..materialize import materialize
from ..sanitizer import Sanitizer
from ..sources import Source
from .errors import INCOMPLETE, reported
from .opening import Request, open_request

MOST_LISTED = 20


def run_sanitize(request: Request, output: Path) -> None:
    """Sanitize, show a table, and exit with 3 when a row has no image or a file was not read."""
    with reported():
        sanitizer, source = open_request(request)
        manifest = _with_bar(source, output, request, sanitizer)
        typer.echo(summary(manifest, output))
        if manifest.troubles or manifest.skipped_files:
            raise typer.Exit(INCOMPLETE)


def _with_bar(source: Source, output: Path, request: Request, sanitizer: Sanitizer) -> Manifest:
    with tqdm(unit="image", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:

        def progress(statuses: Mapping[str, int], total: int) -> None:
            bar.total = total
            bar.set_postfix({name: count for name, count in statuses.items() if count}, refresh=False)
            bar.update(sum(statuses.values()) - bar.n)

        return materialize(
            source,
            output,
            sanitizer,
            limit=request.limit,
            num_proc=request.num_proc,
            overwrite=request.overwrite,
            progress=progress,
        )


def summary(manifest: Manifest, output: Path) -> str:
    """Return what is shown at the end: counts, what is missing and why, and where the result is."""
    lines = [f"{'status':<10}{'rows':>7}{'share':>9}"]
    for status, count in manifest.statuses.items():
        lines.append(f"{status:<10}{count:>7}{count / max(1, manifest.rows):>9.1%}")
    lines += [f"{'total':<10}{manifest.rows:>7}", ""]
    lines += _counts("Risk labels found (rows)", manifest.risk_labels)
    lines += _counts("Metadata removed (rows)", manifest.removed_metadata)
    lines += _counts("Files not read", manifest.skipped_files)
    lines += _counts("Columns passed through, not inspected", manifest.passed_through)
    if manifest.not_inspected:
        lines.append(f"Not looked for, though the policy names it: {', '.join(manifest.not_inspected)}")
    if manifest.kept_by_consent:
        lines.append(f"Faces kept by consent: {manifest.kept_by_consent}")
    lines += _troubles(manifest)
    lines += [
        f"Result: {output}",
        "  data/ can be published. private/ holds what must stay on this machine.",
        f"Next: datasets.load_dataset({str(output)!r})",
    ]
    return "\n".join(lines)


def _counts(title: str, counts: Mapping[str, object]) -> list[str]:
    return [f"{title}: {', '.join(f'{name} {count}' for name, count in counts.items())}"] if counts else []


def _troubles(manifest: Manifest) -> list[str]:
    if not manifest.troubles:
        return []
    lines = [f"Rows without an image: {len(manifest.troubles)}"]
    lines += [f"  {t.row:<16}{t.status:<10}{t.reason}" for t in manifest.troubles[:MOST_LISTED]]
    more = len(manifest.troubles) - MOST_LISTED
    if more > 0:
        lines.append(f"  and {more} more: filter the result on privacy_status and see provenance.reason")
    return lines
