"""What was loaded by name before: a note that nobody depends on."""

import json
import stat

import pytest

from hf_unsafe2safe.hub.loading.remembered import FILE, Place, Remembered, recall, remember
from hf_unsafe2safe.storage.store import cache_folder

PLACE = Place("org/safe", "safe", "default", "0.0.0", "abc")
ONE = Remembered("org/raw", None, None, PLACE, repo_id="org/safe", commit="abc")
TWO = Remembered("org/raw", None, None, PLACE, made_with="digest")


def test_the_newest_comes_first_and_each_once():
    for loaded in (ONE, TWO, ONE):
        remember(loaded)
    assert list(recall("ORG/raw", None, None)) == [ONE, TWO]
    assert stat.S_IMODE((cache_folder() / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "call", [("org/raw2", None, None), ("org/raw", "small", None), ("org/raw", None, "v1")]
)
def test_another_call_is_another_thing(call):
    remember(ONE)
    assert list(recall(*call)) == []


# what a damaged file, or one of another version, holds
@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[{"name": "org/raw"}]', '[{"place": 1}]', "\udcff"])
def test_a_damaged_note_is_no_note(text):
    (cache_folder() / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert list(recall("org/raw", None, None)) == []
    remember(ONE)
    assert list(recall("org/raw", None, None)) == [ONE]
    assert json.loads((cache_folder() / FILE).read_text())[0]["name"] == "org/raw"


def test_where_nothing_can_be_written_the_load_goes_on(tmp_path, monkeypatch, caplog):
    (tmp_path / "Wolpertinger").write_text("a file, not a folder")
    monkeypatch.setenv("UNSAFE2SAFE_CACHE", str(tmp_path / "Wolpertinger"))
    caplog.set_level("INFO")
    remember(ONE)
    assert list(recall("org/raw", None, None)) == []
    assert "cannot be noted" in caplog.text
    assert "Wolpertinger" not in caplog.text
