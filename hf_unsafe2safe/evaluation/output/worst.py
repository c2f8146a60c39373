"""The rows with the worst figures, as pictures before and after: private."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO

import PIL.Image

from ...records import Pixels
from .words import number

MOST = 24  # rows a metric
SIDE = 320  # pixels, the long side of a thumbnail; larger ones are made smaller
_QUALITY = 75  # of WebP, as in the report

_ROWS = """<details class="worst">
<summary>The worst {count} of its rows</summary>
<div class="rows">
{rows}
</div>
</details>
"""
_ROW = (
    '<figure><div class="pair"><img src="{before}" alt="Before" {before_wh} loading="lazy">'
    '<img src="{after}" alt="After" {after_wh} loading="lazy"></div>'
    "<figcaption><b>{row}</b> <span>{value}</span></figcaption></figure>"
)


@dataclass(frozen=True)
class WorstRow:
    """A row that a metric calls bad.

    Args:
        row: `split/index`.
        value: Its figure.
        original: A thumbnail, (H, W, 3) uint8 RGB.
        safe: Likewise; its size may be another.
    """

    row: str
    value: float
    original: Pixels = field(repr=False)
    safe: Pixels = field(repr=False)


def worst_rows(rows: Sequence[WorstRow]) -> str:
    """Return rows as HTML that is closed at first: `MOST` at most, in their order; empty for none."""
    shown = rows[:MOST]
    if not shown:
        return ""
    return _ROWS.format(count=len(shown), rows="\n".join(map(_row, shown)))


def _row(row: WorstRow) -> str:
    (before, before_wh), (after, after_wh) = _picture(row.original), _picture(row.safe)
    return _ROW.format(
        before=before,
        before_wh=before_wh,
        after=after,
        after_wh=after_wh,
        row=escape(row.row),
        value=number(row.value),
    )


def _picture(rgb: Pixels) -> tuple[str, str]:
    """Return pixels as an address that holds them, and the size as attributes."""
    image = PIL.Image.fromarray(rgb)
    image.thumbnail((SIDE, SIDE))
    out = BytesIO()
    image.save(out, "WEBP", quality=_QUALITY)
    data = b64encode(out.getvalue()).decode("ascii")
    return f"data:image/webp;base64,{data}", f'width="{image.width}" height="{image.height}"'
