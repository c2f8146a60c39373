"""What metrics of text compare: the lines that were read in an image, in one spelling."""

import re
import unicodedata

import numpy as np

from ...verification.common import masked_share
from ..pair import Look, Pair, Seen

SURE = 0.5  # score of a line that is taken for what the original says: folds and buttons are read with less
DIFFERENT = 2  # letters or digits in it that are not the same: "O" is a cup, "0000" are buttons
INSIDE = 0.5  # share of its box in the mask from which a line lies in the risky regions
_NO_SIGN = re.compile(r"[\W_]+")


def words(line: str) -> str:
    """Return the words of a line in one spelling: letters and digits, no case, one space between them.

    Example:
        >>> words("E-Mail: Jane_Doe")
        'e mail jane doe'
    """
    return _NO_SIGN.sub(" ", unicodedata.normalize("NFKC", line).casefold()).strip()


def signs(line: str) -> str:
    """Return the letters and digits of a line in one spelling.

    Example:
        >>> signs("+1 (415) 555-2671")
        '14155552671'
    """
    return words(line).replace(" ", "")


def written(seen: Seen, *kinds: str) -> list[str]:
    """Return the lines that an original says for sure, as `words` has them, in the order of reading.

    Args:
        seen: With the look `lines`.
        kinds: Only lines of these kinds; all without any.
    """
    look = seen.looks["lines"]
    return [line for i, line in _sure(look) if not kinds or look["kinds"][i] in kinds]


def written_in_regions(pair: Pair) -> list[str]:
    """Return those lines of the original that lie mostly in its risky regions."""
    look = pair.original.looks["lines"]
    return [line for i, line in _sure(look) if masked_share(pair.mask, look["boxes"][i]) >= INSIDE]


def readable(seen: Seen) -> list[str]:
    """Return all that can be read in a safe image, however unsure: when in doubt it is a risk."""
    return [line for text in seen.looks["lines"]["texts"] if (line := words(str(text)))]


def _sure(look: Look) -> list[tuple[int, str]]:
    """Return the index and the words of each line that is no noise of the reader."""
    spelt = [(i, words(str(look["texts"][i]))) for i in np.flatnonzero(look["scores"] >= SURE)]
    return [(int(i), line) for i, line in spelt if len(set(line) - {" "}) >= DIFFERENT]
