"""The catalogs in files: what people may write into theirs, and what comes of mistakes."""

import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.hub.catalog.entries import Entry, parse, text_of
from hf_unsafe2safe.hub.catalog.files import OWN, SHIPPED, add, entries


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "Wolpertinger"
    monkeypatch.setenv("UNSAFE2SAFE_SETTINGS", str(folder))
    return folder


def own():
    return [entry for where, entry in entries() if where == OWN]


def test_nothing_is_shipped_yet_and_nothing_is_written_by_reading(folder):
    assert list(entries()) == []
    assert not folder.exists()


def test_added_entries_come_first_and_are_for_their_owner_only(folder):
    add(Entry("org/raw", "org/raw-safe"))
    add(Entry("org/other", "me/other-safe", "small", "v1"))
    assert own() == [Entry("org/other", "me/other-safe", "small", "v1"), Entry("org/raw", "org/raw-safe")]
    assert stat.S_IMODE((folder / "catalog.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert SHIPPED not in [where for where, _ in entries()]


def test_an_entry_replaces_the_one_of_the_same_source_and_configuration():
    add(Entry("org/raw", "org/a"))
    add(Entry("org/raw", "org/b", "small"))
    add(Entry("Org/Raw", "org/c"))
    assert own() == [Entry("Org/Raw", "org/c"), Entry("org/raw", "org/b", "small")]


# text of a catalog -> what the error says
DAMAGED = [
    ("source: a/b", "must be a list"),
    ("- a/b", "an entry of another form"),
    ("- {source: a/b}", "an entry of another form"),  # no safe variant
    ("- {source: a/b, safe: a/c, safe_split: x}", "an entry of another form"),  # an unknown key
    ("- {source: a/b, safe: 7}", "safe cannot be 7"),
    ("- {source: a/b, safe: a/c, config: null, revision: 1.0}", "revision cannot be 1.0"),  # no text in YAML
    ("- {source: ../b, safe: a/c}", "source cannot be '../b'"),
    ("- {source: a/b, safe: A/B}", "are the same"),
    ("- [", r"no valid YAML \(line 2\)"),
    ("- !!python/object/apply:os.getcwd []", "no valid YAML"),  # nothing in it is run
]


@pytest.mark.parametrize(("text", "message"), DAMAGED)
def test_a_damaged_catalog_is_told_and_left_alone(folder, text, message):
    folder.mkdir()
    (folder / "catalog.yaml").write_text(text + "\n")
    with pytest.raises(ConfigError, match=message) as caught:
        list(entries())
    assert "Wolpertinger" not in str(caught.value)
    with pytest.raises(ConfigError):
        add(Entry("x/y", "x/z"))
    assert (folder / "catalog.yaml").read_text() == text + "\n"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "[]"])
def test_an_empty_catalog(folder, text):
    folder.mkdir()
    (folder / "catalog.yaml").write_text(text)
    assert own() == []


def test_a_catalog_that_is_no_text(folder):
    folder.mkdir()
    (folder / "catalog.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="it is no text"):
        list(entries())


# entry's configuration, asked for -> is it of it?
OF = [
    (None, None, True),
    (None, "small", True),
    ("small", None, True),
    ("small", "small", True),
    ("a", "b", False),
]


@pytest.mark.parametrize(("has", "asked", "expected"), OF)
def test_configurations(has, asked, expected):
    entry = Entry("org/raw", "org/safe", has)
    assert entry.is_of("ORG/raw", asked) is expected
    assert not entry.is_of("org/raw2", asked)


names = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,9}", fullmatch=True)
ids = st.tuples(names, names).map("/".join)


@settings(max_examples=40)
@given(st.lists(st.tuples(ids, ids, st.none() | names, st.none() | names)))
def test_what_is_written_is_read(values):
    kept = [Entry(*value) for value in values if value[0] != value[1]]
    assert parse(text_of(kept), "It") == tuple(kept)
