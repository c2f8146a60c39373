"""How many letters and digits of the original can be read again."""

from collections.abc import Sequence

from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair
from .reading import readable, signs, written, written_in_regions

RUN = 3  # signs in a row that count as read again: two lines that have nothing in common share single ones


def recovered(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return how many letters and digits can be read again, and how many there were.

    Each line is compared with the line of the safe image that has most of it. A sign counts when it lies in a
    run of `RUN` or more that both have; a shorter line counts when the other is the same.

    Args:
        before: Lines of the original.
        after: Lines of the safe image.

    Example:
        >>> recovered(["Jane Doe"], ["J4NE DOE"])
        (5, 7)
    """
    wanted, read = [signs(line) for line in before], [signs(line) for line in after]
    readings = [(line, _runs(line)) for line in read]
    found = [max((_shared(line, *one) for one in readings), default=0) for line in wanted]
    return sum(found), sum(map(len, wanted))


def _runs(line: str) -> set[str]:
    return {line[i : i + RUN] for i in range(len(line) - RUN + 1)}


def _shared(line: str, other: str, runs: set[str]) -> int:
    """Return how many signs of a line are in a run that the other line has too."""
    if len(line) < RUN:
        return len(line) if line == other else 0
    at = [i for i in range(len(line) - RUN + 1) if line[i : i + RUN] in runs]
    return len({i + k for i in at for k in range(RUN)})


class CharactersRecovered(Metric):
    """Share of the letters and digits of the original that can be read again in the safe image.

    Formula:
        `sum over rows of signs read again / sum over rows of signs in the original`. A letter or digit is
        read again when it lies in a run of three or more that its line shares with the line of the safe image
        which has most of it.

    Meaning:
        0.1 says that a tenth of all that was written is still there. A half-hidden line counts by half.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        This project. Runs of three are the trigrams of approximate text search.

    Pitfalls:
        A page of text weighs more than a name tag: rows count by their signs. OCR that breaks a line in two,
        or takes a letter for another, lowers the figure without hiding anything: compare with the re-encoded
        baseline. Text that the policy keeps counts too, see `characters-recovered-regions`. Unrelated lines
        share some runs ("ing"), so that a stand-in text does not give exactly 0.
    """

    name = "characters-recovered"
    title = "Characters still readable"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the signs of a row that are read again, and all of them."""
        if not (before := written(pair.original)):
            raise ExcludedRowError("no text in the original")
        return part(*recovered(before, readable(pair.safe)))


class CharactersRecoveredRegions(Metric):
    """Share of the letters and digits inside the risky regions that can be read again in the safe image.

    Formula:
        As `characters-recovered`, with the lines of the original of whose box at least half lies in the risky
        regions; against all lines of the safe image.

    Meaning:
        How much of what was meant to be hidden is still there.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        This project.

    Pitfalls:
        Those of `characters-recovered`. Text of a mirrored image is not read and seems private. The regions
        are those of the result or of our own inspection: text that neither saw is left out.
    """

    name = "characters-recovered-regions"
    title = "Characters readable in risky regions"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("lines",)

    def observe(self, pair: Pair) -> Observation:
        """Return the signs of a row that are read again, and all of them."""
        if not (before := written_in_regions(pair)):
            raise ExcludedRowError("no text in the risky regions")
        return part(*recovered(before, readable(pair.safe)))
