from dataclasses import replace

import numpy as np
import pytest

from hf_unsafe2safe.detectors import faces, objects, persons
from hf_unsafe2safe.detectors.geometry import center, iou, turn_back
from hf_unsafe2safe.imaging.masks import polygon_mask
from hf_unsafe2safe.records import Finding, SceneObject
from tests.photos import NEGATIVES, PEOPLE, rgb

# Points (x, y) set by hand: on the body, and well outside it.
BODIES = {
    "people_astronaut.jpg": ([(225, 120), (150, 350), (230, 420)], [(480, 60), (400, 100), (60, 40)]),
    "people_biden_official.jpg": ([(330, 210), (300, 600), (300, 1000)], [(60, 100), (520, 60)]),
    "people_cameraman.png": (
        [(230, 160), (150, 250), (60, 350), (50, 480)],
        [(60, 60), (400, 60), (450, 400)],
    ),
    "people_grace_hopper.jpg": ([(260, 230), (250, 450), (100, 550)], [(60, 60), (480, 100), (470, 300)]),
    "people_obama_official.jpg": ([(490, 250), (450, 700), (250, 800)], [(60, 100), (850, 60)]),
}


def found_in(name):
    return persons.find(rgb(name), objects.find(rgb(name)), faces.find(rgb(name)))


def mask_of(person, image):
    return polygon_mask(image.shape[1::-1], person.outline)


@pytest.mark.parametrize("name", BODIES)
def test_the_outline_holds_the_body_and_not_the_background(name):
    (person,) = found_in(name)
    mask = mask_of(person, rgb(name))
    on, off = BODIES[name]
    assert all(mask[y, x] for x, y in on)
    assert not any(mask[y, x] for x, y in off)
    assert (person.kind, person.source) == ("person", "nanodet")
    assert 4 < len(person.outline) <= persons.POINTS
    assert 0.3 < (mask > 0).mean() < 0.85


@pytest.mark.parametrize("name", PEOPLE)
def test_a_face_lies_inside_the_outline_even_when_only_the_face_was_found(name):
    face = faces.find(rgb(name))[0]
    for things in (objects.find(rgb(name)), []):
        (person,) = persons.find(rgb(name), things, [face])
        x1, y1, x2, y2 = map(round, face.box)
        assert (mask_of(person, rgb(name))[y1:y2, x1:x2] > 0).mean() > 0.97
        assert person.source == ("nanodet" if things else "face:grown")


@pytest.mark.parametrize("name", [*NEGATIVES, "plate_skoda.jpg"])
def test_where_nobody_is_nobody_is_found(name):
    assert found_in(name) == []


def test_a_person_grown_from_a_face_has_the_body_that_was_detected():
    name = "people_obama_official.jpg"
    detected, (grown,) = found_in(name)[0], persons.find(rgb(name), [], faces.find(rgb(name)))
    a, b = mask_of(detected, rgb(name)) > 0, mask_of(grown, rgb(name)) > 0
    assert (a & b).sum() / a.sum() > 0.9


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_body_is_where_the_mouth_is_from_the_eyes(quarters):
    face = faces.find(rgb("people_astronaut.jpg"))[0]
    upright = Finding("person", 1, persons.body_box(face), "any")
    turned = turn_back(face, quarters, (512, 512))  # 512 x 512: the photo is square
    expected = turn_back(upright, quarters, (512, 512)).box
    assert np.allclose(persons.body_box(turned), expected)
    assert center(upright.box)[1] > center(face.box)[1]


def test_without_landmarks_the_body_may_be_on_any_side():
    x1, y1, x2, y2 = persons.body_box(Finding("face", 1, (100, 100, 120, 130), "any"))
    assert center((x1, y1, x2, y2)) == (110, 115)
    assert y2 - y1 == x2 - x1 == 2 * persons.BELOW * 30


