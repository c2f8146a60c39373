"""Which safe image belongs to which original, for our results and for those of others."""

import hashlib
import zlib
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict, Features, Image, List, Value

from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.evaluation.rows import Columns, rows_of_others, rows_of_result
from hf_unsafe2safe.hub.keys import row_key
from hf_unsafe2safe.sources import open_source
from tests.runs import make, photos, picture  # noqa: F401

NONE, REPO = Columns(), Columns(repo_id="me/photos-safe")
KEY = bytes(range(32))


def of(images, **columns):
    features = {"image": Image(decode=False), **{n: _type(v) for n, v in columns.items()}}
    cells = [None if data is None else {"bytes": data, "path": None} for data in images]
    return Dataset.from_dict({"image": cells, **columns}, features=Features(features))


def _type(values):
    one = values[0]
    return (
        List(Value("string"))
        if isinstance(one, list)
        else Value("string" if isinstance(one, str) else "int64")
    )


def folder(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        path = root / name.replace("__", "/").replace("_png", ".png").replace("_jpg", ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_a_result_of_ours_knows_what_each_row_was_made_from(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out")
    rows = list(rows_of_result(tmp_path / "out", open_source(photos), NONE))
    assert [row.id for row in rows] == [f"train/{i}" for i in range(23)]
    assert [row.safe is None for row in rows] == [False] * 21 + [True] * 2  # two broken files
    assert {row.status for row in rows[:21]} == {"edited"}
    for i, row in enumerate(rows[:21]):
        assert row.sha256 == hashlib.sha256(picture(i)).hexdigest()
        assert row.regions
        assert row.texts["public_caption"]
        assert row.texts["private_caption"]


def test_a_result_without_its_private_part_is_refused(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out")
    for path in (tmp_path / "out" / "private").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(DatasetError, match="not whole"):
        list(rows_of_result(tmp_path / "out", open_source(photos), NONE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "20.png").unlink() or (root / "50.png").unlink(), "not in this source"),
        (
            lambda root: (root / "train").mkdir() or (root / "20.png").rename(root / "train" / "a.png"),
            "split|outside",
        ),
    ],
    ids=["fewer rows", "other splits"],
)
def test_other_originals_are_refused(photos, tmp_path, change, message):  # noqa: F811
    make(photos, tmp_path / "out")
    change(photos)
    with pytest.raises(DatasetError, match=message) as error:
        list(rows_of_result(tmp_path / "out", open_source(photos), NONE))
    assert str(tmp_path) not in str(error.value)


def test_folders_are_matched_by_name_whatever_the_format(tmp_path):
    before = folder(tmp_path / "a", b_jpg=picture(0), c_png=picture(1), d__b_png=picture(2))
    after = folder(tmp_path / "b", b_png=picture(10), d__b_jpg=picture(12))
    rows = list(rows_of_others(open_source(after), open_source(before), NONE))
    assert [(row.missing, row.safe is None) for row in rows] == [(False, False), (True, True), (False, False)]
    assert [Path(row.safe["path"]).read_bytes() for row in rows if row.safe] == [picture(10), picture(12)]
    assert all(row.regions is None and row.status == "" for row in rows)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x_png": picture(3)}, "has the name of an original"),  # nothing in common
        ({"b_png": picture(3), "b_jpg": picture(4)}, "more than one image"),  # which of them?
    ],
)
def test_names_that_tell_nothing_are_refused(tmp_path, files, message):
    before = folder(tmp_path / "a", b_png=picture(0))
    with pytest.raises(DatasetError, match=message):
        list(rows_of_others(open_source(folder(tmp_path / "b", **files)), open_source(before), NONE))


def test_other_datasets_are_matched_by_order(tmp_path):
    before, after = of([picture(0), picture(1)]), of([picture(5), None], public_caption=["A cup.", ""])
    rows = list(rows_of_others(open_source(after), open_source(before), NONE))
    assert [row.safe and row.safe["bytes"] for row in rows] == [picture(5), None]
    assert [row.missing for row in rows] == [False, False]
    assert rows[0].texts["public_caption"] == "A cup."


