"""What the decisions make of a result: the rows that a person named, and nothing else."""

import hashlib
import json
import stat
import tempfile
from pathlib import Path

import numpy as np
import pytest
from datasets import load_dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.detectors import faces
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.manifest import read_manifest
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.review import apply_review, export_review
from hf_unsafe2safe.review.candidate import candidate_of
from hf_unsafe2safe.review.decisions import DECISIONS
from hf_unsafe2safe.sources import load_source
from hf_unsafe2safe.storage import shards
from hf_unsafe2safe.taxonomy import ACTIONS, STATUSES
from tests.photos import FOLDER, rgb
from tests.review.samples import MAGENTA, POLICY, PRIVATE, ROWS, build, decide, hashes, rgb_of, rows, shows


def actions(row):
    return {ACTIONS[region["action"]] for region in row["risk_regions"]}


def test_the_decisions(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_0="keep_by_consent", train_3="drop", train_5="accept_fill")
    apply_review(result, review, source, tmp_path / "new")
    before, after = rows(result), rows(tmp_path / "new")
    assert [(STATUSES[row["privacy_status"]], row["provenance"]["reason"]) for row in after] == [
        ("safe", "kept_by_reviewer"),
        ("safe", "nothing_to_edit"),
        ("edited", "edited_and_verified"),
        ("rejected", "dropped_by_reviewer"),
        ("failed", "inspect_failed"),
        ("edited", "accepted_by_reviewer"),
    ]
    assert [after[i] for i in (1, 2, 4)] == [before[i] for i in (1, 2, 4)]
    assert rows(result, "private") == rows(tmp_path / "new", "private")
    kept, dropped, accepted = after[0], after[3], after[5]
    assert np.array_equal(rgb_of(kept["image"]["bytes"]), rgb_of(ROWS["train/0"]))
    assert b"Quasimodo" not in kept["image"]["bytes"]
    assert (actions(kept), kept["edit_instruction"]) == ({"kept"}, None)
    assert (kept["provenance"]["kept_by_consent"], kept["provenance"]["edited_fraction"]) == (1, 0)
    assert (dropped["image"], dropped["provenance"]["seed"]) == (None, 0)
    assert accepted["image"]["bytes"] == (review / "images" / "train-5-filled.webp").read_bytes()
    assert actions(accepted) == {"edited"}
    original = open_image(ROWS["train/5"])
    candidate = candidate_of(original, before[5]["risk_regions"], POLICY["edit"], "auto")
    assert candidate.data == accepted["image"]["bytes"]
    assert accepted["provenance"]["edited_fraction"] == pytest.approx(candidate.edited_fraction)


def test_a_row_that_is_dropped_loses_what_came_from_its_image(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_0="drop")
    apply_review(result, review, source, tmp_path / "new")
    assert rows(result)[0]["provenance"]["seed"] > 0
    provenance = rows(tmp_path / "new")[0]["provenance"]
    assert (provenance["seed"], provenance["edited_fraction"]) == (0, 0)


def test_the_manifest_and_the_card(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_0="drop", train_3="drop", train_5="accept_fill")
    manifest = apply_review(result, review, source, tmp_path / "new")
    old, new = read_manifest(result), read_manifest(tmp_path / "new")
    changed = {"statuses", "splits", "reasons", "files", "created", "reviewed"}
    assert {name for name in new if new[name] != old[name]} - {"created"} == changed - {"created"}
    assert new["statuses"] == {"safe": 1, "edited": 2, "rejected": 2, "failed": 1}
    assert new["splits"] == {"train": new["statuses"]}
    assert (new["reasons"]["dropped_by_reviewer"], new["reviewed"]) == (2, {"accept_fill": 1, "drop": 2})
    assert [trouble.row for trouble in manifest.troubles] == ["train/0", "train/3", "train/4"]
    sentence = "A person who saw the originals decided on rows (accept_fill 1, drop 2)"
    assert sentence in (tmp_path / "new" / "README.md").read_text()
    assert "who saw the originals" not in (result / "README.md").read_text()
    loaded = load_dataset(str(tmp_path / "new"), split="train")
    assert loaded.features == load_dataset(str(result), split="train").features


