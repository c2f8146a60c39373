"""Whether a text repeats what was read: in another case, spelling, script of digits, or taken apart."""

import re
import unicodedata

from ..detectors.pii_formats import fold, normalise
from .words import FUNCTION

SHORTEST = 4  # letters; shorter pieces of read text ("the", "453") occur in any caption
_LONG = 8  # letters from which a line is also looked for with its spaces taken out
_JOINS = re.compile(r"(?<=\w)- (?=\w)|['._/\\|*-]+")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc`\u00b4"), "'")
# From Thai on, scripts are written without spaces, or with endings where they have spaces.
_UNSPACED = "\u0e00"


def spelt(text: str) -> str:
    """Return the text in one spelling: `normalise`d, with straight apostrophes.

    Example:
        >>> spelt("Jane\u2019s \u200b\uff12")
        "Jane's 2"
    """
    # Twice: without what was invisible, letters and accents may join.
    return normalise(normalise(text)).translate(_APOSTROPHES)


def repeats(text: str, read: str, *, words: bool, shortest: int = SHORTEST) -> bool:
    """Return whether a text has a line that was read.

    Args:
        text: What will be published.
        read: A line of text, or what a code holds.
        words: One longer word of the line is enough.
        shortest: Letters from which a word is one; under `SHORTEST` only whole words that are no function
            words ("the", "of") count.

    Example:
        >>> [repeats(said, "Jane Example", words=True) for said in ("EX-AMPLE!", "J a n e Exa mple", "Exam")]
        [True, True, False]
    """
    spoken = {_plain(text), _plain(_JOINS.sub("", spelt(text)))}
    lines = {_plain(read), _plain(_JOINS.sub("", spelt(read)))}
    pieces = lines | {word for line in lines for word in line.split() if words}
    squeezed = {line.replace(" ", "") for line in spoken}
    return any(_has(f" {said} ", piece, shortest) for said in spoken for piece in pieces) or any(
        line and line.replace(" ", "") in said
        for said in squeezed
        for line in pieces
        if len(line.replace(" ", "")) >= (2 if line > _UNSPACED else _LONG)
    )


def _has(said: str, piece: str, shortest: int) -> bool:
    if len(piece) < SHORTEST:
        return len(piece) >= shortest and piece.isalpha() and piece not in FUNCTION and f" {piece} " in said
    return f" {piece} " in said or f" {piece}s " in said


def _plain(text: str) -> str:
    """Return the letters and digits of a text, folded, in words with single spaces."""
    folded = fold(spelt(text))
    return " ".join("".join(c if unicodedata.category(c)[0] in "LN" else " " for c in folded).split())
