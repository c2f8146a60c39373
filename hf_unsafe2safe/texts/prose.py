"""Whether a text is an answer in plain English: no refusal, no loop, no other language, no markup."""

import re
import unicodedata
from collections import Counter

from ..detectors.pii_formats import fold, words
from .quotes import spelt
from .words import FUNCTION

LONGEST_WORD = 40  # letters
_LOOP, _LOOPS = 3, 4  # so many words in a row so many times are a loop
_LAST_LETTER = "\u024f"  # of European languages in Latin script; Vietnamese has others
_LONG = 8  # words from which an English text has a function word
_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Sk", "So"}  # controls, surrogates, emoji
_NO_ANSWER = words(
    """none null nil n/a na unknown string text caption instruction safe unsafe yes no true false ok okay
    empty nothing undefined todo placeholder"""
)
_REFUSAL = re.compile(
    r"(?:\W*(?:i am|i'm|we are|we're) (?:(?:very|so|really|deeply) )?(?:sorry|unable|not (?:able|allowed))\b"
    r"|\W*(?:sorry|apologies|my apologies|unfortunately|regrettably)\b"
    r"|\W*(?:well, |but |however, |as .{0,40}, )?i (?:can't|cannot|can not|won't|will not|must decline)\b"
    r"|.{0,80}\b(?:as an ai|as a language model)\b"
    r"|.{0,80}\bi (?:can't|cannot) (?:assist|help|comply|fulfill|process|see|view|identify|describe)\b"
    r"|\W*(?:lo siento|lo lamento|no puedo|disculpa|je suis desole|desole|je ne peux pas|es tut mir leid"
    r"|entschuldigung|tut mir leid|leider|ich kann|mi dispiace|non posso|desculpe|sinto muito|lamento"
    r"|nao posso|het spijt me|helaas|sorry|przepraszam|niestety|bohuzel|uzgunum|maaf|xin loi|beklager"
    r"|tyvarr|jag kan inte)\b)"
)
# In other scripts, where no "word" ends.
_REFUSAL_ELSEWHERE = re.compile(
    r".{0,40}(?:对不起|對不起|抱歉|我无法|我不能|申し訳|すみません|죄송|извините|простите|к сожалению"
    r"|я не могу|عذرا|آسف|ขออภัย)",
    re.I,
)
_TO_A_READER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|instructions?|rules?)\b"
    r"|\bsystem prompt\b|\byou (?:are|must) (?:now|answer|reply|respond|output)\b"
    r"|\b(?:answer|reply|respond|say|output)(?: with)?:? (?:only )?(?:yes|no|safe|true|false)\b"
)
_MARKUP = re.compile(r"[<>{}\[\]|\\]|```|https?:|[=:;_~#*-]{3}")
# Commoner than any other words of their language, and no words of English.
_FOREIGN = words(
    """der das und ein eine einen einem einer ist mit auf im von dem des nicht vor neben sind el los las una
    unos unas es esta del por para que su la le les une un est avec dans aux du il gli della nel sul uma um
    os da das het een op naar de di lo na jest och ett en bir ini yang dengan"""
)


def clean(text: str) -> str:
    r"""Return a text in one spelling, see `quotes.spelt`, without what is invisible and without emoji.

    Example:
        >>> clean("A\u200b  hat.\U0001f600")
        'A hat.'
    """
    shown = (" " if unicodedata.category(c) in _UNSEEN else c for c in spelt(text))
    return " ".join("".join(shown).split())


def is_answer(text: str) -> bool:
    """Return whether a text says something, in whatever language: no refusal, no loop, no order.

    Example:
        >>> [is_answer(text) for text in ("Two cats.", "I'm sorry, I can't.", "N/A", "a cat and " * 9)]
        [True, False, False, False]
    """
    folded = fold(spelt(text))
    tokens = re.findall(r"[\w/']+", folded)
    if not any(map(str.isalpha, folded)) or _REFUSAL_ELSEWHERE.match(text):
        return False
    if len(tokens) == 1 and tokens[0] in _NO_ANSWER:
        return False
    if max(map(len, tokens)) > LONGEST_WORD and folded.isascii():  # some scripts have no spaces
        return False
    runs = Counter(zip(*(tokens[i:] for i in range(_LOOP)), strict=False))
    loops = max(runs.values(), default=0) >= _LOOPS
    return not (loops or _REFUSAL.match(folded) or _TO_A_READER.search(folded))


def is_prose(text: str) -> bool:
    """Return whether a text is an answer in plain English.

    Another language is told by its letters and by its commonest words: what the guard knows is English.

    Example:
        >>> [is_prose(text) for text in ("A cat on a mat.", "Una mujer con un perro.", "<b>A cat</b>")]
        [True, False, False]
    """
    if not is_answer(text) or _MARKUP.search(text) or not all(map(_european, filter(str.isalpha, text))):
        return False
    tokens = re.findall(r"[\w']+", fold(text))
    english = sum(token in FUNCTION for token in tokens)
    foreign = sum(token in _FOREIGN for token in tokens)
    return len(tokens) > 1 and english >= foreign and (english > 0 or len(tokens) < _LONG)


def _european(letter: str) -> bool:
    return letter <= _LAST_LETTER and unicodedata.name(letter, "").startswith("LATIN")
