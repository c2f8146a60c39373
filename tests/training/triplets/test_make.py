"""Triplets of a real result: what is in them, what is left out, and that the folder stays private."""

import errno
import hashlib
import io
import json
import os
import stat

import numpy as np
import PIL.Image
import pytest
from datasets import Dataset, Image, load_dataset

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, DatasetError, PublishError
from hf_unsafe2safe.evaluation.looks.phash import PhashLook
from hf_unsafe2safe.hub.publishing.publish import publish
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.storage import shards
from hf_unsafe2safe.training.triplets.diffusers_order import for_diffusers
from hf_unsafe2safe.training.triplets.features import FEATURES, MANIFEST
from hf_unsafe2safe.training.triplets.groups import NEAR_DUPLICATE
from hf_unsafe2safe.training.triplets.make import make_triplets
from hf_unsafe2safe.training.triplets.place import building
from hf_unsafe2safe.training.triplets.read import open_triplets
from tests.training.triplets.samples import HOPPER, photos


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out") / "triplets"
    make_triplets(made / "result", made / "photos", folder, validation=0.4, keep_reidentified=True)
    return folder


def rows(folder):
    opened = open_triplets(folder)
    return [*opened.train, *opened.validation]


def pixels(cell):
    return np.asarray(PIL.Image.open(io.BytesIO(cell["bytes"])))


def test_a_triplet_is_an_original_its_edit_and_the_texts(folder):
    found = {row["row"]: row for row in rows(folder)}
    files = list(photos().values())
    assert set(found) == HOPPER | {"train/0", "train/5"}
    for name, row in found.items():
        before, after, mask = (pixels(row[c]) for c in ("original_image", "edited_image", "mask"))
        own = PIL.Image.open(io.BytesIO(files[int(name.partition("/")[2])]))
        assert np.array_equal(before, np.asarray(own))
        assert before.shape == after.shape
        changed = (before != after).reshape(*mask.shape, -1).any(axis=2)
        assert set(np.unique(mask)) == {0, 255}
        assert not (changed & (mask == 0)).any()
        assert row["scores"]["edited_fraction"] == pytest.approx((mask == 255).mean())
        assert row["public_caption"] in row["edit_instruction"]  # as the template writes it
        assert "neutral and made up" in row["combined_caption"]
        assert row["private_caption"]
        assert row["scores"]["clip_ratio"] is None
        assert row["kinds"] == ["face"]
    assert found["train/0"]["scores"]["face_distance"] > 0.3


def test_no_picture_and_no_person_is_in_both_splits(folder):
    opened = open_triplets(folder)
    train, validation = ({row["group"] for row in part} for part in (opened.train, opened.validation))
    assert train
    assert validation
    assert not train & validation
    assert len({row["group"] for row in rows(folder) if row["row"] in HOPPER}) == 1
    assert len(train | validation) == 3
    before = {row["row"]: pixels(row["original_image"]) for row in rows(folder)}
    one, other = (look["bits"] for look in PhashLook().look([before["train/1"], before["train/4"]]))
    assert (one != other).sum() > NEAR_DUPLICATE  # it was the face


def test_the_manifest_counts_and_names_nothing(folder, made):
    manifest = open_triplets(folder).manifest
    assert manifest["counts"] == {"kept": 6, "no image": 1, "safe": 1}
    assert sum(manifest["rows"].values()) == 6
    assert manifest["clip"].startswith("not run")
    assert manifest["result"]["config_digest"]
    for name in (MANIFEST, "README.md"):
        text = (folder / name).read_text()
        assert not [word for word in (str(made), "hopper", "A photo", "photo of") if word in text]
    assert "private: true" in (folder / "README.md").read_text()
    assert "private, holds originals" in (folder / "README.md").read_text()


def test_all_of_it_is_for_its_owner_only(folder):
    for root, _, files in os.walk(folder):
        if ".arrow" in root:
            continue  # behind the closed folder
        assert stat.S_IMODE(os.stat(root).st_mode) == 0o700
        for name in set(files) - {".gitignore"}:
            assert stat.S_IMODE(os.stat(os.path.join(root, name)).st_mode) == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
    assert not [p for p in folder.parent.iterdir() if p.name.startswith(".")]


def test_files_are_bounded(made, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 1)
    monkeypatch.setattr(shards, "BYTES_A_SHARD", 1)
    make_triplets(made / "result", made / "photos", tmp_path / "out", validation=0.4, keep_reidentified=True)
    opened = open_triplets(tmp_path / "out")
    names = sorted(p.name for p in (tmp_path / "out" / "data").iterdir())
    counts = opened.manifest["rows"]
    assert names == [f"{s}-{i:05d}-of-{n:05d}.parquet" for s, n in counts.items() for i in range(n)]
    assert rows(tmp_path / "out") == rows(folder)


