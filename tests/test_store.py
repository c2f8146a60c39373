"""The row store: what comes back is what was put, or nothing."""

import os
import pickle
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import Unsafe2SafeError
from hf_unsafe2safe.records import Estimates, ModelInfo, Private, Provenance, Record, Region
from hf_unsafe2safe.storage.cache import clear_rows, kept_rows
from hf_unsafe2safe.storage.packing import packed, unpacked
from hf_unsafe2safe.storage.store import DEFAULT, RowStore, cache_folder

IMAGES = [testing.blank(), testing.with_face(), testing.with_text()]

texts = st.text(max_size=12)  # with lone surrogates? none: JSON of the record is ASCII, any string survives
numbers = st.floats(allow_nan=False)
boxes = st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 4)


@st.composite
def records(draw):
    status = draw(st.sampled_from(["safe", "edited", "rejected", "failed"]))
    region = st.builds(Region, texts, texts, numbers, boxes, texts, st.sampled_from(["edited", "labelled"]))
    guess = st.builds(Estimates, numbers, texts, numbers, st.none() | numbers)
    models = st.tuples(st.builds(ModelInfo, texts, texts))
    private = Private(
        image_sha256=draw(texts),
        private_caption=draw(st.none() | texts),
        read_text=tuple(draw(st.lists(st.tuples(texts, texts), max_size=2))),
        estimates=tuple(draw(st.lists(st.tuples(st.tuples(*[numbers] * 4), guess), max_size=2))),
        guarded=tuple(draw(st.lists(texts, max_size=2))),
        metadata_kinds=tuple(draw(st.lists(texts, max_size=2))),
    )
    return Record(
        status=status,
        flag=draw(st.booleans()),
        labels=tuple(draw(st.lists(texts, max_size=2))),
        regions=tuple(draw(st.lists(region, max_size=2))),
        public_caption=draw(st.none() | texts),
        edit_instruction=draw(st.none() | texts),
        provenance=Provenance(
            draw(texts),
            draw(texts),
            draw(models),
            draw(st.integers(0, 2**63 - 1)),
            1,
            draw(numbers),
            draw(texts),
        ),
        image=draw(st.binary(min_size=1, max_size=40)) if status in ("safe", "edited") else None,
        private=private,
    )


@given(records())
def test_a_record_survives(record):
    assert unpacked(packed(record)) == record


@given(records(), st.data())
def test_a_damaged_record_is_refused(record, data):
    whole = packed(record)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for broken in (flipped, whole[:at], whole + b"x"):
        with pytest.raises(ValueError, match="record"):
            unpacked(broken)


def test_numbers_of_numpy_survive_as_numbers():
    (record,) = Sanitizer(**testing.fakes()).records([testing.with_face()])
    region = replace(record.regions[0], score=np.float32(0.1), box=tuple(np.arange(4)))
    (kept,) = unpacked(packed(replace(record, regions=(region,)))).regions
    assert (kept.score, kept.box) == (float(np.float32(0.1)), (0, 1, 2, 3))
    assert type(kept.score) is float


class Counting(testing.FakeInspector):
    """Counts the images that it really looks at."""

    def __init__(self):
        super().__init__()
        self.looked_at = 0

    def fingerprint(self):
        return "counting"

    def inspect(self, images, kinds):
        self.looked_at += len(images)
        return super().inspect(images, kinds)


def counting(**changes):
    inspector = Counting()
    return inspector, Sanitizer(**testing.fakes(inspector=inspector, **changes))


SELF_TEST = 1  # image that is looked at before the first row


def test_a_row_is_computed_once():
    inspector, sanitize = counting()
    first = sanitize.records(IMAGES)
    assert inspector.looked_at == 3 + SELF_TEST
    again, fresh = counting()
    assert fresh.records(IMAGES) == first
    assert again.looked_at == 0  # not even for the self-test: no model was loaded
    assert fresh.effort["rows"] == {"read": 3}
    assert sanitize.records(IMAGES[:1]) == first[:1]
    assert inspector.looked_at == 3 + SELF_TEST


def test_duplicates_in_a_batch_are_computed_once():
    inspector, sanitize = counting()
    records = sanitize.records([IMAGES[1]] * 5)
    assert len(records) == 5
    assert len({r.image for r in records}) == 1
    assert inspector.looked_at == 1 + SELF_TEST


