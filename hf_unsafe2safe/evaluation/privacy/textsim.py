"""TextSim: whether the safe image still says what the original said."""

from collections.abc import Sequence

from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from .reading import readable, written, written_in_regions


def token_set_similarity(before: Sequence[str], after: Sequence[str]) -> float:
    """Return how alike the words of two texts are, in [0, 1]; 0 where one of them has none.

    Args:
        before: Lines of the original, as `reading.words` spells them; their order does not matter.
        after: Lines of the safe image.

    Source: the token-set ratio of RapidFuzz, as a share.

    Example:
        >>> token_set_similarity(["jane doe"], ["doe jane"]), token_set_similarity(["jane doe"], [])
        (1.0, 0.0)
    """
    from rapidfuzz.fuzz import token_set_ratio

    return float(token_set_ratio(" ".join(before), " ".join(after))) / 100


class TextSim(Metric):
    """Whether what could be read in the original can still be read in the safe image.

    Formula:
        For each row, `token_set_ratio(T(original), T(safe)) / 100`; the mean over rows. `T` is all that OCR
        read in an image, with letters and digits only, in one case. Text that is gone counts as 0.

    Meaning:
        The words of both images are compared as two sets. 1 says that nothing was hidden, 0 that no text is
        left.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        Unsafe2Safe (arXiv 2603.28605), section 4, TextSim.

    Pitfalls:
        The ratio is 1 as soon as the words of one image are all among those of the other: one word left of a
        hundred counts as much as all of them. Unrelated words share letters by chance: 0.1 to 0.3 on average,
        0.6 at worst. Read it together with `characters-recovered`, which has little of both. A row in whose
        original nothing was read for sure is excluded; what OCR does not read, a person may. Small or faint
        text is read differently in a re-encoded image: compare with that baseline.
    """

    name = "textsim"
    title = "TextSim"
    dimension = "privacy"
    higher_is_better = False
    unit = "similarity"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the similarity of a row."""
        if not (before := written(pair.original)):
            raise ExcludedRowError("no text in the original")
        return part(token_set_similarity(before, readable(pair.safe)))


class TextSimRegions(Metric):
    """Whether the text inside the risky regions can still be read anywhere in the safe image.

    Formula:
        As `textsim`, with the lines of the original of whose box at least half lies in the risky regions;
        against all lines of the safe image.

    Meaning:
        A sign that nobody asked to hide does not count here, so a careful edit is not blamed for it.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        Unsafe2Safe (arXiv 2603.28605), section 4, TextSim; the restriction is this project's.

    Pitfalls:
        Those of `textsim`. Text of a mirrored image is not read and seems private. A word that stands in a
        region and also on a sign outside counts as readable. The regions are those of the result or of our
        own inspection: text that neither saw is left out.
    """

    name = "textsim-regions"
    title = "TextSim in the risky regions"
    dimension = "privacy"
    higher_is_better = False
    unit = "similarity"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the similarity of a row."""
        if not (before := written_in_regions(pair)):
            raise ExcludedRowError("no text in the risky regions")
        return part(token_set_similarity(before, readable(pair.safe)))