def test_load_dataset_opens_both_splits(folder, tmp_path):
    loaded = load_dataset(str(folder), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == open_triplets(folder).manifest["rows"]
    assert loaded["train"].features == FEATURES


def test_columns_as_diffusers_wants_them(folder):
    train = open_triplets(folder).train
    found = for_diffusers(train, text="combined_caption")
    assert found.column_names == ["input_image", "edit_prompt", "edited_image"]
    assert found["edit_prompt"] == train["combined_caption"]
    with pytest.raises(DatasetError, match="no such text"):
        for_diffusers(train, text="mask")


def test_who_is_recognised_is_left_out(made, tmp_path):
    found = make_triplets(
        made / "result", made / "photos", tmp_path / "kept", validation=0, keep_reidentified=True
    )
    near = [r for r in rows(tmp_path / "kept") if (r["scores"]["face_distance"] or 9) < 0.6]
    strict = make_triplets(made / "result", made / "photos", tmp_path / "out", validation=0)
    assert strict.counts.get("re-identified", 0) == len(near)
    assert strict.rows["train"] == found.rows["train"] - len(near)
    assert all((r["scores"]["face_distance"] or 9) >= 0.6 for r in rows(tmp_path / "out"))


def test_triplets_are_never_published(folder):
    parts = open_triplets(folder)
    for given in (folder, str(folder), parts.train, {"train": parts.train}):
        with pytest.raises(PublishError, match=r"hold originals.*sanitized result.*editor"):
            publish(given, "me/triplets", dry_run=True)


def test_nor_is_what_is_made_of_them_by_mistake(folder, tmp_path):
    fakes = testing.fakes(store=None)
    with pytest.raises(DatasetError, match="Several image columns"):
        materialize(folder / "data", tmp_path / "all", fakes)
    with pytest.raises(DatasetError, match="These columns exist already"):
        materialize(folder / "data", tmp_path / "one", {**fakes, "image_column": "edited_image"})
    assert not list(tmp_path.glob("**/*.parquet"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clip_text": "caption"}, "clip_text must be one of"),
        ({"clip_ratio": float("nan")}, "clip_ratio"),
        ({"validation": 1.0}, "validation"),
        ({"balance": "size"}, "balance"),
        ({"seed": -1}, "seed"),
        ({"limit": 0}, "limit"),
    ],
)
def test_arguments_that_cannot_be(made, tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        make_triplets(made / "result", made / "photos", tmp_path / "out", **options)


def test_places_that_are_refused(made, folder, tmp_path):
    (tmp_path / "file").write_text("mine")
    cases = {
        "inside each other": made / "photos" / "out",  # among the originals
        "lie inside": made / "result" / "out",  # where a result is published from
        "something else": tmp_path,
        "not a folder": tmp_path / "file",
        "triplets already": folder,
    }
    for message, place in cases.items():
        with pytest.raises(ConfigError, match=message) as error:
            make_triplets(made / "result", made / "photos", place)
        assert str(tmp_path) not in str(error.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.slow
def test_other_originals_are_refused_and_nothing_is_left(made, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in photos():
        (tmp_path / "photos" / name).write_bytes(photos()["6_coffee.png"])
    with pytest.raises(DatasetError, match="made from another image"):
        make_triplets(made / "result", tmp_path / "photos", tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["photos"]


def test_a_disk_that_refuses_and_a_run_that_was_killed(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written: No space left"), building(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))
    assert not list(tmp_path.iterdir())
    left = tmp_path / ".out.unfinished"
    left.mkdir()
    (left / "file").write_text("of a run that was killed")
    with building(tmp_path / "out") as part:
        assert [p.name for p in part.iterdir()] == [".gitignore"]
        assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_is_damaged_or_of_another_version_is_said(made, tmp_path):
    out = tmp_path / "out"
    make_triplets(made / "result", made / "photos", out, validation=0, limit=2, keep_reidentified=True)
    assert open_triplets(out).validation.num_rows == 0
    with pytest.raises(DatasetError, match="no triplets"):
        open_triplets(tmp_path)
    part = next((out / "data").glob("*.parquet"))
    part.rename(tmp_path / "away")
    with pytest.raises(DatasetError, match="Make them again"):
        open_triplets(out)
    manifest = json.loads((out / MANIFEST).read_text())
    (out / MANIFEST).write_text(json.dumps({**manifest, "format": "unsafe2safe-triplets/0"}))
    with pytest.raises(DatasetError, match="another version"):
        open_triplets(out)
    make_triplets(made / "result", made / "photos", out, validation=0, limit=1, overwrite=True)
    assert open_triplets(out).train.num_rows == 1


def test_two_datasets_are_matched_too(made, folder, tmp_path):
    known = rows(folder)
    features = {"image": Image(decode=False)}
    before = Dataset.from_list([{"image": row["original_image"]} for row in known]).cast_column(
        "image", Image()
    )
    texts = [{n: row[n] for n in ("public_caption", "edit_instruction")} for row in known]
    texts[0]["edit_instruction"] = ""
    cells = [row["edited_image"] for row in known]
    cells[1] = known[1]["original_image"]  # a copy
    after = Dataset.from_list([{"image": c, **t} for c, t in zip(cells, texts, strict=True)])
    made_of = after.cast_column("image", features["image"])
    found = make_triplets(made_of, before, tmp_path / "out", validation=0, keep_reidentified=True)
    assert found.counts == {"no instruction": 1, "copy": 1, "kept": 4}
    digests = {hashlib.sha256(row["original_image"]["bytes"]).hexdigest() for row in rows(tmp_path / "out")}
    assert digests <= {hashlib.sha256(row["original_image"]["bytes"]).hexdigest() for row in known[2:]}
