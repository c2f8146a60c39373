"""What the checks share: how much of a box was edited, and what a verifier calls what it found."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..detectors.geometry import window
from ..records import Box, Check, Finding, Pixels, Verdict


def masked_share(mask: Pixels, box: Box) -> float:
    """Return the share of a box that lies in the mask, in [0, 1]."""
    part = mask[window(box)]
    return float((part > 0).mean()) if part.size else 0.0


def edited_of(check: Check, kinds: Collection[str]) -> list[int]:
    """Return the indices of the edited findings of these kinds."""
    return [i for i in sorted(check.edited) if check.findings[i].kind in kinds]


def verdict(family: str, failed: Collection[int], missed: Sequence[Finding]) -> Verdict:
    """Return the verdict of one check; finds carry the mark that the verifier made them."""
    reasons = ((f"{family}_remains",) if failed else ()) + ((f"{family}_missed",) if missed else ())
    return Verdict(reasons, frozenset(failed), tuple(replace(f, source=f"verify:{f.source}") for f in missed))
