"""Words about groups of people, taken out of a text so that the sentence stays whole.

Texts are English and as `quotes.spelt` returns them. A text without such words is returned as it is: whether
a text changes is the test for a leak.
"""

import re
from collections.abc import Sequence

from ..detectors.pii_formats import fold
from . import words as table

_TOKEN = re.compile(r"\w+(?:['-]\w+)*")
_SUFFIX = re.compile(r"'\w+$")
_SOMEBODY = table.ROLES | {f"{role}s" for role in table.ROLES} | set(table.NEUTRAL.values())
# Before another word these nouns are adjectives: "a male voice", "an adult dog", "a baby elephant".
_ALSO_ADJECTIVES = frozenset({"male", "female", "adult", "teen", "senior", "youth", "baby"})
_OF_THINGS = frozenset({"man", "baby", "child", "kid"})  # "man-made", "child-friendly"
_ONE_OF = frozenset({"a", "an", "the", "one", "another", "this", "that", "each"})
_AS_PLURAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
_VOWEL = re.compile(r"(?!one|once|eu|uni|us[aeiu]|ut[ei])[aeiou]|hour|hono|heir")

_AGE = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty)"
_DECADE = r"(?:\d0'?s|teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)"
_PHRASES = re.compile(
    rf"(?<![\w-]){_AGE}[ -]years?[ -]olds?(?!\w) ?"
    rf"|,? ?(?<!\w)aged? {_AGE}(?!\w)"
    rf"|,? ?(?<!\w)in (?:his|her|their) (?:(?:early|mid|late)[ -])?{_DECADE}(?!\w)"
    r"|,? ?(?<!\w)in an? (?:\w+ )?wheelchair(?!\w)"
    r"|,? ?(?<!\w)with (?:an? )?(?:\w+ )?(?:disability|disabilities|down syndrome|skin)(?!\w)"
    r"|(?<![\w-])(?:light|dark|fair|brown|black|white|olive|pale|tan) skinned(?!\w) ?"
    r"|(?<![\w-])middle (?:aged?|eastern)(?!\w) ?",
    re.I,
)


def without_groups(text: str) -> str:
    """Return a text without gender, age, origin, religion and ability.

    People become a person; adjectives go. A colour goes only where it is one of people.

    Example:
        >>> without_groups("An elderly white woman and two Asian boys beside a white car.")
        'A person and two people beside a white car.'
    """
    shorter = _PHRASES.sub("", text)
    tokens = list(_TOKEN.finditer(shorter))
    if not tokens:
        return text
    ends = [*(t.start() for t in tokens[1:]), len(shorter)]
    gaps = [shorter[t.end() : end] for t, end in zip(tokens, ends, strict=True)]
    kept = _decided([t[0] for t in tokens], gaps)
    if shorter == text and kept == [t[0] for t in tokens]:
        return text
    return tidy(shorter[: tokens[0].start()] + _joined(kept, gaps))


def tidy(text: str) -> str:
    """Return a text from which words were cut with its spaces, articles and capitals in order.

    Example:
        >>> tidy("an  person . standing in a old car , parked.")
        'A person. Standing in an old car, parked.'
    """
    text = re.sub(r" +(?=[,.;:!?])", "", " ".join(text.split()))
    text = re.sub(r"^[ ,;:]+|(?<=[,;:])[,;:]+|[,;:]+(?=[.!?])", "", text).strip()
    text = re.sub(r"\bpeople'(?!\w)", "people's", text)
    text = re.sub(r"\b([Aa])n?(?= ([a-z]+))", lambda m: m[1] + ("n" if _VOWEL.match(m[2]) else ""), text)
    return re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda m: m[0].upper(), text)


def _decided(words: Sequence[str], gaps: Sequence[str]) -> list[str | None]:
    """Return what stands in the place of each word, None for nothing; from the end, as nouns come last."""
    kept: list[str | None] = list(words)
    for i in range(len(words) - 1, -1, -1):
        # "young and old people": where the second goes, so does the "and".
        pair = kept[i + 1 : i + 3] == ["and", None]
        after = _after(kept, gaps, i + 1 if pair else i)
        describes = not gaps[i].strip(" -") and bool(after) and after[0] not in table.FUNCTION
        kept[i] = _instead(words[i], fold(words[i - 1]) if i else "", after, describes=describes)
        if pair and kept[i] is None:
            kept[i + 1] = None
        if kept[i] == "they" and words[i] != "they" and i + 1 < len(words):
            following = kept[i + 1] or ""
            kept[i + 1] = _AS_PLURAL.get(following, following) or None
    return kept


def _after(kept: Sequence[str | None], gaps: Sequence[str], i: int) -> list[str]:
    """Return the next two words that stay, up to the end of the clause."""
    found: list[str] = []
    for gap, word in zip(gaps[i:], kept[i + 1 :], strict=False):
        if gap.strip(" ,-") or len(found) == 2:
            break
        found += [fold(_SUFFIX.sub("", word))] if word else []
    return found


def _instead(word: str, before: str, after: Sequence[str], *, describes: bool) -> str | None:
    """Return a word, what replaces it, or None where it goes.

    Args:
        word: As written.
        before: The word before it, folded.
        after: Up to two words after it that stay, folded.
        describes: Whether the next of them could be what an adjective is of.
    """
    bare = _SUFFIX.sub("", word)
    suffix, name = word[len(bare) :], fold(bare)
    if name == "her" and not describes:
        return "them"
    if name in _ALSO_ADJECTIVES and describes and not suffix:
        return None
    if name in ("he", "she") and suffix == "'s":
        return "they're"
    if name in table.NEUTRAL:
        return table.NEUTRAL[name] + suffix
    if name in table.PERSON:
        return None if after[:1] and after[0] in _SOMEBODY and not suffix else f"person{suffix}"
    if name in table.PEOPLE or (name.endswith("s") and name[:-1] in table.ORIGIN):
        return f"people{suffix}"
    if name in table.ORIGIN:
        return f"person{suffix}" if before in _ONE_OF and not describes else None
    if name in table.OF_THINGS_TOO:
        people = after[:1] and after[0] not in table.FUNCTION and not _SOMEBODY.isdisjoint(after)
        return None if people else word
    if not _names_a_group(name):
        return word
    return "people" if before == "the" and not describes else None  # "the elderly"


def _names_a_group(name: str) -> bool:
    first, *others = name.split("-")
    if name in table.ABOUT_PEOPLE or "skinned" in others:
        return True
    groups = table.ORIGIN | table.ABOUT_PEOPLE | table.PERSON | table.PEOPLE
    return bool(others) and first not in _OF_THINGS and not groups.isdisjoint((first, *others))


def _joined(kept: Sequence[str | None], gaps: Sequence[str]) -> str:
    text = ""
    for word, gap in zip(kept, gaps, strict=True):
        if word is not None:
            text += word + gap
        elif gap.strip(" ,-"):
            text = text.rstrip() + gap
    return text