def test_a_second_review_counts_on(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_0="drop", train_5="accept_fill")
    apply_review(result, review, source, tmp_path / "new")
    assert export_review(tmp_path / "new", source, tmp_path / "again") == {"failed": 2}
    decide(tmp_path / "again", train_3="drop")
    last = apply_review(tmp_path / "new", tmp_path / "again", source, tmp_path / "newest")
    assert last.reviewed == {"accept_fill": 1, "drop": 2}


def test_without_decisions_the_data_stays_byte_for_byte(made, tmp_path):
    source, result, review, _ = made
    apply_review(result, review, source, tmp_path / "new")
    name = "train-00000-of-00001.parquet"
    for part in ("data", "private"):
        assert (result / part / name).read_bytes() == (tmp_path / "new" / part / name).read_bytes()
    assert stat.S_IMODE((tmp_path / "new" / "private" / name).stat().st_mode) == 0o600


def test_rows_of_several_splits_and_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 2)
    monkeypatch.setattr(shards, "BYTES_A_SHARD", 1)
    for split in ("train", "test"):
        for i in range(5):
            (tmp_path / "in" / split).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / split / f"{i}.png").write_bytes(testing.with_face(box=(i, i, i + 9, i + 9)))
    source = load_source(str(tmp_path / "in"))
    materialize(source, tmp_path / "out", testing.fakes(policy={"edit": {"face": 0.85}}))
    assert export_review(tmp_path / "out", source, tmp_path / "review") == {"near_threshold": 10}
    decide(tmp_path / "review", train_3="drop", test_4="keep_by_consent")
    apply_review(tmp_path / "out", tmp_path / "review", source, tmp_path / "new")
    loaded = load_dataset(str(tmp_path / "new"))
    assert loaded["train"]["privacy_status"] == [1, 1, 1, 2, 1]
    assert loaded["test"]["privacy_status"] == [1, 1, 1, 1, 0]
    assert np.asarray(loaded["test"][4]["image"])[5, 5].tolist() == list(MAGENTA)


def test_no_original_is_published_unless_a_person_says_so(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_0="accept_fill", train_5="accept_fill")
    apply_review(result, review, source, tmp_path / "new")
    images = [rgb_of(row["image"]["bytes"]) for row in rows(tmp_path / "new") if row["image"]]
    assert len(images) == 4
    assert not any(shows(image, colour) for image in images for colour in testing.COLOURS.values())
    public = [p for p in (tmp_path / "new").rglob("*") if p.is_file() and p.parent.name != "private"]
    contents = [*(path.read_bytes() for path in public), repr(rows(tmp_path / "new")).encode()]
    for word in (*PRIVATE, str(tmp_path), *hashes(result)):
        assert not any(word.encode() in data for data in contents), word


def test_what_is_only_labelled_can_be_filled(tmp_path):
    source, result = build(tmp_path, policy={"edit": {"face": 0.95}})
    assert export_review(result, source, tmp_path / "review") == {
        "rejected": 1,
        "failed": 2,
        "near_threshold": 1,
    }
    decide(tmp_path / "review", train_0="accept_fill")
    apply_review(result, tmp_path / "review", source, tmp_path / "new")
    before, after = rows(result)[0], rows(tmp_path / "new")[0]
    assert STATUSES[before["privacy_status"]] == "safe"
    assert shows(rgb_of(before["image"]["bytes"]), MAGENTA)
    assert not shows(rgb_of(after["image"]["bytes"]), MAGENTA)


