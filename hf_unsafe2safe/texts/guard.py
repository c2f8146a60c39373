"""The last look at texts that will be published: their length, and nothing private in them.

A sentence that tells what was read, a name or a number is dropped: cutting out the words would tell them,
and failing the row would punish a template for a word like "photo" on a sign. Where nothing else is left, a
fixed text takes its place. Words about groups of people, and brands, are taken out. All are counted by the
names in `GUARDS`.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..detectors.pii import classify
from ..detectors.pii_formats import fold
from ..detectors.pii_names import has_name
from ..errors import StageError
from ..records import Captions, Inspection, PublicCaption
from .brands import without_brands
from .quotes import SHORTEST, repeats, spelt
from .redaction import without_groups
from .shortening import sentences
from .told import names_item, retells, tokens
from .words import CAPITALS, DEEDS, FUNCTION, GIVEN_NAMES, SUBJECTS

GUARDS = ("read_text", "personal", "name", "number", "brand", "demographic", "item", "private_caption")
CAPTION_WORDS = 50
INSTRUCTION_WORDS = 45
MOST_LETTERS = 1_000  # of a text; its words are about 8 letters long
NEUTRAL_CAPTION = "An image."
NEUTRAL_INSTRUCTION = "Replace every marked region with a neutral stand-in."
_TAKEN_OUT = {"brand", "demographic"}
_IN_QUOTES = re.compile(r"[\"\u201c-\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f]|(?<!\w)'[^']+'(?!\w)")
_MIXED = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_NUMBER = re.compile(r"\d(?:[ .,:()/-]*\d){2}")
_DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|double)"
_COUNTED = re.compile(rf"\b{_DIGIT}(?:[ ,-]+{_DIGIT}){{2}}\b", re.I)  # a number read out
# "Zendaya poses": who begins a sentence and does what only somebody does may be named.
_SUBJECT = re.compile(r"([A-Z][a-z\u00df-\u024f'-]+) ([a-z]{2,}s)(?![\w'-])")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_CAPITALS = frozenset(CAPITALS.split())
_NAMING = ("name", "person_text", "plate")  # kinds of which a short word tells who it is
_BEGINS = (".", "!", "?", ":")
_FEWEST = 2  # words that are no function words, of a sentence that is worth keeping


class Guarded(NamedTuple):
    """A text fit to publish, and the names of the guards that changed it."""

    text: str
    reasons: tuple[str, ...]


def public_captions(
    captions: Sequence[Captions], inspections: Sequence[Inspection]
) -> tuple[list[PublicCaption], list[tuple[str, ...]]]:
    """Return the public captions fit to publish, one an image, and the guards that changed each.

    Raises:
        StageError: A caption is missing, empty or longer than 50 words.
    """
    texts = _checked([c.public for c in captions], inspections, CAPTION_WORDS, "caption")
    rows = zip(texts, inspections, captions, strict=True)
    done = [guarded(text, one, NEUTRAL_CAPTION, private=c.private) for text, one, c in rows]
    return [PublicCaption(one.text) for one in done], [one.reasons for one in done]


def public_instructions(
    texts: Sequence[str], inspections: Sequence[Inspection], *, invents: bool = False
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the edit instructions fit to publish, one an image, and the guards that changed each.

    Args:
        texts: As the instructor wrote them.
        inspections: What was found and read in each image.
        invents: Whether an instruction may name the age and the gender of people whom it invents.

    Raises:
        StageError: An instruction is missing, empty or longer than 45 words.
    """
    texts = _checked(texts, inspections, INSTRUCTION_WORDS, "instruct")
    pairs = zip(texts, inspections, strict=True)
    done = [guarded(t, i, NEUTRAL_INSTRUCTION, demographics=not invents) for t, i in pairs]
    return [one.text for one in done], [one.reasons for one in done]


def guarded(
    text: str, inspection: Inspection, neutral: str, *, demographics: bool = True, private: str = ""
) -> Guarded:
    """Return a text as it may be published; again it is returned as it is.

    Args:
        text: As a stage wrote it.
        inspection: What was found and read in the image.
        neutral: The fixed text that takes the place of one that tells too much.
        demographics: Whether words about groups of people are taken out.
        private: The private caption of the image, "" for none.

    Example:
        >>> guarded("A woman with a Nike bag.", Inspection(), NEUTRAL_CAPTION)
        Guarded(text='A person with a bag.', reasons=('brand', 'demographic'))
    """
    if text == neutral:  # tells nothing, whatever was read
        return Guarded(text, ())

    def look(part: str) -> tuple[str, ...]:
        return leaks(part, inspection, demographics=demographics, private=private)

    reasons = look(text)
    if not reasons:
        return Guarded(text, ())
    # What goes goes as it was written: "fireman", which was read, would else stay as "firefighter".
    parts = [spelt(text)] if _TAKEN_OUT.issuperset(reasons) else _harmless(spelt(text), inspection)
    kept = [part for part in parts if _TAKEN_OUT.issuperset(look(part))]
    rest = " ".join(_without(part, demographics=demographics) for part in kept)
    if _WORD.search(rest) and not look(rest):
        return Guarded(rest, reasons)
    return Guarded(neutral, reasons)


