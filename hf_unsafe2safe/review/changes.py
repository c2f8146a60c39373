"""What each decision makes of a row: the values of the columns that change, and nothing else."""

from collections.abc import Collection, Mapping
from typing import Any

from ..taxonomy import ACTIONS, STATUSES

Row = Mapping[str, Any]  # at least `risk_regions` and `provenance`, as in `schema.PUBLIC_FEATURES`


def accepted(row: Row, edited_fraction: float, kinds: Collection[str]) -> dict[str, Any]:
    """Return what changes when a candidate takes the place of the image: all regions of `kinds` are edited.

    Nobody is kept by consent then: their faces were filled too.
    """
    regions = [
        {**region, "action": ACTIONS.index("edited")} if region["kind"] in kinds else region
        for region in row["risk_regions"]
    ]
    return {
        "privacy_status": STATUSES.index("edited"),
        "risk_regions": regions,
        "provenance": {
            **row["provenance"],
            "edited_fraction": edited_fraction,
            "reason": "accepted_by_reviewer",
            "kept_by_consent": 0,
        },
    }


def dropped(row: Row) -> dict[str, Any]:
    """Return what changes when a row loses its image; without one its seed would tell who was here."""
    return {
        "privacy_status": STATUSES.index("rejected"),
        "provenance": {
            **row["provenance"],
            "seed": 0,
            "edited_fraction": 0.0,
            "reason": "dropped_by_reviewer",
            "kept_by_consent": 0,
        },
    }


def kept(row: Row) -> dict[str, Any]:
    """Return what changes when the original stays because its people consented: nothing is edited."""
    regions = [{**region, "action": ACTIONS.index("kept")} for region in row["risk_regions"]]
    return {
        "privacy_status": STATUSES.index("safe"),
        "risk_regions": regions,
        "edit_instruction": None,
        "provenance": {
            **row["provenance"],
            "attempts": 0,
            "edited_fraction": 0.0,
            "reason": "kept_by_reviewer",
            "kept_by_consent": sum(region["kind"] == "face" for region in regions),
        },
    }
