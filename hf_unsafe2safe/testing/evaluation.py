"""A metric and rows for tests of the evaluation suite."""

import numpy as np

from ..evaluation.metric import Metric, Observation, part
from ..evaluation.pair import Pair, Seen


class Brightness(Metric):
    """How bright the safe image is.

    Formula:
        The mean of all channels / 255.
    Meaning:
        0 is black, 1 white. It is a metric for tests.
    Range:
        0 to 1.
    Source:
        None.
    Pitfalls:
        It says nothing of privacy.
    """

    name, title, dimension, higher_is_better = "brightness", "Brightness", "quality", None

    def observe(self, pair: Pair) -> Observation:
        """Return the mean of a row."""
        return part(float(pair.safe.rgb.mean()) / 255)


def grey_pair(row: str, original: int, safe: int) -> Pair:
    """Return a row of two images of 4 x 4 grey pixels."""
    before, after = (Seen(np.full((4, 4, 3), value, np.uint8), {}) for value in (original, safe))
    return Pair(row, before, after)
