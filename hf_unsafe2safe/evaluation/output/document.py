"""The HTML around a page of figures: no script, no host asked, whatever stands in it."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from .terminal import clean

_POLICY = "default-src 'none'; img-src data:; style-src '{style}'; base-uri 'none'; form-action 'none'"


def document(title: str, facts: Iterable[str], body: str, *, banner: str = "") -> str:
    """Return a page.

    Args:
        title: Text.
        facts: Texts below the title.
        body: HTML.
        banner: HTML of a warning above all, empty for none.
    """
    style = _read("page.css")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return Template(_read("page.html")).substitute(
        policy=_POLICY.format(style=f"sha256-{digest}"),
        style=style,
        title=text(title),
        facts=" · ".join(map(text, facts)),
        banner=f'<p class="banner" role="note">{banner}</p>\n' if banner else "",
        body=body,
    )


def text(value: str) -> str:
    r"""Return text as HTML, without what is not seen.

    Example:
        >>> text("<b>\u202e x")
        '&lt;b&gt; x'
    """
    return escape(clean(value))


def section(title: str, content: str) -> str:
    """Return content below a heading, empty where there is none."""
    return f"<h2>{text(title)}</h2>\n{content}" if content else ""


def definitions(items: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """Return names with what is said of each, empty where there are none."""
    pairs = items.items() if isinstance(items, Mapping) else items
    lines = [f"<dt>{text(name)}</dt><dd>{text(said)}</dd>" for name, said in pairs]
    return f'<dl class="card">{"".join(lines)}</dl>' if lines else ""


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
