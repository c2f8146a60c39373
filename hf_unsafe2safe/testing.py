"""For your own tests: fakes of every protocol, images they understand, and conformance checks.

The fakes need no models. In their world a face is a block of pure magenta and personal text a block of
pure cyan; they find exactly those. They also know the shipped self-test image, as a stage that can see
would, unless they are told to be blind.
"""

from collections.abc import Callable, Collection, Sequence
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import PIL.Image

from . import selftest
from .errors import StageError
from .protocols import Captioner, Editor, Inspector, Instructor, Verifier
from .records import (
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
from .taxonomy import KINDS, REASONS

COLOURS = {"face": (255, 0, 255), "name": (0, 255, 255)}
SECRET = "Zebulon Quillfeather"  # what the fakes read in personal text: search your outputs for it


def blank(size_wh: tuple[int, int] = (48, 32), colour: tuple[int, int, int] = (90, 120, 60)) -> bytes:
    """Return a PNG of one colour, in which the fakes find nothing."""
    return _png(np.full((size_wh[1], size_wh[0], 3), colour, np.uint8))


def with_face(size_wh: tuple[int, int] = (48, 32), box: tuple[int, int, int, int] = (8, 8, 20, 20)) -> bytes:
    """Return a PNG with a block in which the fakes see a face."""
    return _with("face", size_wh, box)


def with_text(size_wh: tuple[int, int] = (48, 32), box: tuple[int, int, int, int] = (8, 8, 40, 16)) -> bytes:
    """Return a PNG with a block in which the fakes read a name, `SECRET`."""
    return _with("name", size_wh, box)


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


def check_inspector(inspector: Inspector) -> None:
    """Raise AssertionError unless an inspector keeps the protocol, on the shipped self-test image."""
    images = _pictures()
    found = _same_alone(images, lambda batch: inspector.inspect(batch, inspector.covers))
    assert set(inspector.covers) <= set(KINDS), "covers must name kinds of the taxonomy"
    for one in found:
        assert isinstance(one, Inspection), "inspect must return Inspection objects"
        for f in one.findings:
            assert f.kind in inspector.covers, "a finding must be of a kind that is covered"
            assert 0 <= f.score <= 1, "a score must be in [0, 1]"
            assert f.box[0] <= f.box[2], "a box must be xyxy"
            assert f.box[1] <= f.box[3], "a box must be xyxy"


def check_captioner(captioner: Captioner) -> None:
    """Raise AssertionError unless a captioner keeps the protocol."""
    images = _pictures()
    pairs = [(rgb, Inspection()) for rgb in images]
    for one in _same_alone(
        pairs, lambda batch: captioner.caption([p[0] for p in batch], [p[1] for p in batch])
    ):
        assert isinstance(one, Captions), "caption must return Captions objects"
        assert 1 <= len(one.public.split()) <= 50, "a public caption has 1 to 50 words"


def check_instructor(instructor: Instructor) -> None:
    """Raise AssertionError unless an instructor keeps the protocol."""
    pairs = [(PublicCaption("A bright photo."), 1), (PublicCaption("A dark photo."), 2**62)]
    for one in _same_alone(
        pairs, lambda batch: instructor.instruct([p[0] for p in batch], [p[1] for p in batch])
    ):
        assert isinstance(one, str), "instruct must return strings"
        assert 1 <= len(one.split()) <= 45, "an instruction has 1 to 45 words"


def check_editor(editor: Editor) -> None:
    """Raise AssertionError unless an editor keeps length, order, size and type, and its input untouched."""
    requests = []
    for seed, rgb in enumerate(_pictures()):
        mask = np.zeros(rgb.shape[:2], np.uint8)
        mask[rgb.shape[0] // 4 : rgb.shape[0] // 2, rgb.shape[1] // 4 : rgb.shape[1] // 2] = 255
        requests.append(EditRequest(rgb, mask, PublicCaption("A photo."), "Neutralise what is marked.", seed))
    for request, out in zip(requests, _same_alone(requests, editor.edit), strict=True):
        assert out.shape == request.pixels.shape, "the size must be kept"
        assert out.dtype == np.uint8, "the type must be uint8"
        assert out is not request.pixels, "the result must be a new array"


def check_verifier(verifier: Verifier) -> None:
    """Raise AssertionError unless a verifier keeps the protocol and sees the known risks."""
    checks = [Check(rgb, rgb, np.zeros(rgb.shape[:2], np.uint8), (), frozenset()) for rgb in _pictures()]
    verdicts = _same_alone(checks, lambda batch: verifier.verify(batch, KINDS))
    for verdict in verdicts:
        assert set(verdict.reasons) <= set(REASONS), "reasons come from taxonomy.REASONS"
    assert verdicts[-1].missed, "the face and the text of the self-test image must be seen"


def _same_alone(batch: list[Any], call: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Run a batch, then each alone and all again; the results must be equal, the inputs untouched."""
    before = [_bytes(item) for item in batch]
    together = call(batch)
    assert len(together) == len(batch), "one result an input, in order"
    alone = [call([item])[0] for item in batch]
    assert [_bytes(x) for x in alone] == [_bytes(x) for x in together], "a result depends on its batch"
    assert [_bytes(x) for x in call(batch)] == [_bytes(x) for x in together], "the same input, another result"
    assert [_bytes(item) for item in batch] == before, "the input was changed"
    return together


def _bytes(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, tuple):
        return tuple(_bytes(part) for part in value)
    if hasattr(value, "__dataclass_fields__"):
        return tuple(_bytes(getattr(value, name)) for name in value.__dataclass_fields__)
    return value


def _pictures() -> list[Pixels]:
    noise = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    return [noise, np.full((16, 16, 3), 128, np.uint8), selftest.photo().copy()]


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


def _with(kind: str, size_wh: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    image = np.full((size_wh[1], size_wh[0], 3), (90, 120, 60), np.uint8)
    image[box[1] : box[3], box[0] : box[2]] = COLOURS[kind]
    return _png(image)


def _png(rgb: Pixels) -> bytes:
    buffer = BytesIO()
    PIL.Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()
