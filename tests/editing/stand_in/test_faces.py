from dataclasses import replace

import cv2
import numpy as np
import pytest

from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.detectors.geometry import iou
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit, region_mask
from hf_unsafe2safe.editing.stand_in.average import Pose, average_face, pose_of
from hf_unsafe2safe.editing.stand_in.editor import StandInEditor
from hf_unsafe2safe.editing.stand_in.faces import can_be_rewritten, rewritten
from hf_unsafe2safe.editing.stand_in.mesh import meshes
from hf_unsafe2safe.records import Check, EditRequest, PublicCaption
from hf_unsafe2safe.verification.faces import check_faces
from tests.photos import PEOPLE, rgb

FRONTAL = [name for name in PEOPLE if "cameraman" not in name]  # he is seen from the side
ASTRONAUT = "people_astronaut.jpg"


def job(photo, found, seed=5):
    editor = StandInEditor()
    return EditJob(
        photo, tuple(Assignment(f, editor) for f in found), PublicCaption("A photo."), "Edit.", seed
    )


def request(photo, found, seed=5):
    mask = np.bitwise_or.reduce([region_mask(f, photo.shape[1::-1]) for f in found])
    return EditRequest(photo, mask, PublicCaption("A photo."), "Edit.", seed, findings=tuple(found))


@pytest.mark.parametrize("name", FRONTAL)
def test_a_face_becomes_another_that_is_still_found(name):
    photo = rgb(name)
    found = faces.find(photo)[:1]
    ((out, mask),) = masked_edit([job(photo, found)])
    again = [f for f in faces.find(out) if iou(f.box, found[0].box) > 0.3]
    gap = identity.distance(identity.embed(photo, found), identity.embed(out, again))
    assert len(again) == 1
    assert gap.item() >= identity.SAME_PERSON
    assert np.array_equal(out[mask == 0], photo[mask == 0])
    assert (out[mask > 0] != photo[mask > 0]).any(axis=1).mean() > 0.9


def test_the_verifier_agrees():
    photo = rgb("people_grace_hopper.jpg")
    found = faces.find(photo)[:1]
    ((out, mask),) = masked_edit([job(photo, found)])
    edited = frozenset([0])
    assert not check_faces(Check(photo, out, mask, tuple(found), edited, edited), ("face",)).reasons


def test_who_is_in_the_average_cannot_be_recognised_in_what_is_drawn():
    canvas = np.full((400, 400, 3), 150, np.uint8)
    mask = np.full((400, 400), 255, np.uint8)
    mask[:8] = 0
    pose, box = Pose(1.0, np.eye(3), np.array([72.0, 72, 0]), 0.0), (100, 70, 300, 330)
    drawn = [rewritten(canvas, mask, mask, box, pose, np.random.default_rng(seed)) for seed in range(4)]
    seen = np.concatenate([identity.embed(out, faces.find(out)[:1]) for out in drawn])
    people = np.concatenate([identity.embed(rgb(name), faces.find(rgb(name))[:1]) for name in FRONTAL])
    assert len(seen) == 4
    assert identity.distance(seen, people).min() >= identity.SAME_PERSON


def test_nothing_under_the_mask_but_the_pose_decides_the_result():
    photo = rgb(ASTRONAUT)
    face = faces.find(photo)[0]
    pose = pose_of(meshes(photo, [face])[0], average_face().shape)
    region = region_mask(face, photo.shape[1::-1])
    other = photo.copy()
    other[region > 0] = np.random.default_rng(0).integers(0, 256, (int((region > 0).sum()), 3), np.uint8)
    a, b = (
        rewritten(p, region, region, face.box, pose, np.random.default_rng(1))[region > 0]
        for p in (photo, other)
    )
    assert np.array_equal(a, b)


