"""Rows become squares with texts and faces, and these tensors that are kept."""

import stat

import numpy as np
import pytest
import torch

from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.editing.crops import crops_of, cut, moved
from hf_unsafe2safe.errors import DatasetError, TrainingError
from hf_unsafe2safe.training.encoded import EncodedExamples, chosen
from hf_unsafe2safe.training.example import MOST_FACES
from hf_unsafe2safe.training.examples import BadRowError, examples_of
from hf_unsafe2safe.training.triplets.read import open_triplets
from tests.photos import png, rgb
from tests.training.fake_objective import FakeObjective
from tests.training.samples import config, row


def with_photo(name="people_grace_hopper.jpg", grow=1.2):
    """Return a row with a photo whose face is masked, and its face."""
    pixels = rgb(name)
    (face, *_) = faces.find(pixels)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    x1, y1, x2, y2 = (int(n) for n in face.box)
    dx, dy = int((x2 - x1) * (grow - 1)), int((y2 - y1) * (grow - 1))
    mask[max(0, y1 - dy) : y2 + dy, max(0, x1 - dx) : x2 + dx] = 255
    edited = np.where(mask[..., None] > 0, np.uint8(90), pixels)
    made = row(0, "train")
    for column, value in (("original_image", pixels), ("edited_image", edited), ("mask", mask)):
        made[column] = {"bytes": png(value), "path": None}
    return {**made, "sampling_weight": 2.0}, face


def weighted(i, **more):
    return {**row(i, "train", **more), "sampling_weight": 1.0}


def test_the_middle_square():
    made, _ = with_photo()
    (one,) = examples_of(made, 128, 8, "whole")
    assert one.original.shape == one.target.shape == (128, 128, 3)
    assert one.mask.shape == (128, 128)
    assert (one.id, one.weight, one.edit_instruction) == ("train/0:0", 2.0, made["edit_instruction"])
    assert np.array_equal(one.original[one.mask == 0], one.target[one.mask == 0]) or (
        np.abs(one.original.astype(int) - one.target)[one.mask == 0].mean() < 0.5  # the edge is scaled
    )


def test_squares_are_those_that_an_editor_paints():
    made, face = with_photo()
    (one,) = examples_of(made, 128, 8, "crops")
    mask = np.where(rgb("people_grace_hopper.jpg")[..., 0] >= 0, 0, 0).astype(np.uint8)
    x1, y1, x2, y2 = (int(n) for n in face.box)
    dx, dy = int((x2 - x1) * 0.2), int((y2 - y1) * 0.2)
    mask[max(0, y1 - dy) : y2 + dy, max(0, x1 - dx) : x2 + dx] = 255
    (crop,) = crops_of(mask, 128, 8, ratios=(1.0,))
    assert np.array_equal(one.original, cut(rgb("people_grace_hopper.jpg"), crop))
    assert crop.size_wh == (128, 128)


@pytest.mark.parametrize("framing", ["whole", "crops"])
def test_faces_come_with_their_places(framing):
    made, _ = with_photo()
    (one,) = examples_of(made, 256, 8, framing)
    assert one.landmarks.shape == (1, 5, 2)
    found = faces.find(one.original)[0]
    assert np.abs(np.array(found.landmarks) - one.landmarks[0]).max() < 8
    gap = identity.distance(identity.embed(one.original, [found]), one.embeddings)
    assert gap[0, 0] < 0.35  # the same person


def test_a_face_that_stays_is_not_pushed_away():
    made, _ = with_photo()
    corner = np.zeros(rgb("people_grace_hopper.jpg").shape[:2], np.uint8)
    corner[-40:, -40:] = 255
    (one,) = examples_of({**made, "mask": {"bytes": png(corner), "path": None}}, 128, 8, "crops")
    assert len(one.landmarks) == 0


# Places in an image and in the canvas of a crop that reaches over its edges.
@pytest.mark.parametrize("size", [(100, 40), (40, 100), (64, 64)])
def test_points_move_as_pixels_do(size):
    width, height = size
    mask = np.full((height, width), 255, np.uint8)
    (crop,) = crops_of(mask, 64, 8, ratios=(1.0,))
    image = np.zeros((height, width, 3), np.uint8)
    image[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2] = 255
    seen = cut(image, crop)[..., 0] > 127
    ys, xs = np.nonzero(seen)
    where = moved(np.array([[width / 2, height / 2]]), crop, size)[0]
    assert np.abs(where - [xs.mean() + 0.5, ys.mean() + 0.5]).max() <= 1.5


