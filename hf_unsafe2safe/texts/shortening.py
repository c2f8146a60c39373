"""Cut a text to a number of words where it hurts least."""

import re

from .words import FUNCTION

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_DANGLING = FUNCTION | {
    "its",
    "their",
    "his",
    "her",
    "very",
    "some",
    "several",
    "no",
    "not",
    "one",
    "two",
    "this",
}


def sentences(text: str) -> list[str]:
    """Return the sentences of a text.

    Example:
        >>> sentences("A cat. A dog runs!  And more")
        ['A cat.', 'A dog runs!', 'And more']
    """
    return [part for part in _SENTENCE.split(text.strip()) if part]


def shortened(text: str, words: int) -> str:
    """Return a text of at most so many words; one that fits is returned as it is.

    It ends with the last whole sentence that fits; where not even the first does, with a clause of it that
    has at least half of the words, or with a word that can end one.

    Args:
        text: English.
        words: At least 1.

    Example:
        >>> shortened("A cat sits. A dog runs after a ball in the park.", 7)
        'A cat sits.'
        >>> shortened("A cat on a mat, beside the door of a house", 9)
        'A cat on a mat.'
    """
    if len(text.split()) <= words:
        return text
    kept = ""
    for sentence in sentences(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer.split()) > words:
            break
        kept = longer
    return kept or _clause(text.split()[:words])


def _clause(words: list[str]) -> str:
    ends = [
        i + 1 for i, word in enumerate(words) if word.endswith((",", ";", ":")) and 2 * (i + 1) >= len(words)
    ]
    kept = words[: ends[-1]] if ends else list(words)
    while len(kept) > 1 and kept[-1].strip(",;:").lower() in _DANGLING:
        kept.pop()
    return f"{' '.join(kept).rstrip(',;:.-')}."
