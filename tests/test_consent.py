"""The keep list: who consented stays, everybody else does not."""

import pickle
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.consent import MARGIN, KeepList
from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.records import Finding, Inspection
from hf_unsafe2safe.sources import load_source
from hf_unsafe2safe.verification.common import consented
from tests.photos import FOLDER, PEOPLE, card, decoded, png, rgb

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

COLLINS = FOLDER / "people_astronaut.jpg"
OTHERS = [name for name in PEOPLE if name != "people_astronaut.jpg"]


def another_shot(image):
    """Return the same face smaller, turned, darker: a stand-in for another photo of the person."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 0.9)
    turned = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return cv2.convertScaleAbs(turned, alpha=0.85, beta=-8)


def kept(keep, image):
    return [f.consented for f in marked(keep, image, faces.find(image))]


def marked(keep, image, findings):
    return keep.mark(image, Inspection(tuple(findings))).findings


def test_a_person_who_consented_stays():
    keep = KeepList([COLLINS])
    assert kept(keep, rgb(COLLINS.name)) == [True]
    assert kept(keep, another_shot(rgb(COLLINS.name))) == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_stays(name):
    assert not any(kept(KeepList([COLLINS]), rgb(name)))


def test_a_wider_margin_keeps_fewer():
    image = another_shot(rgb(COLLINS.name))
    assert kept(KeepList([COLLINS], margin=0.55), image) == [False]


def test_different_people_are_further_apart_than_the_margin_asks():
    chips = [identity.embed(rgb(name), faces.find(rgb(name))[:1])[0] for name in PEOPLE]
    gaps = identity.distance(np.array(chips), np.array(chips))[np.triu_indices(len(chips), 1)]
    assert gaps.min() > identity.SAME_PERSON - MARGIN


# What makes a face unfit to be kept, though it is that of the reference.
@pytest.mark.parametrize(
    "change",
    [
        lambda f: {"box": (f.box[0], f.box[1], f.box[0] + 40, f.box[1] + 60)},  # too small to be sure
        lambda f: {"score": 0.49},  # hardly a face
        lambda f: {"score": float("nan")},  # no score at all
        lambda f: {"landmarks": None},  # not to be aligned
        lambda f: {"kind": "name"},  # no face
    ],
)
def test_an_unclear_face_is_never_kept(change):
    image = rgb(COLLINS.name)
    (face,) = faces.find(image)
    (found,) = marked(KeepList([COLLINS]), image, [Finding(**{**vars(face), **change(face)})])
    assert not found.consented


def test_the_kept_face_takes_its_person_along_and_nobody_else():
    image = rgb(COLLINS.name)
    (face,) = faces.find(image)
    x1, y1, x2, y2 = face.box
    own = Finding("person", 0.9, (x1 - 90, y1 - 40, x2 + 90, y2 + 200), "any")
    crowd = Finding("person", 0.9, (0, 0, 512, 512), "any")
    other = Finding("person", 0.9, (0, 300, 90, 512), "any")
    found = marked(KeepList([COLLINS]), image, [face, crowd, own, other])
    assert [f.consented for f in found] == [True, False, True, False]


# What is no reference, and what is said of it.
@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "no reference images"),  # none
        ([b"junk"], "image 1 cannot be opened: not_an_image"),  # no image
        ([COLLINS, FOLDER / "neg_cat.png"], "image 2 shows 0 faces"),  # nobody
        ([png(np.hstack([rgb(COLLINS.name)] * 2))], "image 1 shows 2 faces"),  # not clear who consented
        ([png(cv2.resize(rgb(COLLINS.name), (160, 160)))], "one clear face of at least 64"),  # too small
        ([FOLDER / "nobody-s-secret-name.jpg"], "image 1 cannot be opened: missing"),  # not there
        (5, "keep takes images and folders of them, got int"),  # as a YAML file may hold
        ([{"bytes": b""}], "got dict"),  # a cell of a dataset
    ],
)
def test_a_bad_reference_is_refused(images, message):
    with pytest.raises(ConfigError, match=message) as error:
        KeepList(images)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("margin", [-0.1, 0.6, float("nan")])
def test_a_margin_must_be_a_share_of_the_distance(margin):
    with pytest.raises(ConfigError, match="margin"):
        KeepList([COLLINS], margin=margin)


def test_a_folder_of_references(tmp_path):
    for name in PEOPLE[:2]:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    assert repr(KeepList(tmp_path)) == "KeepList(2 reference images, margin=0.15)"


def test_the_fingerprint_is_that_of_images_and_margin():
    one, same, other = KeepList([COLLINS]), KeepList([COLLINS]), KeepList([FOLDER / OTHERS[0]])
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()
    assert one.fingerprint() != KeepList([COLLINS], margin=0.2).fingerprint()


def test_the_keep_list_holds_no_photo():
    keep = KeepList([COLLINS])
    assert len(pickle.dumps(keep)) < 3000
    assert pickle.loads(pickle.dumps(keep)).fingerprint() == keep.fingerprint()  # noqa: S301


@pytest.mark.parametrize("policy", ["faces", "people"])
def test_the_whole_path_keeps_her_and_edits_him(policy):
    image = np.hstack([rgb(COLLINS.name)[:512, :512], cv2.resize(rgb(OTHERS[1]), (512, 512))])
    (record,) = Sanitizer(policy=policy, keep=[COLLINS]).records([png(image)])
    regions = {(r.kind, r.action) for r in record.regions if r.box[2] < 520 and r.kind == "face"}
    assert record.status == "edited"
    assert record.provenance.kept_by_consent == 1
    assert regions == {("face", "kept")}
    assert {r.action for r in record.regions if r.kind == "face" and r.box[0] > 500} == {"edited"}
    assert len(faces.find(decoded(record.image)[:, :512])) == 1


def test_a_row_with_kept_faces_alone_says_why_it_is_safe():
    (record,) = Sanitizer(policy="faces", keep=[COLLINS]).records([COLLINS])
    assert (record.status, record.provenance.reason) == ("safe", "kept_by_consent")
    assert record.flag  # a face was found all the same


def test_nobody_consents_in_an_image_with_transparency():
    # Its alpha can draw another person than its colours, on the consent of whom the colours show.
    alpha = rgb("people_grace_hopper.jpg")[:512, :, 1]
    layered = np.dstack([rgb(COLLINS.name)[:512, :512], alpha])
    (record,) = Sanitizer(policy="faces", keep=[COLLINS]).records([png(layered)])
    assert record.status != "safe"
    assert record.provenance.kept_by_consent == 0


def test_the_consent_of_one_is_not_that_of_who_stands_close():
    close = Finding("person", 0.9, (30.0, 0.0, 130.0, 190.0), "verify:nanodet")
    kept_person = Finding("person", 0.9, (0.0, 0.0, 100.0, 190.0), "any", consented=True)
    assert not consented(close, [kept_person])
    assert consented(replace(close, box=(1.0, 0.0, 99.0, 188.0)), [kept_person])


def test_a_policy_about_text_has_nobody_to_keep():
    with pytest.raises(ConfigError, match="'text' edits no faces"):
        Sanitizer(policy="text", keep=[COLLINS])


def test_the_order_of_the_references_does_not_matter():
    one, other = FOLDER / OTHERS[0], FOLDER / OTHERS[1]
    assert KeepList([one, other]) == KeepList([other, one])
    assert KeepList([one]) != KeepList([other])


def test_the_keep_list_changes_the_digest_and_is_not_published(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(card("nothing")))
    keep = KeepList([COLLINS])
    manifest = materialize(load_source(folder), tmp_path / "safe", Sanitizer(policy="faces", keep=keep))
    written = "".join((tmp_path / "safe" / name).read_text() for name in ("manifest.json", "README.md"))
    assert manifest.config["keep"] is True
    assert "--keep LOCAL_FOLDER" in written
    assert keep.fingerprint() not in written
    assert Sanitizer(policy="faces", keep=keep).digest != Sanitizer(policy="faces").digest
