import cv2
import numpy as np
import pytest

from hf_unsafe2safe.detectors import face_presence, faces, faces_ssd, identity
from hf_unsafe2safe.detectors.geometry import iou, turn_back
from hf_unsafe2safe.records import Finding
from hf_unsafe2safe.verification.faces import second_look
from tests.photos import FACES, PEOPLE, rgb


@pytest.mark.parametrize("name", FACES)
def test_centerface_finds_what_a_person_counts(name):
    assert len([f for f in faces.find(rgb(name)) if f.score >= 0.35]) == FACES[name]


@pytest.mark.parametrize("name", FACES)
def test_the_ssd_agrees_once_the_face_mesh_confirms(name):
    assert len(faces_ssd.find(rgb(name))) == FACES[name]


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_is_searched_from_every_side(name, quarters):
    turned = np.ascontiguousarray(np.rot90(rgb(name), quarters))
    upright = faces.look(rgb(name), 480)[0].box
    back = faces.look(turned, 480, quarters=4 - quarters)
    height, width = rgb(name).shape[:2]
    home = [turn_back(f, quarters, (width, height)).box for f in back]
    assert any(iou(box, upright) > 0.5 for box in home)


def test_the_mirrored_look_puts_faces_where_they_are():
    name = "people_cameraman.png"
    plain, mirrored = faces.look(rgb(name), 640)[0], faces.look(rgb(name), 640, mirrored=True)[0]
    assert iou(plain.box, mirrored.box) > 0.6
    assert mirrored.landmarks[0][0] < mirrored.landmarks[1][0] + 20  # eyes keep their sides


def crowd(size):
    """Return 24 copies of a face in a large image, `size` pixels with its surroundings."""
    small = cv2.resize(
        rgb("people_astronaut.jpg")[20:190, 140:310], (size, size), interpolation=cv2.INTER_AREA
    )
    image = np.full((600, 1200, 3), 120, np.uint8)
    for row in range(4):
        for column in range(6):
            image[40 + row * 60 :, 60 + column * 60 :][:size, :size] = small
    return image


def test_a_crowd_of_small_faces_gets_a_closer_look():
    image = crowd(36)  # faces of 21 pixels: at the size of the first look only hints are seen
    assert len(faces.look(image, 640, threshold=faces.STRONG)) == 0
    assert len(faces.find(image)) >= 18


def test_what_the_first_look_cannot_see_the_verifier_does():
    image = crowd(30)  # faces of 17 pixels
    assert len(faces.find(image)) == 0
    assert len(second_look(image)) >= 20


@pytest.mark.parametrize("count", [1, 12])
def test_a_face_of_a_hundredth_of_a_large_photo_is_found(count):
    # 40 pixels of 4000, still recognisable (L2 0.32 to the original when cut out).
    portrait = rgb("people_obama_official.jpg")
    face = faces.find(portrait)[0].box
    zoom = 40 / (face[3] - face[1])
    small = cv2.resize(portrait, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    image = cv2.resize(rgb("neg_temple.jpg"), (4000, 2669), interpolation=cv2.INTER_CUBIC)
    places = [(300 + 900 * (k % 4), 200 + 800 * (k // 4)) for k in range(count)]
    for x, y in places:
        image[y : y + small.shape[0], x : x + small.shape[1]] = small
    seen = second_look(image)
    for x, y in places:
        box = tuple(v * zoom + shift for v, shift in zip(face, (x, y, x, y), strict=True))
        assert any(iou(f.box, box) > 0.3 for f in seen)


# Sizes at which a detector must return something sensible and not raise.
@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),  # a pixel
        (1, 4000),  # a line
        (4000, 1),  # a column
        (3, 700),  # a thin strip
        (33, 31),  # just around the network's step
    ],
)
@pytest.mark.parametrize("fill", ["blank", "noise"])
def test_any_size_is_searched(shape, fill):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    image = np.full((*shape, 3), 255, np.uint8) if fill == "blank" else noise
    for found in (*faces.find(image), *faces_ssd.find(image)):
        assert 0 <= found.box[0] < found.box[2] <= shape[1]
        assert 0 <= found.box[1] < found.box[3] <= shape[0]


def test_presence_tells_a_face_from_a_cat():
    person = faces.find(rgb("people_astronaut.jpg"))[0].box
    height, width = rgb("neg_cat.png").shape[:2]
    assert face_presence.presence(rgb("people_astronaut.jpg"), [person])[0] > 0.9
    assert face_presence.presence(rgb("neg_cat.png"), [(0, 0, width, height)])[0] < 0.1
    assert face_presence.presence(rgb("neg_cat.png"), []) == []


def test_weak_findings_need_a_second_opinion():
    photo = rgb("people_astronaut.jpg")
    box = faces.find(photo)[0].box
    weak = Finding("face", 0.22, box, "any")
    nowhere = Finding("face", 0.22, (10, 400, 60, 460), "any")
    assert [f.score for f in face_presence.confirm(photo, [weak, nowhere], strong=0.35)] == [0.5]


def test_embeddings_know_a_person_after_small_changes():
    photo = rgb("people_obama_official.jpg")
    face = faces.find(photo)[0]
    darker = (photo * 0.7).astype(np.uint8)
    flipped = np.ascontiguousarray(photo[:, ::-1])
    own = identity.embed(photo, [face])
    assert identity.distance(own, identity.embed(darker, faces.find(darker)[:1])).item() < 0.4
    assert identity.distance(own, identity.embed(flipped, faces.find(flipped)[:1])).item() < 0.6


def test_embeddings_tell_people_apart():
    vectors = [identity.embed(rgb(n), faces.find(rgb(n))[:1]) for n in PEOPLE if "cameraman" not in n]
    gaps = identity.distance(np.concatenate(vectors), np.concatenate(vectors))
    assert (gaps[~np.eye(len(gaps), dtype=bool)] > identity.SAME_PERSON).all()
    assert np.allclose(np.diag(gaps), 0)


def test_embedding_no_face_is_empty():
    assert identity.embed(rgb("neg_cat.png"), []).shape == (0, 128)


def test_the_similarity_transform_maps_the_points():
    source = np.array([[0, 0], [10, 0], [5, 5], [2, 8], [8, 8]], float)
    angle, scale, move = 0.7, 2.5, np.array([4, -3])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    target = scale * source @ rotation.T + move
    matrix = identity.similarity(source, target)
    assert np.allclose(source @ matrix[:, :2].T + matrix[:, 2], target)
