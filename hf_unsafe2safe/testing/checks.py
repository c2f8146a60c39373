"""Conformance checks: whether a stage of yours keeps its protocol."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import selftest
from ..protocols import Captioner, Editor, Inspector, Instructor, Verifier
from ..records import Captions, Check, EditRequest, Inspection, Pixels, PublicCaption
from ..taxonomy import KINDS, REASONS


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
