"""Which rows a person should look at, and why: a closed list of words."""

from collections.abc import Mapping
from typing import Any, Final

from ..detectors import nudity
from .result import ResultRow

# The first that is true of a row is its why.
WHY: Final = {
    "rejected": "no edit passed the check",
    "failed": "a step of the path raised",
    "nudity_unsure": "the nudity model is unsure",
    "found_by_verifier": "a region was found by the second look only",
    "near_threshold": "a score is close to the policy's lowest score",
}

NEAR = 0.1  # of the policy's lowest score of a kind, on either side
_FLOAT32 = 1e-6  # scores are stored as float32: 0.4 comes back as 0.4000000059

_DECIDED = ("accepted_by_reviewer", "dropped_by_reviewer", "kept_by_reviewer")


def why_of(row: ResultRow, lowest: Mapping[str, float]) -> str | None:
    """Return why a person should look at a row, None when there is no reason to or a person did.

    A score that is no number is unsure.

    Args:
        row: Of a result.
        lowest: Kinds that the policy edits -> lowest score, as in `Policy.edit`.
    """
    if row.reason in _DECIDED:
        return None
    if row.status in ("rejected", "failed"):
        return row.status
    if any(_nudity_unsure(region) for region in row.regions):
        return "nudity_unsure"
    if any(region["source"].startswith("verify:") for region in row.regions):
        return "found_by_verifier"
    return "near_threshold" if any(_near(region, lowest) for region in row.regions) else None


def _nudity_unsure(region: Mapping[str, Any]) -> bool:
    score = region["score"]
    return region["kind"] == "nudity" and not (score < nudity.SAFE or score >= nudity.RISKY)


def _near(region: Mapping[str, Any], lowest: Mapping[str, float]) -> bool:
    threshold = None if region["action"] == "kept" else lowest.get(region["kind"])
    return threshold is not None and not abs(region["score"] - threshold) > NEAR + _FLOAT32