def test_the_skin_is_that_of_the_neck_and_grey_photos_stay_grey():
    photo = rgb(ASTRONAUT)
    face = faces.find(photo)[0]
    grey = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    ((out, mask),) = masked_edit([job(grey, [face])])
    spread = np.ptp(out[mask > 0].astype(int), axis=1)
    assert np.median(spread) <= 2
    hue = {}
    for name, neck in {"dark": (96, 62, 48), "light": (226, 184, 160)}.items():
        scene = np.full((400, 400, 3), neck, np.uint8)
        region = np.zeros((400, 400), np.uint8)
        region[60:300, 100:300] = 255
        pose = Pose(0.7, np.eye(3), np.array([110.0, 100, 0]), 0.0)
        box = (110, 70, 290, 290)
        hue[name] = rewritten(scene, region, region, box, pose, np.random.default_rng(1))[190, 200].mean()
    assert hue["dark"] < hue["light"] - 40


def crowd(count, size):
    """Return faces of `size` pixels side by side in a large image."""
    portrait = rgb(ASTRONAUT)[0:260, 90:350]
    face = faces.find(rgb(ASTRONAUT))[0].box
    zoom = size / (face[3] - face[1])
    small = cv2.resize(portrait, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    high, wide = small.shape[:2]
    image = np.full((high + 40, (wide + 10) * count, 3), 120, np.uint8)
    for k in range(count):
        image[20 : 20 + high, k * (wide + 10) :][:, :wide] = small
    return image


def test_seeds_findings_and_batches():
    photo = crowd(3, 90)
    found = faces.find(photo)
    assert len(found) == 3
    editor = StandInEditor()
    one, again, other = editor.edit([request(photo, found, seed) for seed in (1, 1, 2)])
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    (turned_round,) = editor.edit([request(photo, found[::-1], 1)])
    assert np.array_equal(one, turned_round)
    cuts = [one[:, k * photo.shape[1] // 3 :][:, : photo.shape[1] // 3] for k in range(3)]
    assert not np.array_equal(cuts[0], cuts[1])  # three people, not one three times


# What stays filled, each with the change to a face that can be rewritten.
@pytest.mark.parametrize(
    "change",
    [
        lambda f, m, p: (replace(f, box=(0, 0, 30, 30)), m, p),  # too small
        lambda f, m, p: (replace(f, box=(0, 0, 30, float("nan"))), m, p),  # a box that is none
        lambda f, m, p: (f, replace(m, presence=0.4), p),  # hardly a face
        lambda f, m, p: (f, replace(m, presence=float("nan")), p),
        lambda f, m, p: (f, m, replace(p, turn=np.diag([0.5, 1, 0.5]))),  # 60 degrees to the side
        lambda f, m, p: (f, m, replace(p, misfit=0.2)),  # a mesh that is no face's
        lambda f, m, p: (f, m, replace(p, misfit=float("nan"))),
    ],
)
def test_what_cannot_be_rewritten(change):
    photo = rgb(ASTRONAUT)
    face = faces.find(photo)[0]
    mesh = meshes(photo, [face])[0]
    pose = pose_of(mesh, average_face().shape)
    assert can_be_rewritten(face, mesh, pose)
    assert not can_be_rewritten(*change(face, mesh, pose))


@pytest.mark.parametrize("photo", [rgb("people_cameraman.png"), crowd(1, 28)], ids=["profile", "small"])
def test_a_profile_and_a_small_face_are_filled(photo):
    one = request(photo, faces.find(photo)[:1])
    assert np.array_equal(StandInEditor().edit([one])[0], FillEditor().edit([one])[0])


def test_the_pose_says_how_a_head_is_turned():
    shape = average_face().shape
    for degrees in (0, 20, 50):
        a = np.radians(degrees)
        turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        mesh = replace(
            meshes(rgb(ASTRONAUT), faces.find(rgb(ASTRONAUT))[:1])[0], points=3 * shape @ turn.T + 7
        )
        pose = pose_of(mesh, shape)
        assert pose.turned == pytest.approx(degrees, abs=1e-3)
        assert pose.scale == pytest.approx(3)
        assert pose.misfit < 1e-6
        assert np.allclose(pose.placed(shape), mesh.points)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_gets_a_turned_face(quarters):
    photo = np.ascontiguousarray(np.rot90(rgb(ASTRONAUT), quarters))
    found = faces.look(photo, 480, quarters=4 - quarters)[:1]
    ((out, _),) = masked_edit([job(photo, found)])
    upright = np.ascontiguousarray(np.rot90(out, 4 - quarters))
    assert faces.find(upright)[0].score > 0.5
