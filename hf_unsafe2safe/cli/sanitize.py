"""`unsafe2safe sanitize`."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import typer
from tqdm import tqdm

from ..errors import ConfigError
from ..manifest import Manifest
from ..materialize import materialize
from ..sanitizer import Sanitizer
from ..sources import Source
from ..taxonomy import RETRYABLE
from .errors import INCOMPLETE, reported
from .opening import Request, open_request

MOST_LISTED = 20


def run_sanitize(request: Request, output: Path, shard: str | None, retry: str | None) -> None:
    """Sanitize, show a table, and exit with 3 when a row has no image or a file was not read."""
    with reported("Interrupted. Run the same command again to go on."):
        logging.getLogger("hf_unsafe2safe.stopping").addHandler(logging.StreamHandler())  # what Ctrl-C does
        part = _shard(shard)
        if retry not in (None, "failed"):
            raise ConfigError(f"retry '{retry}' is not known.", hint="Known: failed.")
        sanitizer, source = open_request(request)
        manifest = _with_bar(source, output, request, sanitizer, part, retry is not None)
        if manifest is None:
            typer.echo(f"Shard {shard} is finished.\nNext, after all others: unsafe2safe merge {output}")
            return
        typer.echo(summary(manifest, output))
        if not is_complete(manifest):
            raise typer.Exit(INCOMPLETE)


def is_complete(manifest: Manifest) -> bool:
    """Return whether every row has an image and every file was read."""
    return not manifest.troubles and not manifest.skipped_files


def _shard(value: str | None) -> tuple[int, int]:
    if value is None:
        return 0, 1
    number, _, count = value.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise ConfigError(f"shard '{value}' is not I/N.", hint="For example 0/4 to 3/4.")
    return int(number), int(count)


def _with_bar(
    source: Source,
    output: Path,
    request: Request,
    sanitizer: Sanitizer,
    shard: tuple[int, int],
    retry_failed: bool,
) -> Manifest | None:
    with tqdm(unit="image", file=sys.stderr, disable=None, dynamic_ncols=True) as bar:

        def progress(statuses: Mapping[str, int], total: int | None) -> None:
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
            shard=shard,
            retry_failed=retry_failed,
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
    if read := manifest.row_store.get("read", 0):
        lines.append(f"Rows read from the row store: {read}")
    lines += _calls(manifest)
    lines += _counts("Edits", {k: n for k, n in manifest.edits.items() if k != "attempts"})
    if damaged := manifest.row_store.get("damaged", 0):
        lines.append(f"Damaged rows of the row store, computed again: {damaged}")
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


def _calls(manifest: Manifest) -> list[str]:
    """Return what language models were asked, and how much of the time they were busy."""
    calls = manifest.model_calls
    if not calls.get("requests"):
        return []
    known = ("requests", "input_tokens", "output_tokens", "busy_s", "cost_usd")
    lines = [
        f"Model requests: {calls['requests']:.0f}, tokens in {calls.get('input_tokens', 0):.0f}, "
        f"out {calls.get('output_tokens', 0):.0f}"
    ]
    if seconds := sum(manifest.seconds.get(stage, 0.0) for stage in ("inspect", "caption", "instruct")):
        share = calls.get("busy_s", 0) / seconds
        lines.append(f"Language models were busy for {share:.0%} of inspect, caption and instruct")
    if "cost_usd" in calls:
        lines.append(f"Cost at the given prices: {calls['cost_usd']:.2f} USD")
    return lines + _counts("On the way", {k: f"{n:.0f}" for k, n in calls.items() if k not in known and n})


def _troubles(manifest: Manifest) -> list[str]:
    if not manifest.troubles:
        return []
    count = manifest.statuses["rejected"] + manifest.statuses["failed"]
    lines = [f"Rows without an image: {count}"]
    lines += [f"  {t.row:<16}{t.status:<10}{t.reason}" for t in manifest.troubles[:MOST_LISTED]]
    more = count - MOST_LISTED
    if more > 0:
        lines.append(f"  and {more} more: filter the result on privacy_status and see provenance.reason")
    if manifest.reasons.get("rotated_annotations"):
        lines.append("  rotated_annotations: name the columns of coordinates with --annotation COLUMN=FORM")
    if again := sum(manifest.reasons.get(reason, 0) for reason in RETRYABLE):
        lines.append(f"  {again} may not fail again: run the same command with --retry failed")
    return lines
