"""How plots look, and how they become part of a page that allows no inline style.

Colours are those of the light page. On the page, rules for these very values in `page.css` give them their
dark ones, which is why no other colour may be used in a plot.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER, INK, SOFT, LINE = "#ffffff", "#1b1f27", "#5b6473", "#e1e4ea"
ACCENT = "#3454d1"
# Of several datasets: told apart by people who see no red or green, and in grey by their markers.
SERIES = ("#3454d1", "#b8541a", "#1d7a46", "#8a3ea8", "#a3123f", "#0b7285")
MARKERS = ("o", "s", "D", "^", "v", "P")
_RC = {
    "svg.fonttype": "none",  # text stays text: found, read aloud, in the font of the page
    "svg.hashsalt": "unsafe2safe",
    "font.family": "sans-serif",
    "font.size": 9,
    "figure.dpi": 100,
}
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


@contextmanager
def settings() -> Iterator[None]:
    """Make and save plots with our settings; those of the user are there again afterwards."""
    import matplotlib

    with matplotlib.rc_context(_RC):
        yield


def plain_axes(axes: "Axes", *, grid: str) -> None:
    """Take away what is not needed: frame and marks; a light grid along one axis or `both`."""
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_facecolor("none")
    axes.tick_params(length=0, colors=SOFT, labelcolor=SOFT, labelsize=8.5)
    axes.grid(axis=grid, color=LINE, linewidth=1)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def inline_svg(figure: "Figure", label: str) -> str:
    """Return a plot as SVG to stand within HTML: no style, no script, no id but those it needs.

    Args:
        figure: Of `plots` or `plane`.
        label: What a screen reader says.
    """
    out = StringIO()
    with settings():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(out.getvalue())  # written by matplotlib just now
    used = set(re.findall(r"#([\w-]+)", " ".join(v for e in root.iter() for v in e.attrib.values())))
    for element in root.iter():
        for child in [c for c in element if c.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")]:
            element.remove(child)
        _as_attributes(element)
        if element.get("id") not in used:
            element.attrib.pop("id", None)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib.update({"role": "img", "class": "plot", "aria-label": label})
    return ElementTree.tostring(root, encoding="unicode")


def _as_attributes(element: ElementTree.Element) -> None:
    """Turn `style="fill: none; ..."` into attributes, which a page's policy allows."""
    for part in filter(None, map(str.strip, element.attrib.pop("style", "").split(";"))):
        name, _, value = part.partition(":")
        element.set(name.strip(), value.strip())
    element.attrib.pop("font-family", None)  # that of the page


def figure_html(figure: "Figure", label: str, caption: str = "") -> str:
    """Return a plot with a caption as HTML."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="drawn">{inline_svg(figure, label)}{below}</figure>'