def test_a_box_holds_one_person_and_every_face_gets_one():
    # Two faces in one box: whose box it is, is the one whose body it fits; the other gets its own.
    photo = rgb("people_astronaut.jpg")
    face = faces.find(photo)[0]
    x1, y1, x2, y2 = face.box
    beside = replace(face, box=(x1 - 60, y1 + 150, x2 - 60, y2 + 150), score=0.4)
    (thing,) = [o for o in objects.find(photo) if o.label == "person"]
    found = persons.find(photo, [thing], [beside, face])
    assert [(p.source, p.score) for p in found] == [("nanodet", thing.score), ("face:grown", 0.4)]
    assert persons.face_of([found[0]], [beside, face]) == {0: 1}


def test_the_upper_body_of_a_person_seen_as_a_whole_is_no_second_person():
    photo = rgb("people_astronaut.jpg")
    face = faces.find(photo)[0]
    (whole,) = [o for o in objects.find(photo) if o.label == "person"]
    x1, y1, x2, _ = whole.box
    upper = SceneObject("person", 0.4, (x1 + 20, y1, x2 - 20, y1 + 260))
    lower = SceneObject("person", 0.4, (x1 + 20, y1 + 260, x2 - 20, 500))  # nobody's face: it stays
    assert len(persons.find(photo, [whole, upper], [face])) == 1
    assert len(persons.find(photo, [whole, lower], [face])) == 2


# Where no body can be seen the outline is the whole box.
@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("neg_flower.jpg", (20, 20, 180, 240)),  # leaves
        ("neg_rocket.jpg", (100, 60, 240, 300)),  # a night sky
    ],
)
def test_it_fails_closed_to_the_box(name, box):
    x1, y1, x2, y2 = box
    (person,) = persons.find(rgb(name), [SceneObject("person", 0.5, box)], [])
    assert person.outline == ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def test_a_body_without_the_face_is_not_believed():
    # The face is said to be on the wall beside the person: the segmentation cannot be right.
    box = found_in("people_astronaut.jpg")[0].box
    outline = persons.outline(rgb("people_astronaut.jpg"), box, (420, 20, 500, 120))
    assert len(outline) == 4
    assert polygon_mask((512, 512), outline)[20:120, 420:500].all()


@pytest.mark.parametrize("name", PEOPLE)
def test_the_share_of_a_person_in_a_mask(name):
    (person,) = found_in(name)
    full = mask_of(person, rgb(name))
    half = full.copy()
    half[:, : round(center(person.box)[0])] = 0
    assert persons.share_inside(rgb(name), person.box, full) > 0.98
    assert 0.2 < persons.share_inside(rgb(name), person.box, half) < 0.8
    assert persons.share_inside(rgb(name), person.box, np.zeros_like(full)) == 0


def test_where_no_body_is_seen_the_share_is_that_of_the_box():
    photo, box = rgb("neg_rocket.jpg"), (100, 60, 240, 300)
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[60:180, 100:240] = 255
    assert persons.share_inside(photo, box, mask) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (10, 10_000), (10_000, 10), (40, 30)])
@pytest.mark.parametrize("fill", ["blank", "noise"])
def test_any_size_is_searched(shape, fill):
    height, width = shape
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    image = np.full((*shape, 3), 255, np.uint8) if fill == "blank" else noise
    whole, corner = (
        (0.0, 0.0, float(width), float(height)),
        (width - 1.0, height - 1.0, float(width), float(height)),
    )
    face = Finding("face", 0.7, corner, "any", landmarks=((corner[:2]),) * 5)
    for person in persons.find(image, [SceneObject("person", 0.5, whole)], [face]):
        for x, y in (person.box[:2], person.box[2:], *person.outline):
            assert 0 <= x <= width
            assert 0 <= y <= height
        assert iou(person.box, person.box) == 1
    assert 0 <= persons.share_inside(image, whole, np.zeros(shape, np.uint8)) <= 1