# What is wrong with a row, and the reason that is counted.
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"original_image": {"bytes": b"junk", "path": None}}, "unreadable"),
        ({"mask": {"bytes": png(np.zeros((48, 48), np.uint8)), "path": None}}, "nothing is masked"),
        ({"edited_image": {"bytes": png(np.zeros((24, 48, 3), np.uint8)), "path": None}}, "another size"),
        ({"sampling_weight": float("nan")}, "no sampling weight"),
        ({"sampling_weight": 0.0}, "no sampling weight"),
    ],
)
def test_bad_rows(change, reason):
    with pytest.raises(BadRowError) as raised:
        examples_of({**weighted(1), **change}, 32, 8, "crops")
    assert raised.value.reason == reason


@pytest.fixture
def opened(triplets):
    return open_triplets(triplets)


def prepared(opened, folder, objective=None, dataset=None, **options):
    dataset = opened.train if dataset is None else dataset
    made = config("t", "o", **options)
    return EncodedExamples.prepare(objective or FakeObjective(), dataset, made, folder)


def test_examples_are_encoded_once(opened, tmp_path):
    first, again = FakeObjective(), FakeObjective()
    one, two = prepared(opened, tmp_path / "e", first), prepared(opened, tmp_path / "e", again)
    assert (first.encoded, again.encoded) == (10, 0)
    assert (one.count, one.ids, one.digest) == (two.count, two.ids, two.digest)
    assert one.ids[:2] == ["train/0:0", "train/1:0"]
    assert prepared(opened, tmp_path / "f", framing="crops").digest != one.digest


def test_a_batch_is_what_was_encoded_in_any_order(opened, tmp_path):
    found = prepared(opened, tmp_path / "e")
    batch = found.batch([3, 0, 3])
    alone = found.batch([3])
    assert all(torch.equal(value[0], alone[name][0]) for name, value in batch.items())
    assert all(torch.equal(value[0], value[2]) for value in batch.values())
    assert batch["landmarks"].shape == (3, MOST_FACES, 5, 2)
    assert batch["faces"].dtype == torch.bool
    assert 0 < float(batch["mask"].mean()) < 1


def test_what_is_kept_is_for_its_owner_and_can_be_removed(opened, tmp_path):
    found = prepared(opened, tmp_path / "e")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "e").rglob("*") if p.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "e").stat().st_mode) == 0o700
    found.remove()
    assert not (tmp_path / "e").exists()


def test_a_damaged_file_is_made_again(opened, tmp_path):
    before = prepared(opened, tmp_path / "e").batch([4])
    for path in (tmp_path / "e").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:40])
    objective = FakeObjective()
    after = prepared(opened, tmp_path / "e", objective).batch([4])
    assert objective.encoded == 10
    assert all(torch.equal(before[name], after[name]) for name in before)


# A weight is no part of what is kept: it is looked at again where a row is encoded already.
@pytest.mark.parametrize("weight", [None, float("nan"), 0.0, -1.0])
def test_a_bad_weight_of_a_row_that_is_encoded(tmp_path, weight):
    rows = [weighted(1), weighted(2)]
    prepared(None, tmp_path / "e", dataset=rows)
    found = prepared(None, tmp_path / "e", dataset=[rows[0], {**rows[1], "sampling_weight": weight}])
    assert (found.count, found.skipped) == (1, {"no sampling weight": 1})
    assert found.weights.tolist() == [1.0]


def test_a_file_that_is_lost_on_the_way(opened, tmp_path):
    found = prepared(opened, tmp_path / "e")
    for path in (tmp_path / "e").rglob("*.safetensors"):
        path.unlink()
    with pytest.raises(TrainingError, match="gone or damaged"):
        found.batch([1])


def test_what_is_no_number_is_not_learnt_from(opened, tmp_path):
    class Broken(FakeObjective):
        def encode(self, examples):
            return [{**one, "target": one["target"] * float("inf")} for one in super().encode(examples)]

    with pytest.raises(DatasetError, match="10 no numbers"):
        prepared(opened, tmp_path / "e", Broken())


def test_memory_is_bounded(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.training.encoded.IN_MEMORY", 1)
    found = prepared(opened, tmp_path / "e")
    found.batch([0, 1, 2])
    assert not found._kept


def test_rows_that_are_judged_are_the_same_every_time(opened):
    rows = [one["row"] for one in chosen(opened.train, 4, seed=1)]
    assert rows == [one["row"] for one in chosen(opened.train, 4, seed=1)]
    assert len(rows) == 4
    assert rows != [one["row"] for one in chosen(opened.train, 4, seed=2)]
    assert len(list(chosen(opened.train, 99, seed=1))) == 10
