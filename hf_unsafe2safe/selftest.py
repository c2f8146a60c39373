"""The self-test: an inspector that finds nothing would call every image safe, so it may not begin.

The shipped image shows one face (Eileen Collins, NASA, public domain) and one line of text. Its places
are known; inspector and verifier must find them at about the right place.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image

from .detectors.geometry import iou
from .errors import ConfigError
from .policy import Policy
from .protocols import Inspector, Verifier
from .records import Box, Check, Finding, Pixels
from .taxonomy import TEXT_KINDS

PHOTO = Path(__file__).parent / "weights" / "self_test.jpg"
FACE: Box = (108, 61, 198, 177)
TEXT: Box = (16, 274, 289, 309)


@cache
def photo() -> Pixels:
    """Return the shipped image, (H, W, 3) uint8 RGB."""
    with PIL.Image.open(BytesIO(PHOTO.read_bytes())) as image:
        return np.asarray(image.convert("RGB"))


def check_stages(inspector: Inspector, verifier: Verifier, policy: Policy) -> None:
    """Run inspector and verifier on the shipped image for the kinds that the policy names.

    Raises:
        ConfigError: A known risk was not found; the message says by which stage and of which kind.
    """
    expected = _expected(policy.kinds)
    found = [f for one in inspector.inspect([photo()], policy.kinds)[:1] for f in one.findings]
    for kinds, box in expected:
        if not _has(found, kinds, box):
            raise ConfigError(
                f"Self-test failed: the inspector did not find the known {kinds[0]} in the shipped image.",
                hint="It would call everything safe. Check its weights and settings.",
            )
    blank = np.zeros(photo().shape[:2], np.uint8)
    unedited = Check(photo(), photo(), blank, (), frozenset())
    seen = [f for one in verifier.verify([unedited], tuple(policy.edit))[:1] for f in one.missed]
    for kinds, box in expected:
        if set(kinds) & set(policy.edit) and not _has(seen, kinds, box):
            raise ConfigError(
                f"Self-test failed: the verifier let the known {kinds[0]} in the shipped image pass.",
                hint="It would accept everything. Check its weights and settings.",
            )


def _expected(kinds: tuple[str, ...]) -> list[tuple[tuple[str, ...], Box]]:
    text = ("text", *(kind for kind in TEXT_KINDS if kind != "text"))
    return [(("face",), FACE)] * ("face" in kinds) + [(text, TEXT)] * bool(set(kinds) & set(TEXT_KINDS))


def _has(findings: Sequence[Finding], kinds: tuple[str, ...], box: Box) -> bool:
    return any(f.kind in kinds and iou(f.box, box) > 0.3 for f in findings)
