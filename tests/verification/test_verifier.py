import numpy as np
import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import faces, text
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.inspection.local import LocalInspector
from hf_unsafe2safe.policy import POLICIES
from hf_unsafe2safe.records import Check, Finding, PublicCaption
from hf_unsafe2safe.taxonomy import TEXT_KINDS
from hf_unsafe2safe.verification.local import LocalVerifier
from hf_unsafe2safe.verification.texts import still_readable
from tests.photos import NEGATIVES, PEOPLE, card, rgb

# One of the people in the quick run, all of them in the long one.
SOME = [PEOPLE[0], *(pytest.param(name, marks=pytest.mark.slow) for name in PEOPLE[1:])]

KINDS = tuple(POLICIES["default"].edit)
VERIFIER = LocalVerifier()


def unedited(image):
    return Check(image, image, np.zeros(image.shape[:2], np.uint8), (), frozenset())


def edited(image, editor, kinds=KINDS, change=lambda pixels, mask: pixels):
    """Return the check of an image whose findings of `kinds` were edited, then went through `change`."""
    (inspection,) = LocalInspector().inspect([image], KINDS)
    chosen = [i for i, f in enumerate(inspection.findings) if f.kind in kinds and f.score >= 0.35]
    assignments = tuple(Assignment(inspection.findings[i], editor) for i in chosen)
    ((out, mask),) = masked_edit([EditJob(image, assignments, PublicCaption("A photo."), "Edit.", 0)])
    return Check(image, change(out.copy(), mask), mask, inspection.findings, frozenset(chosen))


class Lazy(testing.FakeEditor):
    """Returns the original, as a broken editor would."""

    def __init__(self):
        super().__init__(lazy=True)


@pytest.mark.slow
def test_it_conforms():
    testing.check_verifier(VERIFIER)


@pytest.mark.slow
@pytest.mark.parametrize("name", NEGATIVES)
def test_photos_without_risks_pass_the_second_look(name):
    for kinds in (KINDS, TEXT_KINDS):
        (verdict,) = VERIFIER.verify([unedited(rgb(name))], kinds)
        assert not verdict.missed
        assert not verdict.failed


@pytest.mark.parametrize("name", SOME)
def test_a_face_that_inspection_missed_is_found(name):
    (verdict,) = VERIFIER.verify([unedited(rgb(name))], ("face",))
    assert [f.kind for f in verdict.missed] == ["face"]
    assert verdict.reasons == ("face_missed",)
    assert verdict.missed[0].source.startswith("verify:")


def test_the_ssd_alone_is_enough(monkeypatch):
    # Another family: with CenterFace blind, the SSD and the face mesh still stop an original.
    monkeypatch.setattr(faces, "look", lambda *args, **kwargs: [])
    (verdict,) = VERIFIER.verify([unedited(rgb("people_obama_official.jpg"))], ("face",))
    assert [f.source for f in verdict.missed] == ["verify:ssd_mobilenet"]


@pytest.mark.parametrize("name", SOME)
def test_a_filled_face_passes(name):
    (verdict,) = VERIFIER.verify([edited(rgb(name), FillEditor(), ("face",))], ("face",))
    assert verdict.reasons == ()