@pytest.mark.parametrize(
    "after",
    [
        {"train": of([picture(0)])},  # a row fewer
        {"train": of([picture(0), picture(1)]), "test": of([picture(2)])},  # a split more
    ],
)
def test_by_order_only_where_the_numbers_are_the_same(after):
    with pytest.raises(DatasetError, match="Nothing tells which row"):
        list(rows_of_others(open_source(DatasetDict(after)), open_source(of([picture(0), picture(1)])), NONE))


def test_a_published_dataset_is_matched_by_row_keys(monkeypatch):
    monkeypatch.setenv("UNSAFE2SAFE_KEY", KEY.hex())
    keys = [
        row_key(KEY, "me/Photos-safe", f"original:{hashlib.sha256(picture(i)).hexdigest()}") for i in (2, 0)
    ]
    after = of([picture(12), picture(10)], row_key=keys)
    before = of([picture(0), picture(1), picture(2)])
    rows = list(rows_of_others(open_source(after), open_source(before), REPO))
    assert [row.safe and row.safe["bytes"] for row in rows] == [picture(10), None, picture(12)]
    assert [row.missing for row in rows] == [False, True, False]
    with pytest.raises(DatasetError, match="repo_id='owner/name'"):  # which repo's keys?
        list(rows_of_others(open_source(after), open_source(before), NONE))
    monkeypatch.setenv("UNSAFE2SAFE_KEY", bytes(32).hex())  # somebody else's
    with pytest.raises(DatasetError, match="No row of this dataset"):
        list(rows_of_others(open_source(after), open_source(before), REPO))


@pytest.mark.parametrize(
    ("columns", "named", "expected"),
    [
        ({"label": [3, -1]}, NONE, [3, None]),  # -1 is how `datasets` says unknown
        ({"kind": [1, 0]}, Columns(label="kind"), [1, 0]),
        ({"kind": [1, 0]}, NONE, [None, None]),  # nobody named it
        (
            {"label": ["cat", "dog"]},
            NONE,
            [zlib.crc32(b"cat"), zlib.crc32(b"dog")],
        ),  # names become numbers, always the same
    ],
)
def test_labels(columns, named, expected):
    before = of([picture(0), picture(1)], **columns)
    rows = list(rows_of_others(open_source(of([picture(0), picture(1)])), open_source(before), named))
    assert [row.label for row in rows] == expected


def test_questions_and_captions_of_the_originals():
    before = of([picture(0)], question=["What is it?"], answers=[["cup", "mug"]], text=["A cup."])
    (row,) = rows_of_others(open_source(of([picture(1)])), open_source(before), Columns(caption="text"))
    assert (row.texts["question"], row.texts["public_caption"]) == ("What is it?", "A cup.")
    assert row.answers == ("cup", "mug")


def test_what_is_in_a_row_shows_in_no_message(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out")
    row = next(rows_of_result(tmp_path / "out", open_source(photos), NONE))
    assert str(photos) not in repr(row)
    assert row.texts["private_caption"] not in repr(row)


@pytest.mark.parametrize(
    "columns", [Columns(label="kind"), Columns(caption="kind")], ids=["label", "caption"]
)
def test_columns_that_are_not_there(columns):
    before = of([picture(0)])
    with pytest.raises(DatasetError, match="Column 'kind' not found"):
        list(rows_of_others(open_source(before), open_source(before), columns))


def test_originals_without_the_image_column_of_the_result(photos, tmp_path):  # noqa: F811
    make(photos, tmp_path / "out")
    others = open_source(of([picture(i) for i in range(23)]).rename_column("image", "photo"))
    with pytest.raises(DatasetError, match="image column"):
        list(rows_of_result(tmp_path / "out", others, Columns(image="image")))


def test_streams_are_refused():
    before = of([picture(0)])
    with pytest.raises(DatasetError, match="stream"):
        list(rows_of_others(open_source(before.to_iterable_dataset()), open_source(before), NONE))


def test_one_split_of_a_result(photos, tmp_path):  # noqa: F811
    parts = DatasetDict({"train": of([picture(0), picture(1)]), "test": of([picture(2)])})
    make(parts, tmp_path / "out")
    rows = rows_of_result(tmp_path / "out", open_source(parts, split="test"), Columns(split="test"))
    assert [row.id for row in rows] == ["test/0"]
