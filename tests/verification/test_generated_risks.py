"""People and lines of the original must not come back in what a generative editor made."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hf_unsafe2safe.detectors import text
from hf_unsafe2safe.records import Check, Finding
from hf_unsafe2safe.verification.faces import check_faces, second_look
from hf_unsafe2safe.verification.generated import check_generated
from hf_unsafe2safe.verification.local import LocalVerifier
from hf_unsafe2safe.verification.texts import check_texts, reads_like
from tests.photos import card, rgb

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

CARD = card("Name: Jane Example", "Tel. +1 415 555 2671")
READ = (
    Finding("name", 0.9, (20, 36, 290, 76), "any", text="Name: Jane Example"),
    Finding("phone", 0.9, (20, 94, 300, 132), "any", text="Tel. +1 415 555 2671"),
)
LOWER = (20.0, 150.0, 460.0, 340.0)  # an empty part of the card


def generated(image, candidate, findings, at, read=()):
    """Return the check of an image of which the boxes of `findings` were generated, and `read` is known."""
    mask = np.zeros(image.shape[:2], np.uint8)
    for finding in findings:
        x1, y1, x2, y2 = (round(side) for side in finding.box)
        mask[y1:y2, x1:x2] = 255
    every = (*findings, *read)
    made = np.where(mask[..., None] > 0, candidate, image).astype(np.uint8)
    return Check(image, made, mask, every, frozenset(range(len(findings))), frozenset(at))


def written(*lines):
    """Return the card with lines in its empty part."""
    picture = Image.fromarray(CARD)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        draw.text((50, 180 + 60 * row), line, (20, 20, 30), ImageFont.load_default(30))
    return np.asarray(picture)


# What a generator writes on a shirt, for a card that says the above: whether it may stay.
@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Jane Example", True),  # the name of the card
        ("JANE", True),  # a part of it
        ("415 555 2671", True),  # the digits of it
        ("zoe@mail.org", True),  # personal by itself, whoever it is
        ("SUMMER", False),  # plain
        ("QXRVO LUPF", False),  # no word at all
    ],
)
def test_what_is_written_in_a_generated_region(line, left):
    shirt = Finding("person", 0.9, LOWER, "any")
    verdict = check_texts(generated(CARD, written(line), [shirt], {0}, READ), ())
    assert (verdict.reasons, verdict.failed) == ((("text_remains",), {0}) if left else ((), frozenset()))


def test_only_the_region_with_the_line_fails():
    upper, lower = (Finding("person", 0.9, (20, y, 460, y + 75), "any") for y in (160, 240))
    verdict = check_texts(
        generated(CARD, written("SUMMER", "Jane Example"), [upper, lower], {0, 1}, READ), ()
    )
    assert verdict.failed == {1}


def test_a_line_that_another_editor_left_is_for_the_other_checks():
    shirt = Finding("person", 0.9, LOWER, "any")
    assert check_texts(generated(CARD, written("Jane Example"), [shirt], (), READ), ()).reasons == ()


def test_what_nobody_had_read_before_is_read_at_the_same_place():
    # A policy about faces has no text read; the tag says again what it said.
    before = written("MAYA LIND")
    made = np.clip(before.astype(int) + 25, 0, 255).astype(np.uint8)
    shirt = Finding("face", 0.9, LOWER, "any")
    assert check_texts(generated(before, made, [shirt], {0}), ("face",)).failed == {0}


def test_nothing_is_read_where_nothing_was_generated(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("text was looked for")

    monkeypatch.setattr(text, "locate", never)
    shirt = Finding("person", 0.9, LOWER, "any")
    LocalVerifier().verify([generated(CARD, CARD, [shirt], ())], ("face",))


# An original's line, a line that was made, and whether it says the same.
@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("Jane Doe", "Jane Doe", True),
        ("Jane Doe", "jane doe!", True),
        ("Name: Jane Doe, 12 Elm Road", "JANET", True),  # a name in a long line
        ("Jane Doe", "J4NE D0E", True),  # what a reader makes of it
        ("AB", "ab", True),  # short, but whole
        ("AB", "CABIN", False),  # short, and anywhere
        ("Jane Doe", "OPEN", False),
        ("Jane Doe", "", False),
        ("", "Jane", False),
        ("a", "a", False),  # a stroke
    ],
)
def test_reads_like(before, now, same):
    assert reads_like(before, now) is same


OBAMA = cv2.resize(rgb("people_obama_official.jpg"), (455, 568), interpolation=cv2.INTER_AREA)
PERSON = Finding("person", 0.9, (0, 0, 455, 450), "any")
EYES, NOSE, MOUTH = ((222, 111), (278, 111)), (248, 146), ((226, 172), (272, 172))
FACE = Finding("face", 0.9, (184, 43, 310, 216), "any", landmarks=(*EYES, NOSE, *MOUTH))


def with_head_of(name, box):
    """Return the photo with the head of another photo, smaller and elsewhere, on one colour."""
    x1, y1, x2, y2 = box
    head = rgb(name)[y1:y2, x1:x2]
    made = np.full_like(OBAMA, 150)
    scale = 165 / head.shape[1]
    head = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    made[150 : 150 + head.shape[0], 30 : 30 + head.shape[1]] = head
    return made


SAME = with_head_of("people_obama_official.jpg", (300, 20, 690, 500))
OTHER = with_head_of("people_biden_official.jpg", (190, 40, 480, 390))


@pytest.mark.parametrize("read", [(), (FACE,)], ids=["unknown", "known"])
@pytest.mark.parametrize(("made", "failed"), [(SAME, {0}), (OTHER, set())], ids=["same", "other"])
def test_a_face_of_the_original_in_a_generated_person(made, failed, read):
    # No copy: it stands elsewhere and is smaller. Nor was the face edited as one.
    verdict = check_faces(generated(OBAMA, made, [PERSON], {0}, read), ())
    assert verdict.failed == failed
    assert verdict.reasons == (("face_remains",) if failed else ())


def test_the_other_face_is_seen():
    # So that the test above does not pass because nobody is found.
    assert len(second_look(OTHER)) == 1


def test_faces_are_compared_whatever_the_kinds_and_none_is_missed():
    verdict = check_faces(generated(OBAMA, SAME, [PERSON], {0}), ("vehicle",))
    assert (verdict.reasons, verdict.missed) == (("face_remains",), ())


def test_a_face_that_is_kept_elsewhere_says_nothing_of_a_generated_region():
    # Somebody stays in the photo, who was not asked for; a text below was generated.
    line = Finding("text", 0.9, (50, 475, 400, 550), "any")
    made = np.full_like(OBAMA, 90)
    verdict = check_faces(generated(OBAMA, made, [line], {0}, (FACE,)), ())
    assert (verdict.reasons, verdict.failed) == ((), frozenset())


def test_without_generated_regions_there_is_nothing_to_check():
    assert check_generated(generated(OBAMA, OBAMA, [PERSON], ())).reasons == ()


def test_all_that_is_wrong_is_told_at_once():
    verdict = check_generated(generated(OBAMA, OBAMA, [PERSON], {0}))
    assert verdict.reasons == ("face_remains", "copy_remains")
    assert verdict.failed == {0}