def _harmless(text: str, inspection: Inspection) -> list[str]:
    """Return the sentences, except bits of one and those with a word that was read: half a line tells too."""
    read = set[str]().union(*(tokens(f.text) for f in inspection.findings if f.text))
    said = [(sentence, tokens(sentence) - FUNCTION) for sentence in sentences(text)]
    return [sentence for sentence, own in said if len(own) >= _FEWEST and own.isdisjoint(read)]


def leaks(
    text: str, inspection: Inspection, *, demographics: bool = True, private: str = ""
) -> tuple[str, ...]:
    """Return what a text tells that it must not, in the order of `GUARDS`.

    `read_text`: what was read in the image, anything in quotation marks, or a word that mixes Latin letters
    with others that look like them. `personal`: a phone number, an address, a date and the like. `name`: an
    honorific with a name, a given name, or a capital letter within a sentence. `number`: three digits, or
    any number that was read. `brand`, `demographic`: see `words`. `item`, `private_caption`: see `told`.

    Args:
        text: English.
        inspection: What was found and read in the image.
        demographics: Whether to look for words about groups of people.
        private: The private caption of the image, "" for none.

    Example:
        >>> leaks("Dr. Example at gate 453.", Inspection())
        ('name', 'number')
    """
    text = spelt(text)
    kind, plain = classify(text), _without(text, demographics=demographics)
    found = {
        "read_text": quotes(text, inspection) or bool(_IN_QUOTES.search(text) or _MIXED.search(text)),
        "personal": kind not in ("text", "name"),
        "name": kind == "name"
        or has_name(text)
        or _names(plain)
        or bool(private and _begins_with_name(plain)),
        "number": _has_number(text, inspection),
        "brand": without_brands(text) != text,
        "demographic": demographics and without_groups(text) != text,
        "item": names_item(text, inspection),
        "private_caption": retells(plain, private, inspection),
    }
    return tuple(guard for guard in GUARDS if found[guard])


def quotes(text: str, inspection: Inspection) -> bool:
    """Return whether a text has a line, or a longer word of a personal line, that was read in the image."""
    return any(
        repeats(text, f.text, words=f.kind != "text", shortest=2 if f.kind in _NAMING else SHORTEST)
        for f in inspection.findings
        if f.text
    )


def _checked(texts: Sequence[str], inspections: Sequence[Inspection], words: int, stage: str) -> list[str]:
    """Return the texts in one spelling, with nothing invisible in them."""
    if len(texts) != len(inspections):
        raise StageError(f"{stage}_failed", stage=stage, hint="A stage lost an image.")
    shown = [spelt(text) if isinstance(text, str) else "" for text in texts]
    if not all(1 <= len(text.split()) <= words and len(text) <= MOST_LETTERS for text in shown):
        raise StageError(f"{stage}_failed", stage=stage, hint=f"Expected 1 to {words} words.")
    return shown


def _without(text: str, *, demographics: bool) -> str:
    rest = without_brands(text)
    return without_groups(rest) if demographics else rest


def _names(text: str) -> bool:
    for match in _WORD.finditer(text):
        word, before = match[0], text[: match.start()].rstrip(" (-")
        begins = not before or before.endswith(_BEGINS)
        if fold(word).removesuffix("'s") in GIVEN_NAMES:
            return True
        if word[0].isupper() and not begins and word not in _CAPITALS:
            return True
    return False


def _begins_with_name(text: str) -> bool:
    """Return whether a sentence of a caption begins with a name, as far as its first two words tell."""
    return any(_acts(match) for sentence in sentences(text) if (match := _SUBJECT.match(sentence)))


def _acts(match: re.Match[str]) -> bool:
    subject, verb = fold(match[1]), match[2]
    return verb in DEEDS and subject not in SUBJECTS


def _has_number(text: str, inspection: Inspection) -> bool:
    long = _NUMBER.search(text) or _COUNTED.search(text)
    return bool(long) or not _numbers(text).isdisjoint(_read_numbers(inspection))


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", spelt(text)))


def _read_numbers(inspection: Inspection) -> set[str]:
    return {number for f in inspection.findings if f.text for number in _numbers(f.text)}
