"""Codes in a candidate: decoded by another reader (OpenCV), and by the same one in another view."""

from collections.abc import Collection

from ..detectors import codes
from ..detectors.geometry import intersection
from ..records import Check, Verdict
from .common import edited_of, verdict


def check_codes(check: Check, kinds: Collection[str]) -> Verdict:
    """Return which edited codes can still be decoded, and the codes that were not known."""
    edited = edited_of(check, ("code",))
    failed, missed = set(), []
    for found in codes.decode_again(check.candidate):
        touched = {i for i in edited if intersection(check.findings[i].box, found.box) > 0}
        failed |= touched
        missed += [] if touched else [found]
    return verdict("code", failed, missed)
