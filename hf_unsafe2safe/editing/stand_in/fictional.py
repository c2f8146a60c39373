"""Fictional text of the format of another: digits for digits, letters for letters, all else as it was.

`Jane Doe, 12 May` may become `Kofu Ria, 84 Zuq`: nobody's, and still a name, a comma and a date to look at.
"""

import unicodedata

import numpy as np

from ...verification.texts import still_readable

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvz"  # look-alikes of digits and of each other left out
_DIGITS = "23456789"
_TRIES = 40


def fictional(text: str, draw: np.random.Generator) -> str | None:
    """Return a text of the same format that is nothing like the original and nothing personal.

    None where there is none within the tries: what reads as a phone number or an e-mail address whatever its
    digits and letters are cannot be told from a real one by whoever looks at the result. None also for
    scripts that write vowels as marks.

    Args:
        text: What was read. Private.
        draw: Where the letters come from.
    """
    if any(unicodedata.category(sign) in ("Mn", "Mc", "Me", "Nl", "No") for sign in text):
        return None  # signs that would stay as they are, and tell
    for _ in range(_TRIES):
        made = "".join(_other(sign, draw) for sign in text)
        if made != text and not still_readable(text, made):
            return made
    return None


def _other(sign: str, draw: np.random.Generator) -> str:
    """Return another letter for a letter, vowels for vowels, another digit for a digit."""
    if sign.isdecimal():
        return _drawn(_DIGITS, sign, draw)
    if not sign.isalpha():
        return sign
    plain = unicodedata.normalize("NFKD", sign.casefold())[0]
    made = _drawn(_VOWELS if plain in _VOWELS else _CONSONANTS, plain, draw)
    return made.upper() if sign.isupper() else made


def _drawn(signs: str, but: str, draw: np.random.Generator) -> str:
    rest = signs.replace(but, "")
    return rest[draw.integers(len(rest))]
