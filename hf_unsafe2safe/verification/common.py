"""What the checks share: how much of a box was edited, and what a verifier calls what it found."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from ..detectors.geometry import intersection, iou, window
from ..editing.masked import region_within
from ..records import Box, Check, Finding, Pixels, Verdict

# IoU from which a box is that of somebody who is kept. Two faces never share half; two bodies may.
_SAME_BOX = {"face": 0.5, "person": 0.8}


def masked_share(mask: Pixels, box: Box) -> float:
    """Return the share of a box that lies in the mask, in [0, 1]."""
    part = mask[window(box)]
    return float((part > 0).mean()) if part.size else 0.0


def consented(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Return whether a find is somebody who stays by consent, and nobody who stands close to them."""
    least = _SAME_BOX.get(finding.kind, 1.0)
    return any(f.consented and f.kind == finding.kind and iou(f.box, finding.box) >= least for f in findings)


def is_edited(check: Check, finding: Finding) -> bool:
    """Return whether there was anything to edit: of a place outside the image there is not."""
    x1, y1, x2, y2 = finding.box
    return x2 > x1 and y2 > y1 and bool(region_within(finding, check.mask).any())


def edited_of(check: Check, kinds: Collection[str]) -> list[int]:
    """Return the indices of the edited findings of these kinds."""
    return [i for i in sorted(check.edited) if check.findings[i].kind in kinds]


def generated_at(check: Check, box: Box) -> set[int]:
    """Return the indices of the generated findings whose box shares something with another box."""
    return {i for i in check.generated if intersection(check.findings[i].box, box) > 0}


def verdict(family: str, failed: Collection[int], missed: Sequence[Finding]) -> Verdict:
    """Return the verdict of one check; finds carry the mark that the verifier made them."""
    reasons = ((f"{family}_remains",) if failed else ()) + ((f"{family}_missed",) if missed else ())
    return Verdict(reasons, frozenset(failed), tuple(replace(f, source=f"verify:{f.source}") for f in missed))
