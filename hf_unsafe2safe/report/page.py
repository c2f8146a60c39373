"""The HTML of the page, written as a stream: no more than one row's pictures are in memory."""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, BinaryIO

from .rows import Card

# No host is asked for anything, and no script or style runs but ours, whatever stands in a row.
_POLICY = (
    "default-src 'none'; img-src data:; style-src '{style}'; script-src '{script}'; "
    "base-uri 'none'; form-action 'none'"
)
_ROWS = "<!-- rows -->\n"  # in page.html: where they go
_BANNER = {
    True: "<strong>Private: this page shows originals</strong>, private captions and texts that were read.",
    False: "<strong>Private: this page shows private captions</strong> and texts read in originals.",
}
_STAYS = "Keep it on this machine, and delete it when you are done."


@dataclass(frozen=True)
class Head:
    """What the page says above its rows.

    Args:
        facts: Short sentences about the result.
        charts: HTML from `charts.chart`.
        originals: Whether the rows show their originals.
        side: Long side of the thumbnails in pixels.
    """

    facts: tuple[str, ...]
    charts: str
    originals: bool
    side: int


def write_page(file: BinaryIO, head: Head, cards: Iterable[Card]) -> int:
    """Write the page and return how many rows it has.

    Every row is an inert script of its own, which the page reads when it shows the row; the index of what
    can be filtered comes last, when it is known.

    Args:
        file: Open for writing.
        head: What stands above the rows.
        cards: The rows, in their order.
    """
    style, script = _read("page.css"), _read("page.js")
    html = Template(_read("page.html")).substitute(
        policy=_POLICY.format(style=_hash(style), script=_hash(script)),
        style=style,
        script=script,
        banner=f"{_BANNER[head.originals]} {_STAYS}",
        facts=" · ".join(map(escape, head.facts)),
        charts=head.charts,
    )
    before, after = html.split(_ROWS)
    file.write(before.encode())
    entries = []
    for i, card in enumerate(cards):
        file.write(_inert(f"row-{i}", card.details).encode())
        entries.append(card.entry)
    index = {"originals": head.originals, "side": head.side, "rows": entries}
    file.write(_inert("index", index).encode())
    file.write(after.encode())
    return len(entries)


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return what a content security policy calls an inline script or style by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _inert(name: str, values: dict[str, Any]) -> str:
    """Return values as a script that never runs; without `<` none of them can end it or open another."""
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", r"\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>\n'
