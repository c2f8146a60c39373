"""Charts as tables: a name, a bar, a number a line. They need no script, and a screen reader reads them."""

from collections.abc import Mapping
from html import escape

_CHART = """<figure class="chart">
<table>
<caption>{title}</caption>
<tbody>
{lines}
</tbody>
</table>
</figure>
"""
# A presentation attribute of SVG, because the page's policy allows no inline style.
_LINE = (
    '<tr><th scope="row">{shown}</th><td class="bar"><svg viewBox="0 0 100 1" preserveAspectRatio="none" '
    'aria-hidden="true"><rect data-name="{name}" width="{width:.2f}" height="1"/></svg></td>'
    '<td>{number}</td><td class="share">{share:.0%}</td></tr>'
)


def chart(title: str, values: Mapping[str, float], whole: float) -> str:
    """Return a chart as HTML, empty where there is nothing to show.

    Args:
        title: What is counted or measured.
        values: By name, 0 or more; in the order in which they are shown.
        whole: Of which each value is a share.

    Example:
        >>> chart("Rows", {}, 4), chart("Rows", {"edited": 3}, 4).count("<td>3</td>")
        ('', 1)
    """
    if not values:
        return ""
    most = max(values.values()) or 1
    lines = [
        _LINE.format(
            name=escape(name),
            shown=escape(name).replace("_", "_<wbr>"),  # long names break there on a phone
            width=100 * value / most,
            number=f"{value:,}" if isinstance(value, int) else f"{value:,.1f}",
            share=value / (whole or 1),
        )
        for name, value in values.items()
    ]
    return _CHART.format(title=escape(title), lines="\n".join(lines))
