"""Whether a public text tells what a model said in private: a thing under review, or a name or number."""

import re

from ..detectors.pii_formats import fold, words
from ..records import Inspection
from ..taxonomy import KINDS
from . import words as table
from .quotes import spelt

_WORD = re.compile(r"[^\W_]+")
_TELLING = ("appearance", "health", "symbol")
_LONG = 5  # letters from which a word is also looked for across spaces: "wheel chair"
_OWNER = re.compile(r"(?<=\w)'s?(?!\w)")
_ENDED = re.compile(r"[.!?]$(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\b[A-Z][a-z]{2}\.)")  # but not by "Dr."


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


# In the description of a thing these words do not tell it from others.
_ANYTHING = words(
    """person people human somebody someone individual figure group crowd face head body hand arm leg eye hair
    skin image photo picture scene view background foreground left right top bottom middle center centre side
    front back part partly partial partially visible blurred blurry unclear possible possibly small large big
    tiny wearing holding sitting standing walking looking shown showing seen there this it its their his her
    other another some several one two three four text item thing object personal private"""
)
_COMMON = frozenset(
    map(_singular, _ANYTHING | table.FUNCTION | table.PERSON | table.PEOPLE | frozenset(table.NEUTRAL))
)
_CAPITALS = frozenset(table.CAPITALS.split())


def tokens(text: str) -> set[str]:
    """Return the words of a text in lower case without accents, nouns in the singular.

    Example:
        >>> sorted(tokens("Two Cities' boxes, a bus."))
        ['a', 'box', 'bus', 'city', 'two']
    """
    return {_singular(word) for word in _WORD.findall(_OWNER.sub("", fold(spelt(text))))}


def names_item(text: str, inspection: Inspection) -> bool:
    """Return whether a text has distinctive words of the description of something that was found.

    All of them; of what tells who somebody is (`_TELLING`, and a user's own kinds) two that are a third.
    Words that describe anybody and anything, and those of
    the dataset's own context, are not distinctive.

    Example:
        >>> from hf_unsafe2safe.records import Finding
        >>> tattoo = Finding("appearance", 0.9, (0, 0, 9, 9), "vlm", item="dragon tattoo on a man's arm")
        >>> names_item("Two tattoos of dragons.", Inspection((tattoo,)))
        True
    """
    said, together = tokens(text), "".join(_WORD.findall(fold(spelt(text))))
    neutral = _COMMON | tokens(inspection.context)
    for finding in inspection.findings:
        item = tokens(finding.item or "") - neutral
        shared = sum(word in said or (len(word) >= _LONG and word in together) for word in item)
        telling = finding.kind in _TELLING or finding.kind not in KINDS
        if item and shared >= min(len(item), max(2, len(item) / 3) if telling else len(item)):
            return True
    return False


def retells(text: str, private: str, inspection: Inspection) -> bool:
    """Return whether a text has a number, or in any case a word with a capital letter, of a private caption.

    A word at the start of a sentence does not count, nor one that the private caption also has in lower
    case, nor what was read in the image and stands there in capital letters only, as on a sign: that is
    looked for by what it is, see `quotes.repeats`.

    Example:
        >>> retells("A bridge by the golden gate.", "The Golden Gate at dusk.", Inspection())
        True
    """
    read = set[str]().union(*(tokens(f.text) for f in inspection.findings if f.text))
    said = tokens(text)
    return any(
        word in said
        for word, as_written in _names(spelt(private)).items()
        if not (word in read and (as_written.isupper() or as_written.isdigit()))
    )


def _names(private: str) -> dict[str, str]:
    """Return the words that name something, and how each is written."""
    found: dict[str, str] = {}
    plain: set[str] = set()
    private = _OWNER.sub("", private)
    for match in _WORD.finditer(private):
        word, before = match[0], private[: match.start()].rstrip(" (-")
        begins = not before or bool(_ENDED.search(before))
        if any(map(str.isdigit, word)) or (word[0].isupper() and not begins and word not in _CAPITALS):
            name = _singular(fold(word))
            if name not in found or found[name].isupper():
                found[name] = word
        elif word[0].islower():
            plain.add(_singular(fold(word)))
    plain |= {_singular(word) for word in table.FUNCTION}
    return {word: written for word, written in found.items() if word not in plain}
