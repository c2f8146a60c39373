"""Commands for large datasets: shards and merge, retry, streams, the row store, and where an original is."""

import json
import re
import stat

import pytest
from datasets import load_dataset
from typer.testing import CliRunner

from hf_unsafe2safe import config, testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.storage.store import cache_folder


@pytest.fixture(autouse=True)
def _fake_preset(monkeypatch):
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "Wolpertinger"
    root.mkdir()
    for i in range(7):
        (root / f"{i}_Rumpelstilz.png").write_bytes(testing.with_face(box=(i, 3, i + 9, 12)))
    return root


def call(*arguments, given=None):
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_shards_and_merge(photos, tmp_path):
    out = tmp_path / "out"
    for i in range(3):
        code, text, _ = call("sanitize", photos, "-o", out, "--shard", f"{i}/3")
        assert code == 0
        assert f"Shard {i}/3 is finished.\nNext, after all others: unsafe2safe merge {out}" in text
    assert not (out / "manifest.json").exists()
    code, text, _ = call("merge", out)
    assert code == 0
    assert "edited          7   100.0%" in text
    assert len(load_dataset(str(out), split="train")) == 7


WRONG = {
    "merge nothing": (["merge", "OUT"], "There is nothing to merge in this folder."),
    "shard": (["sanitize", "PHOTOS", "-o", "OUT", "--shard", "1of3"], "shard '1of3' is not I/N."),
    "shard too high": (["sanitize", "PHOTOS", "-o", "OUT", "--shard", "3/3"], "shard 3/3 is none."),
    "retry": (["sanitize", "PHOTOS", "-o", "OUT", "--retry", "all"], "retry 'all' is not known."),
    "retry nothing": (["sanitize", "PHOTOS", "-o", "OUT", "--retry", "failed"], "no finished result"),
    "locate nothing": (["locate", "OUT", "train/0"], "There is no finished result in this folder."),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls(photos, tmp_path, name):
    arguments, words = WRONG[name]
    places = {"PHOTOS": photos, "OUT": tmp_path / "out"}
    code, _, err = call(*(places.get(a, a) for a in arguments))
    assert code == 2
    assert words in err
    assert str(tmp_path) not in err


def test_the_same_command_again(photos, tmp_path):
    first = call("sanitize", photos, "-o", tmp_path / "out")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    again = call("sanitize", photos, "-o", tmp_path / "out")
    assert again == first
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")} == times
    code, _, err = call("sanitize", photos, "-o", tmp_path / "out", "--seed", "3")
    assert code == 2
    assert "seed was 0 and is 3" in err
    assert "Pass --overwrite to replace it" in err


def test_retry(photos, tmp_path):
    (photos / "late.png").symlink_to("nowhere")
    code, text, _ = call("sanitize", photos, "-o", tmp_path / "out")
    assert code == 3
    assert "  1 may not fail again: run the same command with --retry failed" in text
    (photos / "late.png").unlink()
    (photos / "late.png").write_bytes(testing.blank())
    code, text, _ = call("sanitize", photos, "-o", tmp_path / "out", "--retry", "failed")
    assert code == 0
    assert "safe            1    12.5%" in text


def test_streaming(photos, tmp_path):
    call("sanitize", photos, "-o", tmp_path / "one")
    table = next((tmp_path / "one" / "data").iterdir())
    safe = load_dataset("parquet", data_files=str(table), split="train").select_columns(["image"])
    safe.to_parquet(tmp_path / "rows.parquet")
    code, _, _ = call("sanitize", tmp_path / "rows.parquet", "-o", tmp_path / "out", "--streaming")
    assert code == 0
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["rows"] == 7


@pytest.mark.parametrize(("options", "kept"), [([], 7), (["--store", "none"], 0)])
def test_the_row_store(photos, tmp_path, options, kept):
    call("sanitize", photos, "-o", tmp_path / "one", *options)
    _, text, _ = call("sanitize", photos, "-o", tmp_path / "two", *options)
    assert ("Rows read from the row store: 7" in text) == bool(kept)
    _, text, _ = call("cache", "info")
    assert str(cache_folder()) in text
    assert bool(re.search(rf"^total +{kept} ", text, re.MULTILINE)) == bool(kept)


def test_a_store_elsewhere(photos, tmp_path):
    call("sanitize", photos, "-o", tmp_path / "one", "--store", tmp_path / "mine")
    assert len(list((tmp_path / "mine").rglob("*.row"))) == 7
    assert not list(cache_folder().rglob("*.row"))
    assert "mine" not in (tmp_path / "one" / "manifest.json").read_text()


def test_cache_clear(photos, tmp_path):
    call("sanitize", photos, "-o", tmp_path / "one")
    assert call("cache", "clear", given="n\n")[0] == 1
    assert len(list(cache_folder().rglob("*.row"))) == 7
    assert call("cache", "clear", "--older-than", "1", "--yes")[1] == "Rows deleted: 0\nLooks deleted: 0\n"
    code, _, err = call("cache", "clear", "--config", "0" * 16, "--yes")
    assert (code, "no rows of this configuration" in err) == (2, True)
    assert call("cache", "clear", "--yes")[1] == "Rows deleted: 7\nLooks deleted: 0\n"
    assert "No rows are kept." in call("cache", "info")[1]


def test_locate(photos, tmp_path):
    out = tmp_path / "out"
    call("sanitize", photos, "-o", out)
    code, text, _ = call("locate", out, "train/3")
    assert (code, text) == (0, f"{photos / '3_Rumpelstilz.png'}\n")
    for row in ("train/7", "test/0", "train/x", "train", "../0"):
        code, _, err = call("locate", out, row)
        assert code == 2
        assert "has no row" in err
    assert stat.S_IMODE((out / "private").stat().st_mode) == 0o700


def test_locate_where_images_are_in_tables(photos, tmp_path):
    call("sanitize", photos, "-o", tmp_path / "one")
    rows = load_dataset(str(tmp_path / "one"), split="train").select_columns(["image"])
    rows.to_parquet(tmp_path / "rows.parquet")
    call("sanitize", tmp_path / "rows.parquet", "-o", tmp_path / "out")
    code, _, err = call("locate", tmp_path / "out", "train/3")
    assert code == 2
    assert "gave no path for row train/3: its images are inside tables. It is row 3" in err


def test_help_names_the_exit_codes():
    _, text, _ = call("sanitize", "--help")
    assert "130 by Ctrl-C" in " ".join(text.split())
