"""Codes, persons, vehicles and nudity in a candidate."""

import numpy as np
import pytest
import zxingcpp

from hf_unsafe2safe.detectors import codes, nudity, objects, persons
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.records import Check, Finding, PublicCaption
from hf_unsafe2safe.verification.local import LocalVerifier
from tests.photos import NEGATIVES, PEOPLE, rgb

# One of the people in the quick run, all of them in the long one.
SOME = [PEOPLE[0], *(pytest.param(name, marks=pytest.mark.slow) for name in PEOPLE[1:])]

VERIFIER = LocalVerifier()


def with_code(text="https://example.com/jane"):
    picture = np.full((240, 320, 3), 225, np.uint8)
    drawn = np.asarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    picture[20 : 20 + drawn.shape[0], 40 : 40 + drawn.shape[1]] = drawn[..., None]
    return picture


def people_of(image):
    return persons.find(image, objects.find(image), ())


def check(image, findings, edited=frozenset(), candidate=None, mask=None):
    blank = np.zeros(image.shape[:2], np.uint8)
    return Check(
        image, image if candidate is None else candidate, blank if mask is None else mask, findings, edited
    )


def filled(image, findings):
    """Return the check of an image in which all findings were filled."""
    assignments = tuple(Assignment(f, FillEditor()) for f in findings)
    ((candidate, mask),) = masked_edit([EditJob(image, assignments, PublicCaption("A."), "E.", 0)])
    return check(image, tuple(findings), frozenset(range(len(findings))), candidate, mask)


def verified(one, *kinds):
    return VERIFIER.verify([one], kinds)[0]


def test_a_code_that_inspection_missed_is_found():
    verdict = verified(check(with_code(), ()), "code")
    assert verdict.reasons == ("code_missed",)
    assert [f.kind for f in verdict.missed] == ["code"]


def test_a_code_that_is_still_there_is_noticed():
    image = with_code()
    verdict = verified(check(image, tuple(codes.find(image)), frozenset({0})), "code")
    assert (verdict.reasons, verdict.failed, verdict.missed) == (("code_remains",), {0}, ())


def test_a_filled_code_passes():
    image = with_code()
    assert verified(filled(image, codes.find(image)), "code").reasons == ()


def test_a_code_that_nobody_edits_is_not_looked_for(monkeypatch):
    monkeypatch.setattr(codes, "decode_again", lambda rgb: pytest.fail("codes were decoded"))
    verified(check(with_code(), ()), "face")


@pytest.mark.parametrize("name", SOME)
def test_a_person_that_inspection_missed_is_found(name):
    verdict = verified(check(rgb(name), ()), "person")
    assert verdict.reasons == ("object_missed",)
    assert {f.kind for f in verdict.missed} == {"person"}
    assert all(f.source.startswith("verify:") for f in verdict.missed)


@pytest.mark.parametrize("name", SOME)
def test_a_filled_person_passes_though_the_shape_remains(name):
    image = rgb(name)
    assert verified(filled(image, people_of(image)), "person").reasons == ()


@pytest.mark.parametrize("name", SOME)
def test_a_person_of_whom_only_the_upper_half_was_filled_is_noticed(name):
    image = rgb(name)
    (person,) = people_of(image)[:1]
    x1, y1, x2, y2 = person.box
    half = Finding("person", 0.9, (x1, y1, x2, (y1 + y2) / 2), "any")
    assert "object_missed" in verified(filled(image, [half]), "person").reasons


@pytest.mark.parametrize("name", NEGATIVES)
def test_there_is_nobody_in_photos_without_people(name):
    assert verified(check(rgb(name), ()), "person", "code", "nudity").reasons == ()


def test_vehicles_are_looked_for_only_when_they_are_edited():
    image = rgb("plate_skoda.jpg")
    assert "vehicle" in {f.kind for f in verified(check(image, ()), "vehicle").missed}
    assert verified(check(image, ()), "person").missed == ()


def scored(monkeypatch, score, found=()):
    """Let the verifier see this nudity: there is no photo of it here."""
    monkeypatch.setattr(nudity, "again", lambda rgb: score)
    monkeypatch.setattr(nudity, "find", lambda rgb, people: list(found))


IMAGE = np.full((40, 60, 3), 120, np.uint8)
WHOLE = Finding("nudity", 0.9, (0.0, 0.0, 60.0, 40.0), "open_nsfw")
PERSON = Finding("nudity", 0.9, (10.0, 10.0, 30.0, 40.0), "open_nsfw")


@pytest.mark.parametrize("score", [0.0, 0.19])
def test_a_safe_picture_passes(monkeypatch, score):
    scored(monkeypatch, score)
    assert verified(check(IMAGE, ()), "nudity").reasons == ()


@pytest.mark.parametrize("score", [0.2, 0.9, float("nan")])
def test_nudity_that_inspection_missed_has_the_place_of_a_person(monkeypatch, score):
    scored(monkeypatch, score, [PERSON])
    verdict = verified(check(IMAGE, ()), "nudity")
    assert verdict.reasons == ("nudity_missed",)
    assert [f.box for f in verdict.missed] == [PERSON.box]


def test_where_editing_a_person_was_not_enough_the_whole_image_is_edited(monkeypatch):
    scored(monkeypatch, 0.5, [PERSON])
    verdict = verified(filled(IMAGE, [PERSON]), "nudity")
    assert [f.box for f in verdict.missed] == [WHOLE.box]


def test_where_the_whole_image_was_not_enough_the_edit_has_failed(monkeypatch):
    scored(monkeypatch, 0.5)
    candidate = np.random.default_rng(0).integers(0, 256, IMAGE.shape, np.uint8)
    mask = np.full(IMAGE.shape[:2], 255, np.uint8)
    verdict = verified(check(IMAGE, (WHOLE,), frozenset({0}), candidate, mask), "nudity")
    assert (verdict.reasons, verdict.failed, verdict.missed) == (("nudity_remains",), {0}, ())


def test_one_colour_all_over_shows_nobody(monkeypatch):
    scored(monkeypatch, 0.21)  # mid-grey has 0.198
    assert verified(filled(IMAGE, [WHOLE]), "nudity").reasons == ()


def test_a_face_that_is_found_late_has_a_body():
    image = rgb("people_grace_hopper.jpg")
    late = verified(check(image, ()), "face", "person").missed
    assert {f.kind for f in late} == {"face", "person"}


def test_a_filled_face_alone_makes_nobody_naked(monkeypatch):
    # A clothed group passed with 0.19 and had more than 0.2 once its faces were one flat colour.
    filled_face = filled(IMAGE, [Finding("face", 0.9, (10.0, 10.0, 20.0, 20.0), "any")])
    monkeypatch.setattr(nudity, "again", lambda rgb: 0.5 if rgb is filled_face.candidate else 0.1)
    assert verified(filled_face, "nudity").reasons == ()
