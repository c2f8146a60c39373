"""Documents in a candidate: what can still be read on them, by the same OCR at another scale."""

from collections.abc import Collection

from ..detectors import documents, text
from ..detectors.geometry import center, holds
from ..inspection.joined import legible
from ..records import Check, Verdict
from .common import edited_of, masked_share, verdict


def check_documents(check: Check, kinds: Collection[str]) -> Verdict:
    """Return which edited documents still have a legible line, and the blocks of text that were not known."""
    lines = [f for f in text.read_crops(check.candidate, text.locate(check.candidate)) if legible(f)]
    edited = edited_of(check, ("document",))
    failed = {i for i in edited for line in lines if holds(check.findings[i].box, center(line.box))}
    size_wh = (check.original.shape[1], check.original.shape[0])
    found = documents.find([line for line in lines if masked_share(check.mask, line.box) < 0.5], size_wh)
    return verdict("document", failed, found)