@pytest.mark.parametrize("name", SOME[:1] + SOME[-1:])
# What leaves a person recognisable must be noticed, however it is disguised.
@pytest.mark.parametrize(
    "change",
    [
        lambda pixels, mask: pixels,  # nothing done
        lambda pixels, mask: np.where(mask[..., None] > 0, pixels // 2 + 40, pixels),  # paler
        lambda pixels, mask: np.where(mask[..., None] > 0, np.roll(pixels, 2, axis=1), pixels),  # shifted
    ],
    ids=["as it was", "paler", "shifted"],
)
def test_a_person_who_can_still_be_recognised_is_noticed(name, change):
    check = edited(rgb(name), Lazy(), ("face",), lambda p, m: change(p, m).astype(np.uint8))
    (verdict,) = VERIFIER.verify([check], ("face",))
    assert verdict.reasons == ("face_remains",)
    assert verdict.failed == check.edited


def test_a_change_outside_the_mask_is_noticed():
    def spill(pixels, mask):
        pixels[0, 0] ^= 1
        return pixels

    (verdict,) = VERIFIER.verify([edited(rgb("people_astronaut.jpg"), FillEditor(), ("face",), spill)], KINDS)
    assert verdict.reasons == ("outside_changed",)


def test_another_size_is_noticed():
    image = rgb("neg_cat.png")
    check = Check(image, image[1:], np.zeros(image.shape[:2], np.uint8), (), frozenset())
    assert VERIFIER.verify([check], KINDS)[0].reasons == ("wrong_shape",)


@pytest.mark.parametrize("editor", [FillEditor(), InpaintEditor()], ids=lambda e: type(e).__name__)
def test_edited_text_passes(editor):
    image = card("Name: Jane Example", "Tel. +1 415 555 2671")
    (verdict,) = VERIFIER.verify([edited(image, editor)], KINDS)
    assert verdict.reasons == ()


def test_text_that_is_still_there_is_noticed():
    check = edited(card("Name: Jane Example", "Tel. +1 415 555 2671"), Lazy())
    (verdict,) = VERIFIER.verify([check], KINDS)
    assert "text_remains" in verdict.reasons
    assert verdict.failed == check.edited


def test_text_that_inspection_missed_is_found():
    (verdict,) = VERIFIER.verify([unedited(card("Tel. +1 415 555 2671"))], KINDS)
    assert [f.kind for f in verdict.missed] == ["phone"]


def test_only_what_is_asked_for_is_looked_at(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("text was read for a policy about faces")

    monkeypatch.setattr(text, "locate", never)
    monkeypatch.setattr(text, "read_crops", never)
    VERIFIER.verify([unedited(rgb("neg_cat.png"))], ("face",))


# What counts as still readable, before and after an edit.
@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        ("Jane Doe", "Jane Doe", True),  # nothing happened
        ("Jane Doe", "JANE DOE", True),  # case does not matter
        ("Jane Doe", "Jane", True),  # half of it
        ("Jane Doe", "J", False),  # a stroke that looks like a letter
        ("Jane Doe", "", False),  # gone
        ("Jane Doe", "~ .", False),  # only marks
        ("+1 415 555 2671", "4155552671", True),  # the digits
        ("ab", "ab", True),  # short, but whole
        ("Jane Doe", "jane@example.com", True),  # an editor wrote something else that is personal
        ("Jane Doe", "OPEN", False),  # an editor wrote something plain
    ],
)
def test_still_readable(before, now, left):
    assert still_readable(before, now) is left


def test_a_line_inside_a_much_larger_find_is_still_looked_at():
    # The reader sometimes takes a whole scene, or a diagonal slogan, for one line.
    image = card("jane@example.com")
    height, width = image.shape[:2]
    junk = Finding("text", 0.9, (0, 0, width, height), "any", text="SUMMER")
    check = Check(image, image, np.zeros(image.shape[:2], np.uint8), (junk,), frozenset())
    assert [f.kind for f in VERIFIER.verify([check], KINDS)[0].missed] == ["email"]


def test_text_of_which_only_the_place_is_known_must_become_unreadable():
    image = card("Name: Jane Example")
    place = Finding("name", 0.9, (15, 35, 300, 80), "boxes only")
    check = Check(image, image.copy(), np.zeros(image.shape[:2], np.uint8), (place,), frozenset({0}))
    assert VERIFIER.verify([check], KINDS)[0].failed == {0}


def test_what_a_model_saw_and_nobody_read_hides_no_line():
    image = card("Phone: 555-234-0142")
    (line,) = (f for f in LocalInspector().inspect([image], KINDS)[0].findings if f.kind == "phone")
    seen = Finding("private_text", 0.9, line.box, "vlm", item="a phone number")
    blank = np.zeros(image.shape[:2], np.uint8)
    for findings in ((), (seen,)):
        (verdict,) = VERIFIER.verify([Check(image, image, blank, findings, frozenset())], ("phone",))
        assert [f.kind for f in verdict.missed] == ["phone"]
