"""Parts of a result that several jobs make, and rows that are tried again."""

import json
import shutil
from datetime import datetime

import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image, Value, load_dataset

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, DatasetError, Unsafe2SafeError
from hf_unsafe2safe.merge import merge
from tests.runs import damage, make, parquet, photos, picture, small_groups, stopping_after

FIXTURES = (photos, small_groups)


def test_retry(photos, tmp_path):
    out = tmp_path / "out"
    first = make(photos, out)
    assert first.reasons["missing"] == 1
    before = {p.name: (p.stat().st_ino, p.read_bytes()) for p in (out / "data").iterdir()}
    (photos / "51.png").unlink()
    (photos / "51.png").write_bytes(testing.with_text())
    manifest = make(photos, out, retry_failed=True)
    assert "missing" not in manifest.reasons
    assert manifest.reasons["not_an_image"] == 1
    assert manifest.statuses["edited"] == first.statuses["edited"] + 1
    after = {p.name: (p.stat().st_ino, p.read_bytes()) for p in (out / "data").iterdir()}
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["train-00005-of-00006.parquet"]
    rows = pq.read_table(out / "private", columns=["row"])["row"].to_pylist()
    assert rows == [f"train/{i}" for i in range(23)]
    assert load_dataset(str(out), split="train")[22]["image"].size == (48, 32)
    assert json.loads((out / "manifest.json").read_text())["files"] == manifest.files
    assert make(photos, out).files == manifest.files  # once more without retry does nothing
    # as if it had been there from the beginning
    make(photos, tmp_path / "whole")
    assert parquet(out) == parquet(tmp_path / "whole")


def test_retry_when_nothing_may_pass(photos, tmp_path):
    (photos / "51.png").unlink()
    make(photos, tmp_path / "out")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    make(photos, tmp_path / "out", retry_failed=True)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == before


def test_retry_needs_a_result(photos, tmp_path):
    with pytest.raises(ConfigError, match="no finished result"):
        make(photos, tmp_path / "out", retry_failed=True)
    make(photos, tmp_path / "out")
    with pytest.raises(ConfigError, match="seed was 0 and is 1"):
        make(photos, tmp_path / "out", retry_failed=True, stages={"seed": 1})


def test_shards_of_jobs_become_one_result(photos, tmp_path):
    whole = make(photos, tmp_path / "whole")
    out = tmp_path / "out"
    for i in (2, 0, 1):
        assert make(photos, out, shard=(i, 3)) is None
    manifest = merge(out)
    assert (manifest.rows, manifest.statuses, manifest.reasons) == (whole.rows, whole.statuses, whole.reasons)
    one, all_ = (
        load_dataset(str(tmp_path / name), split="train").cast_column("image", Image(decode=False))
        for name in ("out", "whole")
    )
    assert one.to_list() == all_.to_list()
    beside = [pq.read_table(tmp_path / name / "private").to_pylist() for name in ("out", "whole")]
    assert beside[0] == beside[1]
    assert not (out / ".unfinished").exists()
    assert merge(out).files == manifest.files  # once more does nothing


def test_a_merge_needs_every_shard(photos, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ConfigError, match="nothing to merge"):
        merge(out)
    make(photos, out, shard=(0, 3))
    with pytest.raises(KeyboardInterrupt):
        make(photos, out, shard=(2, 3), progress=stopping_after(5))
    with pytest.raises(ConfigError, match="2 of 3 shards are not complete: 1/3, 2/3"):
        merge(out)
    assert not (out / "manifest.json").exists()


def test_a_merge_checks_the_files(photos, tmp_path):
    out = tmp_path / "out"
    for i in range(2):
        make(photos, out, shard=(i, 2))
    damage(out / ".unfinished" / "part-00001-of-00002" / "data" / "train-00000.parquet")
    with pytest.raises(ConfigError, match=r"1 files are not as they were written: train-00000.parquet"):
        merge(out)
    make(photos, out, shard=(1, 2))
    assert merge(out).rows == 23


def test_a_merge_refuses_rows_that_are_there_twice(photos, tmp_path):
    out = tmp_path / "out"
    for i in range(2):
        make(photos, out, shard=(i, 2))
    first, second = (out / ".unfinished" / f"part-0000{i}-of-00002" for i in range(2))
    shutil.rmtree(second)
    shutil.copytree(first, second)
    with pytest.raises(Unsafe2SafeError, match="not whole: rows are missing, are there twice"):
        merge(out)
    assert not (out / "manifest.json").exists()


def test_shards_of_different_settings_do_not_merge(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out, shard=(0, 2))
    with pytest.raises(ConfigError, match="unfinished run with other settings: seed was 0 and is 3"):
        make(photos, out, shard=(1, 2), stages={"seed": 3})  # before it has done any work
    make(photos, out, shard=(1, 2), stages={"seed": 3}, overwrite=True)
    with pytest.raises(ConfigError, match="different settings: seed was 0 and is 3"):
        merge(out)
    with pytest.raises(ConfigError, match="parts of a run in 2 shards"):
        make(photos, out, shard=(1, 3))


WRONG = [
    ({"shard": (3, 3)}, "shard 3/3 is none"),
    ({"shard": (-1, 3)}, "shard -1/3 is none"),
    ({"shard": (0, 0)}, "0 shards are none"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_wrong_shards(photos, tmp_path, options, words):
    with pytest.raises(ConfigError, match=words):
        make(photos, tmp_path / "out", **options)


def test_a_retry_looks_at_the_source_first(photos, tmp_path):
    make(photos, tmp_path / "out")
    a, b = photos / "00.png", photos / "02.png"
    first = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(first)
    with pytest.raises(ConfigError, match="row train/0 is another image"):
        make(photos, tmp_path / "out", retry_failed=True)


def test_a_retry_blesses_no_damaged_file(photos, tmp_path):
    make(photos, tmp_path / "out")
    damage(tmp_path / "out" / "data" / "train-00001-of-00006.parquet")
    with pytest.raises(DatasetError, match="not as it was written"):
        make(photos, tmp_path / "out", retry_failed=True)


def test_a_finished_part_again_does_nothing(photos, tmp_path):
    for _ in range(2):
        assert make(photos, tmp_path / "out", shard=(1, 2)) is None


def test_a_result_is_not_replaced_in_shards(photos, tmp_path):
    make(photos, tmp_path / "out")
    with pytest.raises(ConfigError, match="not replaced in shards"):
        make(photos, tmp_path / "out", shard=(0, 2))


def test_types_that_parquet_changes(tmp_path):
    rows = {"image": [{"bytes": picture(1), "path": None}, {"bytes": None, "path": str(tmp_path / "a.png")}]}
    features = Features({"image": Image(decode=False), "at": Value("timestamp[s]")})
    data = Dataset.from_dict({**rows, "at": [datetime(2026, 1, 1), None]}, features=features)
    make(data, tmp_path / "out")
    (tmp_path / "a.png").write_bytes(picture(2))
    assert make(data, tmp_path / "out", retry_failed=True).statuses["edited"] == 2
    make(data, tmp_path / "whole")
    assert parquet(tmp_path / "out") == parquet(tmp_path / "whole")
