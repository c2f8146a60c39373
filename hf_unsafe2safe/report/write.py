"""The page as a file: it is private, so it is for its owner only and lies where nothing is published."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ..private_file import check_place, private_file
from ..review.result import Originals, open_result
from ..rows import check_counts
from ..sources import DESCRIPTIONS, Source
from ..taxonomy import KEPT
from .charts import chart
from .page import Head, write_page
from .rows import cards_of
from .thumbnails import long_side


def write_report(
    result_dir: str | Path, output: str | Path, original: Source | None = None, *, limit: int | None = None
) -> int:
    """Write one HTML file that shows a result: charts, and its rows with pictures, regions and texts.

    It holds private captions and texts that were read, with `original` also originals: only its owner may
    read it. It asks no host for anything. No model runs.

    Args:
        result_dir: A result of `materialize`, with its private folder.
        output: Ends in `.html`. Replaced when it is there; a link there is replaced, not followed.
        original: What the result was made from, to show before and after; None for the safe images alone.
        limit: At most so many rows; None for all.

    Returns:
        How many rows it shows.

    Raises:
        ConfigError: The file would lie where it could be published or among the originals, or it cannot be
            written.
        DatasetError: There is no result, or its rows are not those of this source.
        OSError: The disk is full, for example; the file that was there stays.
    """
    check_counts(limit=limit)
    result, output = Path(result_dir), Path(output)
    manifest = open_result(result)
    check_place(output, result=result, originals=original.root if original else None)
    rows = sum(sum(counts.values()) for counts in manifest["splits"].values())
    shown = min(rows, limit or rows)
    head = Head(
        facts=_facts(manifest, rows, shown),
        charts=_charts(manifest, rows),
        originals=original is not None,
        side=long_side(shown),
    )
    originals = Originals(original, manifest["image_column"]) if original else None
    with private_file(output) as file:
        return write_page(file, head, islice(cards_of(result, manifest, originals, head.side), limit))


def _facts(manifest: Mapping[str, Any], rows: int, shown: int) -> tuple[str, ...]:
    some = (f"the first {shown:,} are shown, the charts count all",) if shown < rows else ()
    return (
        f"{rows:,} rows of {DESCRIPTIONS.get(manifest['source'], manifest['source'])}",
        *some,
        f"column {manifest['image_column']}",
        f"policy {manifest['config']['policy']['name']}",
        f"made {manifest['created'][:10]} with hf-unsafe2safe {manifest['package_version']}",
    )


def _charts(manifest: Mapping[str, Any], rows: int) -> str:
    reasons = {reason: n for reason, n in manifest["reasons"].items() if reason not in KEPT}
    seconds = manifest.get("seconds") or {}  # results of older versions do not tell
    return (
        chart("Rows by status", manifest["statuses"], rows)
        + chart("Rows by risk label", manifest["risk_labels"], rows)
        + chart("Rows without an image, by reason", reasons, sum(reasons.values()))
        + chart("Seconds by stage", {k: float(v) for k, v in seconds.items()}, sum(seconds.values()))
    )
