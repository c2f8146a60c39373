"""Which checkpoint is the best one: privacy first.

1. The lower share of people whom a recogniser still knows (`reidentification`) wins.
2. Where these differ by no more than `TOLERANCE`, the lower similarity of faces (`facesim`) wins.
3. Where these do not differ either, the lower loss on the validation split wins.

What only one of two has no number for loses; without a face in the validation split only the loss counts.
"""

from collections.abc import Mapping
from math import isnan, nan

TOLERANCE = 0.01
RULE = (("reidentification", TOLERANCE), ("facesim", TOLERANCE), ("loss", 0.0))


def better(new: Mapping[str, float], old: Mapping[str, float]) -> bool:
    """Return whether a checkpoint is better than another, by the figures of their validations.

    Example:
        >>> better({"reidentification": 0.1, "loss": 2.0}, {"reidentification": 0.3, "loss": 1.0})
        True
    """
    if isnan(new.get("loss", nan)):
        return False
    for name, tolerance in RULE:
        one, other = new.get(name, nan), old.get(name, nan)
        if isnan(one) and isnan(other):
            continue
        if isnan(one) or isnan(other):
            return isnan(other)
        if abs(one - other) > tolerance:
            return one < other
    return False