# Settings that make another result of a row, and those that do not.
OTHER = [{"seed": 1}, {"policy": "faces"}, {"encoding": "png"}, {"editor": "blur"}]
SAME = [
    {"image_column": "x"},
    {"private_columns": True},
    {"allow_uncovered": True},
    {"annotations": {"a": "xyxy"}},
]


@pytest.mark.parametrize("changes", OTHER, ids=str)
def test_another_configuration_shares_nothing(changes):
    counting()[1].records(IMAGES)
    inspector, sanitize = counting(**changes)
    sanitize.records(IMAGES)
    assert inspector.looked_at == 3 + SELF_TEST


@pytest.mark.parametrize("changes", SAME, ids=str)
def test_what_changes_no_row_shares_all(changes):
    counting()[1].records(IMAGES)
    inspector, sanitize = counting(**changes)
    sanitize.records(IMAGES)
    assert inspector.looked_at == 0


def test_failures_are_tried_again():
    colour = (1, 2, 3)
    image = testing.blank(colour=colour)
    failing = Sanitizer(**testing.fakes(inspector=testing.FakeInspector(fail_on=colour)))
    assert [r.status for r in failing.records([image, b"junk", None])] == ["failed"] * 3
    assert kept_rows(cache_folder()) == []


def test_no_store():
    for _ in range(2):
        inspector, sanitize = counting(store=None)
        sanitize.records(IMAGES)
        assert inspector.looked_at == 3 + SELF_TEST
    assert kept_rows(cache_folder()) == []


def test_a_folder_of_ones_own(tmp_path):
    counting(store=tmp_path / "mine")[1].records(IMAGES)
    assert kept_rows(cache_folder()) == []
    assert [kept.rows for kept in kept_rows(tmp_path / "mine")] == [3]
    inspector, sanitize = counting(store=tmp_path / "mine")
    pickle.loads(pickle.dumps(sanitize)).records(IMAGES)  # noqa: S301 - as workers get it
    assert inspector.looked_at == 0


def rows_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.row"))


def test_only_the_owner_can_read(tmp_path):
    old = os.umask(0)
    try:
        counting(store=tmp_path / "a" / "store")[1].records(IMAGES)
    finally:
        os.umask(old)
    for path in (tmp_path / "a" / "store").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert not any("Quillfeather" in path.name for path in tmp_path.rglob("*"))


