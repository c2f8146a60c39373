"""Personal texts and number plates that can still be read."""

from collections.abc import Sequence

from ...taxonomy import PERSONAL_TEXT
from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from .reading import readable, signs, written

LONG = 6  # letters and digits from which one wrong sign hides nothing, and a line break neither
ENTITIES = tuple(kind for kind in PERSONAL_TEXT if kind != "plate")


def still_said(entity: str, after: Sequence[str]) -> bool:
    """Return whether lines of the safe image still say what a line of the original said.

    A short one must be there as whole words. One of `LONG` letters and digits or more may run over the end of
    a line, or have one sign wrong, missing or too many, alone or among other text.

    Args:
        entity: As `reading.words` spells it.
        after: All lines of the safe image, spelt the same.

    Example:
        >>> [still_said("jane doe", [line]) for line in ("mrs jane doe", "jane d0e", "jane roy", "j d")]
        [True, True, False, False]
    """
    content, read = signs(entity), [signs(line) for line in after]
    if len(content) < LONG:
        return any(f" {entity} " in f" {line} " for line in after)
    return content in "".join(read) or any(_nearly_in(content, line) for line in read)


def _nearly_in(content: str, line: str) -> bool:
    """Return whether a line holds some content but for one sign."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.fuzz import partial_ratio

    if Levenshtein.distance(content, line, score_cutoff=1) <= 1:
        return True
    count = len(content)  # in a piece of as many signs one wrong sign costs 1 / count
    return len(line) >= count and partial_ratio(content, line) >= 100 * (1 - 1 / count) - 1e-9


def _left(pair: Pair, kinds: Sequence[str], what: str) -> Observation:
    if not (before := written(pair.original, *kinds)):
        raise ExcludedRowError(f"no {what} in the original")
    after = readable(pair.safe)
    return part(sum(still_said(entity, after) for entity in before), len(before))


class EntitiesLeft(Metric):
    """Share of the personal texts of the original that can still be read in the safe image.

    Formula:
        `sum over rows of personal texts still said / sum over rows of personal texts`. A personal text is a
        line of the original that is a name, phone number, address, e-mail, card number, date or the like. It
        is still said when its letters and digits are read again; of six or more, one may be wrong.

    Meaning:
        Of all names, numbers and addresses that a reader finds in the originals, how many leak. Each counts
        once, however long it is.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        This project.

    Pitfalls:
        Half a phone number does not count here; see `characters-recovered`. A line with its label ("Name:
        Jane Doe") that lost the label only does not count either. What is personal is told by patterns: a
        bare name on a plain wall is plain text. A text that stands at two places, of which one was hidden,
        counts as left twice. Number plates have a figure of their own. What OCR makes of a
        fold or of buttons on a person may count as text on a person: compare with the re-encoded baseline.
    """

    name = "entities-left"
    title = "Personal texts still readable"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the personal texts of a row that are left, and all of them."""
        return _left(pair, ENTITIES, "personal text")


class PlatesReadable(Metric):
    """Share of the number plates of the original that can still be read in the safe image.

    Formula:
        `sum over rows of plates still said / sum over rows of plates`, where a plate is a line of the
        original with the format and the place of one. It is still said when its letters and digits are read
        again; of six or more, one may be wrong.

    Meaning:
        How many vehicles can be looked up from the safe images.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        This project.

    Pitfalls:
        A plate that OCR cannot read in the original is not counted, although a better reader or a person may
        read it. A plate of two rows is two lines.
    """

    name = "plates-readable"
    title = "Number plates still readable"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the plates of a row that are left, and all of them."""
        return _left(pair, ("plate",), "number plate")
