"""Codes that a machine still reads."""

from collections.abc import Collection, Sequence

from ..metric import ExcludedRowError, Metric, Observation, part
from ..pair import Pair, Seen


def still_decoded(before: Sequence[str], after: Collection[str]) -> int:
    """Return how many payloads of the original are among those of the safe image.

    Example:
        >>> still_decoded(["a", "b"], ["b", "c"])
        1
    """
    return sum(payload in after for payload in before)


def _payloads(seen: Seen) -> list[str]:
    return [str(text) for text in seen.looks["codes"]["texts"] if text]


class CodesReadable(Metric):
    """Share of the QR codes and barcodes of the original that a machine still reads in the safe image.

    Formula:
        `sum over rows of payloads decoded again / sum over rows of payloads decoded in the original`; a
        payload must be the same, sign by sign.

    Meaning:
        A code says a link, a ticket or a number exactly, or nothing: there is no half.

    Range:
        0 to 1, lower is more private. The original against itself is 1.

    Source:
        This project.

    Pitfalls:
        Codes that are too small or blurred to be decoded in the original are not counted. A code with damage
        may be repaired by hand or by a better reader: error correction brings back up to 30 % of a QR code.
    """

    name = "codes-readable"
    title = "Codes still readable"
    dimension = "privacy"
    higher_is_better = False
    unit = "share"
    needs = ("codes",)

    def observe(self, pair: Pair) -> Observation:
        """Return the codes of a row that are decoded again, and all of them."""
        if not (before := _payloads(pair.original)):
            raise ExcludedRowError("no code in the original")
        return part(still_decoded(before, set(_payloads(pair.safe))), len(before))