# What a power loss or a bad disk leaves, or another row in its place.
DAMAGE = {
    "empty": lambda path, other: path.write_bytes(b""),
    "cut": lambda path, other: path.write_bytes(path.read_bytes()[:-1]),
    "zeros": lambda path, other: path.write_bytes(bytes(path.stat().st_size)),
    "of another image": lambda path, other: path.write_bytes(other.read_bytes()),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_row_is_computed_again(tmp_path, name, caplog):
    first = counting(store=tmp_path)[1].records(IMAGES)
    path, other, _ = rows_of(tmp_path)
    DAMAGE[name](path, other)
    inspector, sanitize = counting(store=tmp_path)
    assert sanitize.records(IMAGES) == first
    assert sanitize.effort["rows"] == {"damaged": 1, "computed": 1, "read": 2}
    assert inspector.looked_at == 1 + SELF_TEST
    assert str(tmp_path) not in caplog.text
    assert counting(store=tmp_path)[1].records(IMAGES) == first
    assert counting(store=tmp_path)[0].looked_at == 0


def test_what_another_configuration_wrote_is_not_served(tmp_path):
    counting(store=tmp_path)[1].records(IMAGES[:1])
    counting(store=tmp_path, seed=5)[1].records(IMAGES[:1])
    one, other = rows_of(tmp_path)
    one.write_bytes(other.read_bytes())
    _, sanitize = counting(store=tmp_path)
    digests = {r.provenance.config_digest for r in sanitize.records(IMAGES[:1])}
    assert digests == {sanitize.digest}


def test_a_store_that_cannot_be_written_stops_the_run(tmp_path):
    (tmp_path / "file").write_text("x")
    _, sanitize = counting(store=tmp_path / "file")
    with pytest.raises(Unsafe2SafeError, match="row store cannot be written: File exists") as error:
        sanitize.records(IMAGES)
    assert str(tmp_path) not in str(error.value)


def test_the_default_place_is_read_when_it_is_used(tmp_path, monkeypatch):
    _, sanitize = counting()
    monkeypatch.setenv("UNSAFE2SAFE_CACHE", str(tmp_path / "here"))
    sanitize.records(IMAGES)
    assert len(rows_of(tmp_path / "here")) == 3
    monkeypatch.delenv("UNSAFE2SAFE_CACHE")
    assert cache_folder().name == "unsafe2safe"


def test_info_and_clear(tmp_path):
    _, one = counting(store=tmp_path)
    _, two = counting(store=tmp_path, seed=1)
    one.records(IMAGES)
    two.records(IMAGES[:1])
    part = rows_of(tmp_path)[0].parent / f".{'0' * 16}.part"
    part.write_bytes(b"x")
    os.utime(part, (1, 1))  # one that is written right now stays
    mine = tmp_path / "rows" / "mine.txt"
    mine.write_text("mine")
    assert {kept.digest: kept.rows for kept in kept_rows(tmp_path)} == {one.digest: 3, two.digest: 1}
    assert sum(kept.parts for kept in kept_rows(tmp_path)) == 1
    assert clear_rows(tmp_path, older_than_days=1) == 0
    assert clear_rows(tmp_path, digest=two.digest) == 1
    with pytest.raises(Unsafe2SafeError, match="no rows of this configuration"):
        clear_rows(tmp_path, digest=two.digest)
    for path in rows_of(tmp_path):
        os.utime(path, (1, 1))
    assert clear_rows(tmp_path, older_than_days=1) == 3
    clear_rows(tmp_path)
    assert [p.name for p in (tmp_path / "rows").iterdir()] == ["mine.txt"]


def test_clear_follows_no_link(tmp_path):
    counting(store=tmp_path / "real")[1].records(IMAGES)
    (tmp_path / "linked" / "rows").mkdir(parents=True)
    (digest,) = (tmp_path / "real" / "rows").iterdir()
    (tmp_path / "linked" / "rows" / digest.name).symlink_to(digest)
    assert clear_rows(tmp_path / "linked") == 0
    assert len(rows_of(tmp_path / "real")) == 3


def test_a_file_that_changes_between_look_and_work_is_not_kept_under_the_old_name(tmp_path):
    path = tmp_path / "a.png"

    class Swapping(testing.FakeInspector):
        def fingerprint(self):
            return "swapping"

    sanitize = Sanitizer(**testing.fakes(inspector=Swapping(), store=tmp_path / "s"))
    path.write_bytes(IMAGES[1])
    (record,) = sanitize.records([str(path)])
    path.write_bytes(IMAGES[2])
    (other,) = sanitize.records([str(path)])
    assert record.private.image_sha256 != other.private.image_sha256


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*IMAGES, b"junk"]), max_size=8), st.integers(1, 8))
def test_batches_and_repeats_give_the_same_records(images, size):
    sanitize = Sanitizer(**testing.fakes(store=None))
    alone = [sanitize.records([image])[0] for image in images]
    stored = Sanitizer(**testing.fakes(store=DEFAULT))
    batched = [r for at in range(0, len(images), size) for r in stored.records(images[at : at + size])]
    assert batched == alone


def test_a_stage_error_of_one_row_keeps_the_others(tmp_path):
    colour = (1, 2, 3)
    bad = testing.blank(colour=colour)
    inspector = testing.FakeInspector(fail_on=colour)
    sanitize = Sanitizer(**testing.fakes(inspector=inspector, store=tmp_path))
    assert [r.status for r in sanitize.records([IMAGES[0], bad, IMAGES[1]])] == ["safe", "failed", "edited"]
    assert len(rows_of(tmp_path)) == 2


def test_get_and_put_alone(tmp_path):
    (record,) = Sanitizer(**testing.fakes(store=None)).records([IMAGES[1]])
    store = RowStore(str(tmp_path), record.provenance.config_digest)
    assert store.get(record.private.image_sha256) is None
    store.put(record)
    assert store.get(record.private.image_sha256) == record
    assert RowStore(str(tmp_path), "0" * 16).get(record.private.image_sha256) is None
