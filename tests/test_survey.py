"""Labels and counts of a dataset, and the file that they are written to."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict, Features, Image, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, Unsafe2SafeError
from hf_unsafe2safe.sources import Source, load_source
from hf_unsafe2safe.storage.listing import check_listing, write_listing
from hf_unsafe2safe.survey import survey
from tests.photos import FOLDER

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

BROKEN = (1, 2, 3)  # the inspector fails on an image of this colour
CELLS = {
    "face": testing.with_face(),
    "blank": testing.blank(),
    "text": testing.with_text(),
    "junk": b"junk",
    "broken": testing.blank(colour=BROKEN),
}
OUTCOMES = {"junk": "not_an_image", "broken": "inspect_failed"}


class FacesOnly(testing.FakeInspector):
    covers = ("face",)


def sanitizer(**changes):
    return Sanitizer(**testing.fakes(inspector=testing.FakeInspector(fail_on=BROKEN)) | changes)


def source_of(**splits):
    """Return a source of named cells, with a column that nobody may look at."""
    parts = {}
    for split, names in splits.items():
        images = [{"bytes": CELLS[name], "path": f"/Wolpertinger/{name}.png"} for name in names]
        columns = {"image": images, "caption": ["Rumpelstilz"] * len(names)}
        parts[split] = Dataset.from_dict(
            columns, features=Features({"image": Image(decode=False), "caption": Value("string")})
        )
    return Source(DatasetDict(parts), "saved")


def rows_of(found):
    return found.rows.to_pylist()


def test_each_row_tells_labels_and_counts_only():
    found = survey(source_of(train=CELLS), sanitizer())
    rows = dict(zip(CELLS, rows_of(found), strict=True))
    assert [row["row"] for row in rows.values()] == [f"train/{i}" for i in range(5)]
    assert {
        n: (r["outcome"], r["privacy_flag"], r["would_edit"], r["risk_labels"]) for n, r in rows.items()
    } == {
        "face": ("inspected", True, True, ["people"]),
        "blank": ("inspected", False, False, []),
        "text": ("inspected", True, True, ["text_or_symbols"]),
        "junk": ("not_an_image", True, None, None),  # not known: neither safe nor counted
        "broken": ("inspect_failed", True, None, None),
    }
    assert [rows[name]["n_face"] for name in CELLS] == [1, 0, 0, None, None]
    assert [rows[name]["n_name"] for name in CELLS] == [0, 0, 1, None, None]
    everything = str(rows_of(found)) + repr(found)
    for private in (testing.SECRET, "Rumpelstilz", "Wolpertinger", "box"):
        assert private not in everything


def test_the_sums():
    found = survey(source_of(train=["face", "face", "blank", "junk"], test=["text", "junk"]), sanitizer())
    assert found.totals() == {"rows": 6, "flagged": 5, "would be edited": 3, "failed": 2}
    assert found.failures() == {"not_an_image": 2}
    assert found.groups() == {"people": 2, "text_or_symbols": 1}
    kinds = found.kinds()
    assert kinds["face"] == (2, 2)
    assert kinds["name"] == (1, 1)
    assert kinds["code"] == (0, 0)  # looked for and not there
    assert "place" not in kinds  # nobody looked
    assert found.rows["row"].to_pylist() == ["train/0", "train/1", "train/2", "train/3", "test/0", "test/1"]


POLICIES = [
    # policy, flag and would_edit of an image with a name
    ({"edit": ["face"], "label": ["name"]}, True, False),  # labelled only
    ({"edit": {"name": 0.95}}, True, False),  # the fakes are sure by 0.9
    ({"edit": {"name": 0.9}}, True, True),
    ("faces", False, False),  # found, but not named by the policy
]


@pytest.mark.parametrize(("policy", "flag", "would_edit"), POLICIES)
def test_the_policy_decides_what_would_be_edited(policy, flag, would_edit):
    (row,) = rows_of(survey(source_of(train=["text"]), sanitizer(policy=policy)))
    assert (row["privacy_flag"], row["would_edit"], row["risk_labels"]) == (
        flag,
        would_edit,
        ["text_or_symbols"],
    )
    assert row["n_name"] == 1


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(sorted(CELLS)), max_size=7), st.integers(1, 8))
def test_rows_do_not_depend_on_their_neighbours(names, batch_size):
    together = rows_of(survey(source_of(train=names), sanitizer(), batch_size=batch_size))
    alone = [rows_of(survey(source_of(train=[name]), sanitizer()))[0] for name in names]
    assert [{**row, "row": ""} for row in together] == [{**row, "row": ""} for row in alone]


@pytest.mark.slow
def test_processes_change_no_count():
    source = source_of(train=[*CELLS, *CELLS], test=["face"])
    assert survey(source, sanitizer(), num_proc=2).rows.equals(survey(source, sanitizer()).rows)


def test_the_first_rows_and_the_progress():
    seen = []
    source = source_of(train=CELLS, test=CELLS)
    found = survey(
        source, sanitizer(), limit=3, batch_size=2, progress=lambda done, total: seen.append((done, total))
    )
    assert found.rows["row"].to_pylist() == [f"{s}/{i}" for s in ("train", "test") for i in range(3)]
    assert seen == [(2, 6), (3, 6), (5, 6), (6, 6)]


WRONG = {
    "blind": ({"inspector": testing.FakeInspector(blind=True)}, {}, "Self-test failed: the inspector"),
    "limit": ({}, {"limit": 0}, "limit must be 1 or more, got 0."),
    "num_proc": ({}, {"num_proc": 0}, "num_proc must be 1 or more, got 0."),
    "batch_size": ({}, {"batch_size": -1}, "batch_size must be 1 or more, got -1."),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings(case):
    changes, options, message = WRONG[case]
    with pytest.raises(ConfigError, match=message):
        survey(source_of(train=["blank"]), sanitizer(**changes), **options)


def test_kinds_that_nobody_looks_for_are_named():
    found = survey(source_of(train=["blank"]), sanitizer(inspector=FacesOnly(), allow_uncovered=True))
    assert "code" in found.not_inspected
    assert [name for name in found.rows.column_names if name.startswith("n_")] == ["n_face"]


def test_a_broken_inspector_stops_the_survey():
    source = source_of(train=["broken"] * 40)
    with pytest.raises(
        Unsafe2SafeError, match="20 rows in a row failed with the same reason: inspect_failed"
    ):
        survey(source, sanitizer())


def test_a_table_draws_in_no_files_of_this_machine(tmp_path):
    (tmp_path / "face.png").write_bytes(testing.with_face())
    cell = {"bytes": None, "path": str(tmp_path / "face.png")}
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"image": pa.array([cell], kind)}), tmp_path / "data" / "a.parquet")
    source = load_source(str(tmp_path / "data"))
    assert survey(source, sanitizer()).failures() == {"missing": 1}
    # Not asked for by naming a column of images either; only a column of paths is.
    assert survey(source, sanitizer(image_column="image")).failures() == {"missing": 1}
    pq.write_table(pa.table({"photo": [cell["path"]]}), tmp_path / "data" / "a.parquet")
    source = load_source(str(tmp_path / "data"), image_column="photo")
    assert survey(source, sanitizer(image_column="photo")).groups() == {"people": 1}


def test_real_photos_and_who_consented():
    source = load_source(str(FOLDER))
    names = [name.rpartition("/")[2] for name in (cell["path"] for cell in source.splits["train"]["image"])]
    keep = FOLDER / "people_obama_official.jpg"
    found = survey(source, Sanitizer(policy="faces", keep=[keep]))
    rows = dict(zip(names, rows_of(found), strict=True))
    assert not any(row["n_face"] for name, row in rows.items() if not name.startswith("people_"))
    assert all(
        row["would_edit"] for name, row in rows.items() if name.startswith("people_") and name != keep.name
    )
    assert (rows[keep.name]["privacy_flag"], rows[keep.name]["would_edit"]) == (True, False)


TABLE = pa.table(
    {
        "row": ["train/0", "=1+1", "a,b"],
        "flag": pa.array([True, False, None]),
        "labels": pa.array([["people", "health"], [], None], pa.list_(pa.string())),
        "n": pa.array([-1, 0, None], pa.int32()),
    }
)


def test_csv_runs_no_formula(tmp_path):
    write_listing(TABLE, tmp_path / "a.CSV")
    with (tmp_path / "a.CSV").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "flag", "labels", "n"],
            ["train/0", "true", "people health", "-1"],
            ["'=1+1", "false", "", "0"],
            ["a,b", "", "", ""],
        ]


def test_json_and_parquet_keep_every_value(tmp_path):
    for name in ("a.json", "a.parquet"):
        write_listing(TABLE, tmp_path / name)
    assert json.loads((tmp_path / "a.json").read_text()) == TABLE.to_pylist()
    assert pq.read_table(tmp_path / "a.parquet").equals(TABLE)
    write_listing(TABLE.slice(0, 0), tmp_path / "b.json")
    assert json.loads((tmp_path / "b.json").read_text()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.parquet", "b.json"]


REFUSED = {
    "extension": ("out/a.txt", "The output file has the extension '.txt'. Known: .csv, .json, .parquet."),
    "no extension": ("out/csv", "The output file has the extension ''."),
    "there": ("out/there.csv", "The output file exists already."),
    "folder": ("out/folder.csv", "The output is a folder."),
    "among originals": ("source/a.csv", "among the originals"),
    "deep among originals": ("source/b/a.csv", "among the originals"),
    "an original": ("source", "has the extension ''"),
    "no folder": ("nowhere/a.csv", "The folder of the output file is not there"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_files_that_are_refused(tmp_path, case):
    name, message = REFUSED[case]
    for folder in ("out", "source/b", "out/folder.csv"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "out" / "there.csv").write_text("x")
    with pytest.raises(ConfigError) as caught:
        check_listing(tmp_path / name, False, tmp_path / "source")
    assert message in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_may_be_replaced_but_never_an_original(tmp_path):
    (tmp_path / "a.parquet").write_text("x")
    check_listing(tmp_path / "a.parquet", True, None)
    with pytest.raises(ConfigError, match="among the originals"):
        check_listing(tmp_path / "a.parquet", True, tmp_path / "a.parquet")
