"""The page that shows the rows: static, without scripts, with nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ..taxonomy import ACTIONS
from .decisions import DECISIONS, NAME
from .unsure import WHY

ORIGINAL, NOW, FILLED = "Original", "Now", "Filled: what accept_fill publishes"


@dataclass(frozen=True)
class Item:
    """A row of the page.

    Args:
        id: `split/index`.
        status: One of `taxonomy.STATUSES`.
        reason: One of `taxonomy.REASONS`.
        why: One of `unsure.WHY`.
        regions: Its `risk_regions`.
        size_wh: Of its original in pixels; None without one.
        pictures: Title -> path relative to the page; None where there is no such picture.
        words: The decisions that it is offered.
    """

    id: str
    status: str
    reason: str
    why: str
    regions: Sequence[Mapping[str, Any]]
    size_wh: tuple[int, int] | None
    pictures: Mapping[str, str | None] = field(repr=False)
    words: Sequence[str]


# `file:` because the page is opened by a double click; no script runs whatever is in it.
_POLICY = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light; --ink: #222; --soft: #6a6a66; --line: #dcdcd6; --paper: #fafaf8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 24px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 12px; font-size: 24px; }
h2 { margin: 0; font: 600 16px ui-monospace, monospace; }
code { padding: 1px 6px; border-radius: 4px; background: #ecece6; font: 13px ui-monospace, monospace; }
.banner { margin: 0 0 16px; padding: 12px 16px; border-left: 5px solid #aa1e1e; background: #fbe9e7; }
.how { margin: 0 0 24px; color: var(--soft); }
.how dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 12px; margin: 8px 0 0; }
.how dd { margin: 0; }
section { margin: 0 0 20px; padding: 16px; border: 1px solid var(--line); border-radius: 8px;
  background: #fff; }
.head { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: baseline; margin: 0 0 12px; }
.head .why { color: var(--soft); }
.status { padding: 1px 10px; border-radius: 10px; color: #fff; font-size: 13px; }
.safe { background: #226e3c; } .edited { background: #1e50a0; }
.rejected { background: #b05400; } .failed { background: #aa1e1e; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; }
figure { margin: 0; }
figcaption { margin: 0 0 4px; color: var(--soft); font-size: 13px; }
.frame { display: block; position: relative; height: 320px; border-radius: 4px; overflow: hidden;
  background: #e6e6e1; }
.frame img, .frame svg { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.frame rect { fill: none; stroke: #e0007a; stroke-width: 2; vector-effect: non-scaling-stroke; }
.frame rect.labelled { stroke: #f2a900; stroke-dasharray: 6 4; }
.none { display: grid; height: 96px; place-items: center; color: var(--soft); }
.regions, .words { margin: 10px 0 0; }
.regions { color: var(--soft); font-size: 13px; }
"""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rows to look at: {count}</title>
<style>{style}</style>
</head>
<body>
<h1>Rows to look at: {count}</h1>
<p class="banner"><strong>This page shows originals.</strong> Keep this folder on this machine, and delete
it when you are done.</p>
<div class="how">
For each row, write one word into the column <code>decision</code> of <code>{name}</code>; a row without
a word stays as it is now. Frames in the original show what was found: a full line where it was edited, a
dashed line where it was only labelled. Click a picture to see it at its full size.
<dl>{words}</dl>
</div>
"""

_ITEM = """<section>
<div class="head"><h2>{id}</h2><span class="status {status}">{status}</span><code>{reason}</code>
<span class="why"><code>{why}</code> {meaning}</span></div>
<div class="pictures">
{pictures}
</div>
{regions}<p class="words">Possible here: {words}</p>
</section>
"""


def page(items: Sequence[Item]) -> str:
    """Return the page; everything that comes from a row is escaped."""
    words = "".join(f"<dt><code>{word}</code></dt><dd>{meaning}</dd>" for word, meaning in DECISIONS.items())
    head = _HEAD.format(policy=_POLICY, count=len(items), style=_STYLE, name=NAME, words=words)
    return head + "".join(map(_item, items)) + "</body>\n</html>\n"


def _item(item: Item) -> str:
    pictures = [_picture(title, path, item) for title, path in item.pictures.items()]
    return _ITEM.format(
        id=escape(item.id),
        status=escape(item.status),
        reason=escape(item.reason),
        why=escape(item.why),
        meaning=WHY[item.why],
        pictures="\n".join(pictures),
        regions=_list(item.regions),
        words=" ".join(f"<code>{word}</code>" for word in item.words),
    )


def _picture(title: str, path: str | None, item: Item) -> str:
    caption = f"<figure><figcaption>{title}</figcaption>"
    if path is None:
        return f'{caption}<div class="frame none">no image</div></figure>'
    link, what = escape(path), escape(f"{title} of {item.id}")
    frames = _frames(item) if title == ORIGINAL else ""
    image = f'<img src="{link}" alt="{what}" loading="lazy">{frames}'
    return f'{caption}<a class="frame" href="{link}" target="_blank" rel="noreferrer">{image}</a></figure>'


def _frames(item: Item) -> str:
    if item.size_wh is None or not item.regions:
        return ""
    shapes = []
    for region in item.regions:
        x1, y1, x2, y2 = map(int, region["box"])
        shape = f'x="{x1}" y="{y1}" width="{max(0, x2 - x1)}" height="{max(0, y2 - y1)}"'
        shapes.append(f'<rect class="{_action(region)}" {shape}><title>{_says(region)}</title></rect>')
    width, height = item.size_wh
    return f'<svg viewBox="0 0 {width} {height}">{"".join(shapes)}</svg>'


def _list(regions: Sequence[Mapping[str, Any]]) -> str:
    if not regions:
        return ""
    return f'<p class="regions">Found: {" &middot; ".join(map(_says, regions))}</p>\n'


def _says(region: Mapping[str, Any]) -> str:
    return escape(f"{region['kind']} {region['score']:.2f} ({_action(region)}, {region['source']})")


def _action(region: Mapping[str, Any]) -> str:
    return ACTIONS[region["action"]]
