"""The self-test: an inspector that finds nothing would call every image safe, so it may not begin.

The shipped image shows a person with her face (Eileen Collins, NASA, public domain), a line of text and a
QR code. Their places are known; inspector and verifier must find them at about the right place. Of an
inspector that is asked for nothing finer than the risk groups it is enough to say that they are there.
"""

from collections.abc import Collection, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image

from .detectors.geometry import intersection, iou
from .errors import ConfigError
from .protocols import Inspector, Verifier
from .records import Box, Check, Finding, Pixels
from .taxonomy import GROUP_KINDS, KINDS, PERSONAL_TEXT

PHOTO = Path(__file__).parent / "weights" / "self_test.jpg"
FACE: Box = (111, 59, 199, 177)
TEXT: Box = (16, 275, 289, 308)
CODE: Box = (24, 326, 87, 389)
PERSON: Box = (12, 14, 308, 256)
KNOWN: tuple[tuple[str, Box], ...] = (("face", FACE), ("name", TEXT), ("code", CODE), ("person", PERSON))


@cache
def photo() -> Pixels:
    """Return the shipped image, (H, W, 3) uint8 RGB."""
    with PIL.Image.open(BytesIO(PHOTO.read_bytes())) as image:
        return np.asarray(image.convert("RGB"))


def check_stages(
    inspector: Inspector, verifier: Verifier, kinds: Collection[str], edited: Collection[str]
) -> None:
    """Run inspector and verifier on the shipped image.

    Args:
        inspector: What must find the known risks.
        verifier: What must not let them pass.
        kinds: What is looked for.
        edited: The kinds among them that are edited.

    Raises:
        ConfigError: A known risk was not found; the message says by which stage and of which kind.
    """
    found = [f for one in inspector.inspect([photo()], kinds)[:1] for f in one.findings]
    # Of an inspector that tells groups only, a risk may have no place. Where detectors are to find finer
    # kinds, what a model merely says must not make up for one that is blind.
    coarse = set(kinds).isdisjoint(set(KINDS) - set(GROUP_KINDS.values()))
    found = found if coarse else [f for f in found if f.placed and f.kind != "private_text"]
    for names, box in _expected(kinds):
        if not _has(found, names, box):
            raise ConfigError(
                f"Self-test failed: the inspector did not find the known {names[0]} in the shipped image.",
                hint="It would call everything safe. Check its weights and settings.",
            )
    blank = np.zeros(photo().shape[:2], np.uint8)
    unedited = Check(photo(), photo(), blank, (), frozenset())
    seen = [f for one in verifier.verify([unedited], edited)[:1] for f in one.missed]
    for names, box in _expected(edited):
        if not _has(seen, names, box):
            raise ConfigError(
                f"Self-test failed: the verifier let the known {names[0]} in the shipped image pass.",
                hint="It would accept everything. Check its weights and settings.",
            )


def _expected(kinds: Collection[str]) -> list[tuple[tuple[str, ...], Box]]:
    """Return the known risks of these kinds: the names under which each may be found, and where it is."""
    names = {"name": ("text", *PERSONAL_TEXT)}  # whatever the line is taken for
    known = [(names.get(kind, (kind,)), box) for kind, box in KNOWN]
    return [(kinds_of, box) for kinds_of, box in known if not set(kinds).isdisjoint(kinds_of)]


def _has(findings: Sequence[Finding], kinds: tuple[str, ...], box: Box) -> bool:
    return any(f.kind in kinds and _at(f, box) for f in findings)


def _at(finding: Finding, box: Box) -> bool:
    if not finding.placed or iou(finding.box, box) > 0.3:
        return True
    # A model draws a thin line of text roughly.
    return finding.kind == "private_text" and intersection(finding.box, box) > 0
