"""Whether class names, and texts of a source, may be published: nothing in them looks like somebody's.

A class name, and any other text of a few words, must be made of known words for things (`things`): folders
are named after people too, and no list has all names. A sentence is looked at as the leak guard looks at
public captions, and every word with a capital letter, and every first word, must be known. English only:
texts in other languages or with letters that are not Latin do not pass. Not found: a name in lower case
within a sentence that is in no list of given names, and a single name that is also a thing ("Rose").
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from ....detectors.pii_formats import fold, words
from ....records import Inspection
from ....texts.guard import MOST_LETTERS, leaks
from ....texts.quotes import spelt
from ....texts.told import tokens
from ....texts.words import CAPITALS, FUNCTION, ORIGIN, ROLES, SUBJECTS
from .things import MORE_NAMES, NAMES_TOO, PHRASES, THINGS

_LONGEST_NAME = 60  # letters of a class name
_FEW = 4  # words; a text of no more, without function words, is looked at as a class name
_MARKS = re.compile(r"[\s_,;:&()+/-]+|(?<=[^\W\d_])\.+(?=[^\W\d_]|$)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # "GiantPanda"
_OF_A_NAME = re.compile(r"[A-Za-z0-9 _,'&()+/.-]+")
# A path, the name of a file, a key of letters and digits, a handle, markup.
_NO_PROSE = re.compile(r"/[\w.]|\w\.[A-Za-z]\w{1,4}\b|[A-Za-z]\w*\d\w*|\d+[A-Za-z]\w{3,}|_|[<>{}@#|=~^$\\]")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?:;])\s)\W*([^\W\d_][\w'-]*)")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_KNOWN = THINGS | tokens(" ".join(sorted(THINGS)))
_CAPITALS = frozenset(fold(CAPITALS).split())
_PEOPLE = (ROLES | tokens(" ".join(sorted(ROLES)))) | {"face", "human", "subject", "id"}
_PROSE = (
    _KNOWN
    | FUNCTION
    | SUBJECTS
    | _CAPITALS
    | words(
        """there these those two three four five six seven eight nine ten it they we you what where when how
        who which is are be can do does if no not only just here view close-up closeup picture image photo
        shot part parts inside many several some few both after before down up out off it's there's
        various variety different next"""
    )
) - NAMES_TOO


def class_names_pass(names: Iterable[str]) -> bool:
    """Return whether every name of a class may be published.

    One unknown word withholds all of them: among the folders of some people there is hardly one whose name
    is made of things only.

    Example:
        >>> class_names_pass(["hair drier", "Faces_easy", "3"]), class_names_pass(["cat", "Zebulon"])
        (True, False)
    """
    return all(class_name_passes(name) for name in names)


@lru_cache(maxsize=65_536)
def class_name_passes(name: str) -> bool:
    """Return whether a class name is made of known words for things, with numbers of at most two digits.

    Case, underscores, hyphens and plurals do not matter. Words for people by gender or age fail, as does an
    origin without a thing ("French") or of people ("Asian chef"), a role with a number ("person 12"), and a
    word that is a given name too before one other word ("Rose Stone").

    Example:
        >>> [class_name_passes(name) for name in ("tv_studio", "Egyptian cat", "jane_doe", "B-747")]
        [True, True, False, False]
    """
    if len(name) > _LONGEST_NAME or not _OF_A_NAME.fullmatch(fold(spelt(name))) or name[:1] in "./":
        return False
    parts = [part for part in _MARKS.split(_CAMEL.sub(" ", spelt(name))) if part]
    said = [fold(part) for part in parts]
    numbers = [word for word in said if word[0].isdigit()]
    if not said or " ".join(said) in PHRASES:
        return bool(said)
    if not all(_may_stand(said, i) for i in range(len(said))):
        return False
    if (len(said) == 2 and said[0] in NAMES_TOO) or (numbers and ("/" in name or _PEOPLE & set(said))):
        return False
    # Origins were looked at; what else tells of groups of people does not pass.
    fine = set() if ORIGIN.isdisjoint(said) else {"demographic"}
    return fine.issuperset(leaks(" ".join(said), Inspection()))


@lru_cache(maxsize=65_536)
def passes(text: str) -> bool:
    """Return whether a text of a source may be published.

    Args:
        text: A value of a string column: a caption, a question, an answer, a tag. "" passes.

    Example:
        >>> [passes(text) for text in ("3 dogs on a couch.", "A woman with a dog.", "Zebulon has a bike.")]
        [True, False, False]
    """
    shown = spelt(text)
    if not shown:
        return True
    if len(text) > MOST_LETTERS or not _is_latin(shown):
        return False
    if len(shown.split()) <= _FEW and FUNCTION.isdisjoint(map(fold, _WORD.findall(shown))):
        return class_name_passes(shown.rstrip(".!?")) and not leaks(shown.lower(), Inspection())
    if leaks(shown, Inspection()) or _NO_PROSE.search(shown):
        return False
    if not MORE_NAMES.isdisjoint(fold(word).removesuffix("'s") for word in _WORD.findall(shown)):
        return False
    firsts = {match.start(1) for match in _SENTENCE.finditer(shown)}
    return all(
        _is_known(match[0])
        for match in _WORD.finditer(shown)
        if match[0][0].isupper() or match.start() in firsts
    )


def _may_stand(said: list[str], i: int) -> bool:
    """Return whether a word of a class name is known where it stands."""
    word = said[i]
    if word.isdigit():
        return len(word) <= 2
    if word in ORIGIN:  # "french fries"; not "asian chef", and not "asian" alone
        others = set(said[i + 1 :])
        return bool(others & _KNOWN) and others.isdisjoint(_PEOPLE)
    bare = word.removesuffix("'s").strip("'")
    known = bare in _KNOWN or (bool(tokens(bare)) and tokens(bare) <= _KNOWN)
    return known or (bare in FUNCTION and len(said) > 1)


def _is_known(word: str) -> bool:
    bare = fold(word).removesuffix("'s")
    return bare in _PROSE or (bool(tokens(bare)) and tokens(bare) <= _PROSE)


def _is_latin(text: str) -> bool:
    return all(not c.isalpha() or c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in text)
