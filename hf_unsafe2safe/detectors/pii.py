"""Whether a line of text that OCR read is personal: its kind, the most specific one.

A bare pair of capitalised words ("Jane Doe", "Main Entrance") is plain text: without a label ("Name:"), an
honorific ("Dr.") or a neighbour that is a label it cannot be told from a shop sign. The number of an
identity document or an account counts as `card` after its label. Nothing raises, logs or keeps text.

The parts: `pii_formats` (numbers, addresses on the net, dates), `pii_labels`, `pii_names`, and `pii_lines`
for a whole page.
"""

from collections.abc import Callable

from . import pii_formats as formats
from .pii_formats import normalise
from .pii_labels import fits, label_only, labels
from .pii_names import has_address, has_name

KINDS = ("name", "phone", "email", "url", "username", "card", "iban", "date", "address", "text")
WINDOW, _OVERLAP = 2_000, 200  # characters; longer text is read in overlapping windows

_TESTS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("iban", formats.has_iban), ("card", formats.has_card), ("email", formats.has_email),
    ("url", formats.has_url), ("username", formats.HANDLE.search), ("phone", formats.has_phone),
    ("date", formats.has_date), ("name", has_name), ("address", has_address),
)  # fmt: skip
RANK = {kind: rank for rank, kind in enumerate([*dict(_TESTS), "text"])}


def classify(text: str) -> str:
    """Return the kind of one line of text, one of `KINDS`: the most specific one found anywhere in it.

    The order is iban, card, email, url, username, phone, date, name, address, text. Never raises.

    Example:
        >>> [classify(t) for t in ("Call me: +1 415 555 2671 today", "Name: Jane Doe", "Jane Doe")]
        ['phone', 'name', 'text']
    """
    starts = range(0, max(len(text) - _OVERLAP, 1), WINDOW - _OVERLAP)
    return min((_classify(normalise(text[i : i + WINDOW])) for i in starts), key=RANK.__getitem__)


def _classify(line: str) -> str:
    labelled = {kind for kind, inline, _, value in labels(line) if inline and fits(kind, value)}
    if labelled and len(line) < 80 and label_only(line):  # "Surname / Nom" is no name
        labelled = set()
    return next((kind for kind, test in _TESTS if kind in labelled or test(line)), "text")
