"""The conformance checks accept the fakes and notice what breaks the protocol."""

import numpy as np
import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.records import Captions, Finding, Inspection, PublicCaption, Verdict


def test_the_fakes_conform():
    testing.check_inspector(testing.FakeInspector())
    testing.check_captioner(testing.FakeCaptioner())
    testing.check_instructor(testing.FakeInstructor())
    testing.check_editor(testing.FakeEditor())
    testing.check_editor(testing.FakeEditor(stochastic=True))
    testing.check_verifier(testing.FakeVerifier())


class Cropping(testing.FakeEditor):
    def edit(self, requests):
        return [r.pixels[1:].copy() for r in requests]


class Losing(testing.FakeEditor):
    def edit(self, requests):
        return super().edit(requests)[:-1]


class Painting(testing.FakeEditor):
    def edit(self, requests):
        for request in requests:
            request.pixels[request.mask > 0] = 0
        return [r.pixels.copy() for r in requests]


class Random(testing.FakeEditor):
    def edit(self, requests):
        return [np.random.default_rng().integers(0, 256, r.pixels.shape, np.uint8) for r in requests]


class Neighbourly(testing.FakeEditor):
    def edit(self, requests):
        return [np.full_like(r.pixels, len(requests)) for r in requests]


@pytest.mark.parametrize(
    "editor", [Cropping(), Losing(), Painting(), Random(), Neighbourly()], ids=lambda e: type(e).__name__
)
def test_a_broken_editor_is_noticed(editor):
    with pytest.raises(AssertionError):
        testing.check_editor(editor)


def test_a_blind_verifier_is_noticed():
    with pytest.raises(AssertionError, match="must be seen"):
        testing.check_verifier(testing.FakeVerifier(blind=True))


def test_a_talkative_instructor_is_noticed():
    class Talkative(testing.FakeInstructor):
        def instruct(self, captions, seeds):
            return ["word " * 46 for _ in captions]

    with pytest.raises(AssertionError, match="45 words"):
        testing.check_instructor(Talkative())


def test_a_forgetful_inspector_is_noticed():
    class Forgetful(testing.FakeInspector):
        def inspect(self, images, kinds):
            return [Inspection()]

    with pytest.raises(AssertionError, match="one result an input"):
        testing.check_inspector(Forgetful())


class LongWinded(testing.FakeCaptioner):
    def caption(self, images, inspections):
        return [Captions("private", PublicCaption("word " * 51)) for _ in images]


def test_a_long_winded_captioner_is_noticed():
    with pytest.raises(AssertionError, match="50 words"):
        testing.check_captioner(LongWinded())


# Findings that no inspector may return.
@pytest.mark.parametrize(
    ("finding", "complaint"),
    [
        (Finding("unicorn", 0.5, (0, 0, 1, 1), "any"), "kind"),
        (Finding("face", 1.5, (0, 0, 1, 1), "any"), "score"),
        (Finding("face", 0.5, (9, 0, 1, 1), "any"), "xyxy"),
    ],
)
def test_an_impossible_finding_is_noticed(finding, complaint):
    class Dreaming(testing.FakeInspector):
        def inspect(self, images, kinds):
            return [Inspection((finding,)) for _ in images]

    with pytest.raises(AssertionError, match=complaint):
        testing.check_inspector(Dreaming())


def test_an_unknown_reason_is_noticed():
    class Inventive(testing.FakeVerifier):
        def verify(self, checks, kinds):
            return [Verdict(("looks bad",)) for _ in checks]

    with pytest.raises(AssertionError, match="REASONS"):
        testing.check_verifier(Inventive())
