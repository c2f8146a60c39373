import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.records import Check, Finding, Inspection, Verdict
from hf_unsafe2safe.testing import FakeInspector, blank
from hf_unsafe2safe.views import Views, inspect_views, verify_views, views_of

SEEN = Finding("face", 0.9, (0, 0, 5, 5), "any")


def test_an_opaque_image_has_one_view():
    image = open_image(blank())
    views = views_of(image)
    assert views.alpha is None
    assert views.over(255, views.rgb) is views.rgb


@given(st.integers(0, 255), st.integers(0, 255))
def test_over_white_is_what_a_viewer_shows(colour, alpha):
    views = Views(np.full((2, 2, 3), colour, np.uint8), np.full((2, 2), alpha, np.uint8))
    expected = round((colour * alpha + 255 * (255 - alpha)) / 255)
    assert abs(int(views.over(255, views.rgb)[0, 0, 0]) - expected) <= 1


def test_edited_regions_are_opaque_in_both_views():
    views = Views(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8))
    mask = np.array([[255, 0], [0, 0]], np.uint8)
    over = views.over(255, views.rgb, mask)
    assert over[0, 0, 0] == 0
    assert over[1, 1, 0] == 255


def test_what_is_seen_in_either_view_counts_once():
    # A magenta block behind half transparency is pure magenta in the colours alone.
    rgb = np.full((20, 30, 3), 90, np.uint8)
    rgb[5:12, 5:12] = (255, 0, 255)
    alpha = np.full((20, 30), 128, np.uint8)
    clear, opaque = inspect_views(FakeInspector(), [Views(rgb, alpha), Views(rgb)], ("face",))
    assert len(clear.findings) == len(opaque.findings) == 1


def test_a_find_over_white_alone_is_joined():
    class OnlyLight:
        models, covers = (), ("face",)

        def inspect(self, images, kinds):
            return [Inspection((SEEN,) if image.mean() > 200 else ()) for image in images]

    dark = Views(np.zeros((9, 9, 3), np.uint8), np.full((9, 9), 20, np.uint8))
    assert inspect_views(OnlyLight(), [dark], ("face",))[0].findings == (SEEN,)


def test_verdicts_of_both_views_are_joined():
    class OnlyLight:
        models = ()

        def verify(self, checks, kinds):
            return [
                Verdict(("face_missed",), missed=(SEEN,)) if c.candidate.mean() > 200 else Verdict()
                for c in checks
            ]

    dark = Views(np.zeros((9, 9, 3), np.uint8), np.full((9, 9), 20, np.uint8))
    check = Check(dark.rgb, dark.rgb, np.zeros((9, 9), np.uint8), (), frozenset())
    (verdict,) = verify_views(OnlyLight(), [(dark, check)], ("face",))
    assert verdict.missed == (SEEN,)


# An edited face: how much of it changed, in an opaque image and in one whose alpha alone became opaque.
@pytest.mark.parametrize(
    ("changed", "alpha", "failed"),
    [
        (0, None, {0}),  # nothing
        (3, None, {0}),  # a few rows
        (20, None, set()),  # all of it
        (0, 40, set()),  # the colours stay, but the region is opaque now: over a page it changed
        (0, 255, {0}),
    ],
)
def test_a_face_that_is_as_it_was_has_failed_whatever_the_verifier_says(changed, alpha, failed):
    class Content:
        models = ()

        def verify(self, checks, kinds):
            return [Verdict() for _ in checks]

    rgb = np.random.default_rng(5).integers(0, 256, (40, 40, 3), np.uint8)
    views = Views(rgb, None if alpha is None else np.full((40, 40), alpha, np.uint8))
    candidate, mask = rgb.copy(), np.zeros((40, 40), np.uint8)
    candidate[10 : 10 + changed, 10:30] ^= 255
    mask[10:30, 10:30] = 255
    face = Finding("face", 0.9, (10, 10, 30, 30), "any")
    check = Check(rgb, candidate, mask, (face,), frozenset({0}))
    assert verify_views(Content(), [(views, check)], ("face",))[0].failed == failed
