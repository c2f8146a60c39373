"""What a published card says of one configuration, a section each."""

import shlex
from collections.abc import Mapping
from typing import Any

from ...taxonomy import KEPT
from ..published import LEFT_OUT, PublishedConfig
from . import counts
from .again import again
from .markdown import Sections, code, codes, escaped, table, warning
from .sources import source

_PRIVATE = """**Private columns are in this repository**: {names}.
> They say what was removed from the images. Keep the repository private."""

_COLUMNS = """Of the source's columns those came along that hold numbers, boxes or classes, and texts that
passed a check by rules, or that the publisher named. File names and places of images never do."""

_LOOK = """Before the upload every row was scanned for metadata, paths and the private texts that are known of
it. {rows} of {of} images were also inspected again by the embedded detectors, from the very bytes that were
uploaded; inside edited regions only clear finds count there. One find would have stopped the upload."""

_AGAIN = """{command}

The configuration has the digest `{digest}`; `unsafe2safe.json` has all of it. Other versions of the packages
may give other pixels."""


def sections(config: PublishedConfig, repo_id: str) -> Sections:
    """Return the sections of a configuration, in their order."""
    parts = {
        "What was done": _done(config),
        "Rows": _rows(config),
        "Columns": _columns(config),
        "The last look": _look(config.checked),
        "Evaluation": _evaluation(config.evaluation),
        "Source and licence": source(config),
        "How to make it again": _AGAIN.format(
            command=again(
                config, then=shlex.join(["unsafe2safe", "publish", "DIR", repo_id, *config.publish_options])
            ),
            digest=config.config_digest,
        ),
    }
    return {title: text for title, text in parts.items() if text}


def _done(config: PublishedConfig) -> str:
    parts = [counts.method(config), counts.policy(config), counts.stages(config)]
    return "\n\n".join([*parts, *counts.notes(config)])


def _rows(config: PublishedConfig) -> str:
    total, published = sum(config.statuses.values()), sum(config.published.values())
    without = sum(config.statuses.get(status, 0) for status in ("rejected", "failed"))
    left_out = without if config.without_image == LEFT_OUT else 0
    lines: list[tuple[str, int | str]] = [
        ("in the result", total),
        ("left out: no safe image (`rejected`, `failed`)", left_out),
        ("left out: by the publisher, or taken down", max(0, total - left_out - published)),
        ("**published**", f"**{published:,}**"),
    ]
    if config.without_image != LEFT_OUT:
        lines.append(("of these without an image (`rejected`, `failed`), at most", without))
    parts = [table(("", ">rows"), lines), counts.statuses(config)]
    if why := {name: n for name, n in config.reasons.items() if name not in KEPT and n}:
        reasons = ", ".join(f"{code(reason)} {count:,}" for reason, count in why.items())
        parts.append(f"Why rows have no safe image: {reasons}.")
    parts.append(counts.labels(config))
    if len(config.splits) > 1:
        splits = (
            (code(split), sum(rows.values()), config.published.get(split, 0))
            for split, rows in config.splits.items()
        )
        parts.append(table(("split", ">rows in the result", ">published"), splits))
    return "\n\n".join(parts)


def _columns(config: PublishedConfig) -> str:
    parts = [warning(_PRIVATE.format(names=codes(config.private_columns)))] if config.private_columns else []
    parts.append(table(("column", "type"), ((code(n), escaped(t)) for n, t in config.columns.items())))
    parts.append(_COLUMNS)
    if config.hidden_values:
        hidden = ", ".join(f"{code(name)} {count:,}" for name, count in config.hidden_values.items())
        parts.append(f"Values that did not pass and are not here: {hidden}.")
    if config.withheld:
        rows = ((code(name), escaped(why)) for name, why in config.withheld.items())
        parts.append(table(("withheld column", "why"), rows))
    else:
        parts.append("No column of the source was withheld.")
    return "\n\n".join(parts)


def _look(checked: Mapping[str, int]) -> str:
    if not checked:
        return "None is recorded."
    return _LOOK.format(rows=f"{checked.get('rows', 0):,}", of=f"{checked.get('of', 0):,}")


def _evaluation(rows: tuple[Mapping[str, Any], ...]) -> str:
    if not rows:
        return ""
    return table(("group", "metric", ">value", ">interval", "better"), map(_evaluated, rows))


def _evaluated(row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = _number(row.get("low")), _number(row.get("high"))
    interval = f"{low} to {high}" if low and high else ""
    group, metric, better = (escaped(row.get(key) or "") for key in ("group", "metric", "better"))
    return group, metric, _number(row.get("value")), interval, better


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, int | float) else escaped(value)
