"""Brands, taken out of a text or replaced by what they are a brand of."""

import re
from collections.abc import Collection

from . import words as table
from .redaction import tidy


def _any(names: Collection[str]) -> str:
    """Return a pattern for one of the names, longest first, with a space or a hyphen inside."""
    parts = (re.escape(n).replace(r"\-", "[ -]?") for n in sorted(names, key=lambda n: (-len(n), n)))
    return f"(?:{'|'.join(parts)})"


_AS_WRITTEN = {
    " ".join(name.split()): kind
    for kind, names in table.BRANDS_AS_WRITTEN.items()
    for name in names.split("|")
}
_ANY_CASE = {name.replace("-", ""): kind for kind, names in table.BRANDS.items() for name in names}
_BRAND = re.compile(
    rf"(?<![\w-])(?:(?P<any>(?i:{_any(set().union(*table.BRANDS.values()))}))"
    # Plain words at the start of a sentence: "Target practice", "Apple on a table".
    rf"|(?:(?<=[a-z,;] )|(?<=\bA )|(?<=\bAn ))(?P<written>{_any(_AS_WRITTEN)}))(?:'s)?(?!\w)"
    # The model: "Corolla", "12 Pro", "X5".
    r"(?P<model>(?:[ -](?:[A-Z]\w*|\w*\d\w*)(?!\w))*)"
)
_NEXT = re.compile(r"[ -]+([a-z]+)")


def without_brands(text: str) -> str:
    """Return a text without brands; one that has none is returned as it is.

    Example:
        >>> without_brands("A Toyota Corolla beside an Apple laptop and a red apple.")
        'A car beside a laptop and a red apple.'
    """
    found = _BRAND.sub(_instead, text)
    return text if found == text else tidy(found)


def _instead(match: re.Match[str]) -> str:
    """Return nothing before the word that says what it is, else that word."""
    following = _NEXT.match(match.string, match.end())
    if following and following[1] not in table.FUNCTION and not following[1].endswith(("ing", "ed")):
        return ""
    if match["written"]:
        return _AS_WRITTEN[match["written"]]
    return _ANY_CASE[re.sub("[ -]", "", match["any"].lower())]