@settings(max_examples=15, deadline=None)
@given(
    words=st.fixed_dictionaries(
        {
            "train_0": st.sampled_from(["", *DECISIONS]),
            "train_3": st.sampled_from(["", "drop"]),
            "train_4": st.sampled_from(["", "drop", "keep_by_consent"]),
            "train_5": st.sampled_from(["", *DECISIONS]),
        }
    )
)
def test_whatever_is_decided_the_rows_are_whole(made, words):
    source, result, review, _ = made
    decide(review, **words)
    with tempfile.TemporaryDirectory() as folder:
        manifest = apply_review(result, review, source, f"{folder}/new")
        before, after = rows(result), rows(Path(folder, "new"))
    decide(review)
    assert len(before) == len(after) == manifest.rows
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        assert (new["image"] is not None) == (STATUSES[new["privacy_status"]] in ("safe", "edited"))
        assert all(old[name] == new[name] for name in ("public_caption", "risk_labels", "privacy_flag"))
        assert words.get(f"train_{i}") or old == new


def test_another_picture_is_refused(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_5="accept_fill")
    filled = review / "images" / "train-5-filled.webp"
    filled.write_bytes((review / "images" / "train-5-original.png").read_bytes())
    with pytest.raises(ConfigError, match="filled picture of row train/5 is not the one"):
        apply_review(result, review, source, tmp_path / "new")
    filled.unlink()
    with pytest.raises(ConfigError, match="filled picture of row train/5 is not the one"):
        apply_review(result, review, source, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_index_that_names_another_file_is_refused(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_5="accept_fill")
    index = review / "review.json"
    for other in (review / "images" / ".." / "review.json", FOLDER / "people_astronaut.jpg"):
        values = json.loads(index.read_text())
        entry = values["rows"]["train/5"]["candidate"]
        entry |= {"path": str(other), "sha256": hashlib.sha256(other.read_bytes()).hexdigest()}
        kept = index.read_bytes()
        index.write_text(json.dumps(values))
        with pytest.raises(ConfigError, match="filled picture of row train/5 is not the one"):
            apply_review(result, review, source, tmp_path / "new")
        index.write_bytes(kept)


def test_another_original_is_refused(reviewed, tmp_path):
    source, result, review = reviewed
    decide(review, train_5="keep_by_consent")
    (source.root / "f_Rumpelstilz.png").write_bytes(testing.blank())
    with pytest.raises(DatasetError, match="Row train/5 of the result was made from another image"):
        apply_review(result, review, source, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_another_result_is_refused(reviewed, tmp_path):
    source, result, review = reviewed
    manifest = result / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    with pytest.raises(DatasetError, match="The review was made of another result"):
        apply_review(result, review, source, tmp_path / "new")
    manifest.write_text(manifest.read_text().replace('"schema_version": "', '"schema_version": "0'))
    with pytest.raises(DatasetError, match="made by another version"):
        apply_review(result, review, source, tmp_path / "new")


def test_what_is_not_whole_is_refused(reviewed, tmp_path):
    source, result, review = reviewed
    (review / "review.json").unlink()
    with pytest.raises(DatasetError, match="no finished review"):
        apply_review(result, review, source, tmp_path / "new")
    (shard,) = (result / "private").glob("*.parquet")
    shard.write_bytes(b"junk")
    with pytest.raises(DatasetError, match="not whole in its folder 'private'"):
        apply_review(result, review, source, tmp_path / "new")
    shard.unlink()
    with pytest.raises(DatasetError, match="not whole in its folder 'private'"):
        apply_review(result, review, source, tmp_path / "new")
    with pytest.raises(ConfigError, match="output folder and the review lie inside each other"):
        apply_review(result, review, source, review / "new")


def test_a_real_face(tmp_path):
    name = "people_astronaut.jpg"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes((FOLDER / name).read_bytes())
    score = faces.find(rgb(name))[0].score
    source = load_source(str(tmp_path / "in"))
    materialize(source, tmp_path / "out", {"policy": {"edit": {"face": score - 0.05}}})
    export_review(tmp_path / "out", source, tmp_path / "review")
    decide(tmp_path / "review", train_0="accept_fill")
    apply_review(tmp_path / "out", tmp_path / "review", source, tmp_path / "new")
    image = rgb_of(rows(tmp_path / "new")[0]["image"]["bytes"])
    assert all(found.score < score - 0.3 for found in faces.find(image))
    assert (image == rgb(name)).all(axis=-1).mean() > 0.9
