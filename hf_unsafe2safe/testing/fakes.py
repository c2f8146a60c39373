"""Fakes of every stage, without models. They also know the self-test image, unless told to be blind."""

from collections.abc import Collection, Sequence
from typing import Any

import cv2
import numpy as np

from .. import selftest
from ..errors import StageError
from ..records import (
    Box,
    Captions,
    Check,
    EditRequest,
    Finding,
    Inspection,
    ModelInfo,
    Pixels,
    PublicCaption,
    Verdict,
)
from ..taxonomy import KINDS
from .pictures import COLOURS, SECRET


def fakes(**changes: Any) -> dict[str, Any]:
    """Return fakes of all stages as keyword arguments for `Sanitizer`; `changes` replace single ones."""
    stages = {
        "inspector": FakeInspector(),
        "captioner": FakeCaptioner(),
        "instructor": FakeInstructor(),
        "editor": "fill",
        "verifier": FakeVerifier(),
    }
    return {**stages, **changes}


class _Fake:
    models: tuple[ModelInfo, ...] = ()

    def fingerprint(self) -> str:
        """Return class and settings."""
        return f"{type(self).__name__}:{sorted(vars(self).items())}"


class FakeInspector(_Fake):
    """Finds the coloured blocks.

    Args:
        blind: Find nothing anywhere: the self-test must refuse it.
        fail_on: Raise StageError on an image that has this RGB colour anywhere.
    """

    covers: tuple[str, ...] = KINDS

    def __init__(self, *, blind: bool = False, fail_on: tuple[int, int, int] | None = None) -> None:
        self.blind, self.fail_on = blind, fail_on

    def inspect(self, images: Sequence[Pixels], kinds: Collection[str]) -> list[Inspection]:
        """Return the blocks of each image, whatever `kinds` says."""
        if self.fail_on and any((rgb == self.fail_on).all(axis=-1).any() for rgb in images):
            raise StageError("inspect_failed", stage="inspect")
        return [Inspection(() if self.blind else _blocks(rgb)) for rgb in images]


class FakeCaptioner(_Fake):
    """Writes the same public caption for every image.

    Args:
        leaks: Quote what was read in the public caption, as a careless model would.
    """

    def __init__(self, *, leaks: bool = False) -> None:
        self.leaks = leaks

    def caption(self, images: Sequence[Pixels], inspections: Sequence[Inspection]) -> list[Captions]:
        """Return a private caption with everything read, and a public one without."""
        read = [" ".join(f.text for f in one.findings if f.text) for one in inspections]
        return [
            Captions(f"An image. {r}", PublicCaption(f"An image. {r if self.leaks else ''}")) for r in read
        ]


class FakeInstructor(_Fake):
    """Writes the seed into the instruction, in letters, so that a test can see it."""

    def instruct(self, captions: Sequence[PublicCaption], seeds: Sequence[int]) -> list[str]:
        """Return one instruction a caption."""
        return [f"Neutralise what is marked, variant {_in_letters(seed)}." for seed in seeds]


def _in_letters(seed: int) -> str:
    """Return a number in letters: in digits the leak guard would replace it."""
    return "".join("abcdefghij"[int(digit)] for digit in str(seed))


class FakeEditor(_Fake):
    """Paints the masked pixels.

    Args:
        stochastic: Whether the colour depends on the seed.
        lazy: Return the input unchanged: the verifier must notice.
        spills: Change pixels outside the mask too: they must be restored.
    """

    def __init__(self, *, stochastic: bool = False, lazy: bool = False, spills: bool = False) -> None:
        self.stochastic, self.lazy, self.spills = stochastic, lazy, spills
        self.generative = False

    def edit(self, requests: Sequence[EditRequest]) -> list[Pixels]:
        """Return painted copies."""
        return [self._one(request) for request in requests]

    def _one(self, request: EditRequest) -> Pixels:
        out = request.pixels.copy()
        level = 20 + request.seed % 100 if self.stochastic else 20
        if not self.lazy:
            out[request.mask > 0] = level
        if self.spills:
            out[request.mask == 0] ^= 1
        return out


class FakeVerifier(_Fake):
    """Looks for the coloured blocks again.

    Args:
        blind: Accept everything: the self-test must refuse it.
    """

    def __init__(self, *, blind: bool = False) -> None:
        self.blind = blind

    def verify(self, checks: Sequence[Check], kinds: Collection[str]) -> list[Verdict]:
        """Return what is still to be seen of each candidate."""
        return [Verdict() if self.blind else _verdict(check) for check in checks]


def _blocks(rgb: Pixels) -> tuple[Finding, ...]:
    if np.array_equal(rgb, selftest.photo()):
        known = selftest.KNOWN
    else:
        known = tuple((kind, box) for kind, colour in COLOURS.items() for box in _boxes(rgb, colour))
    return tuple(Finding(k, 0.9, box, "fake", text=SECRET if k == "name" else None) for k, box in known)


def _boxes(rgb: Pixels, colour: tuple[int, int, int]) -> list[Box]:
    hits = (rgb == colour).all(axis=-1).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(hits, connectivity=8)
    return [
        (float(x), float(y), float(x + w), float(y + h))
        for x, y, w, h in stats[1:count, : cv2.CC_STAT_AREA].tolist()
    ]


def _verdict(check: Check) -> Verdict:
    if ((check.candidate != check.original).any(axis=-1) & (check.mask == 0)).any():
        return Verdict(("outside_changed",))
    left = _blocks(check.candidate)
    failed, missed = set(), []
    for finding in left:
        old = [
            i
            for i in check.edited
            if check.findings[i].kind == finding.kind and _touch(check.findings[i], finding)
        ]
        failed |= set(old)
        missed += [] if old else [finding]
    words = {"face": "face", "name": "text", "code": "code", "person": "object"}
    reasons = [f"{words[check.findings[i].kind]}_remains" for i in sorted(failed)]
    reasons += [f"{words[f.kind]}_missed" for f in missed]
    return Verdict(tuple(dict.fromkeys(reasons)), frozenset(failed), tuple(missed))


def _touch(a: Finding, b: Finding) -> bool:
    return a.box[0] < b.box[2] and b.box[0] < a.box[2] and a.box[1] < b.box[3] and b.box[1] < a.box[3]
