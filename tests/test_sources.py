"""Every kind of source, and that no file of a folder disappears."""

import os
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, Value

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.sources import load_source

FEATURES = Features({"image": Image(), "caption": Value("string")})
ENCODED = {"bytes": testing.blank(), "path": None}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(testing.blank() if path.suffix.lower() in (".png", ".jpg") else b"text")
    return root


def rows(n: int) -> Dataset:
    return Dataset.from_dict({"image": [ENCODED] * n, "caption": ["a"] * n}, features=FEATURES)


def paths(part: Dataset, root: Path) -> list[str]:
    return [os.path.relpath(cell["path"], root) for cell in part["image"]]


def sizes(source) -> dict[str, int]:
    return {name: len(part) for name, part in source.splits.items()}


FOLDERS = {
    "flat": (["b.png", "a.jpg"], {"train": ["a.jpg", "b.png"]}, {}),
    "nested": (["x/y/z/a.png", "c.png"], {"train": ["c.png", "x/y/z/a.png"]}, {}),
    "upper case": (["A.JPG", "B.PnG"], {"train": ["A.JPG", "B.PnG"]}, {}),
    "hidden": ([".h.png", ".git/config", "a.png"], {"train": [".h.png", "a.png"]}, {"(none)": 1}),
    "skipped": (
        [
            "a.png",
            "b.HEIC",
            "c.heic",
            "d.txt",
            "metadata.csv",
            "metadata.jsonl",
            "Makefile",
            "notes.jane doe",
        ],
        {"train": ["a.png"]},
        {"(none)": 1, "(other)": 1, ".csv": 1, ".heic": 2, ".jsonl": 1, ".txt": 1},
    ),
    "parquet metadata": (["a.png", "metadata.parquet"], {"train": ["a.png"]}, {".parquet": 1}),
    "splits": (
        ["test/b.png", "train/x/a.png", "val/c.png", "notes.txt"],
        {"train": ["train/x/a.png"], "validation": ["val/c.png"], "test": ["test/b.png"]},
        {".txt": 1},
    ),
    "one split": (["Test/b.png"], {"test": ["Test/b.png"]}, {}),
    "a file named test": (["test.png"], {"train": ["test.png"]}, {}),
    "metadata beside broken": (["a.jpe", "b.mpo"], {"train": ["a.jpe", "b.mpo"]}, {}),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folder(tmp_path, case):
    names, splits, skipped = FOLDERS[case]
    source = load_source(str(tree(tmp_path, *names)))
    assert source.kind == "folder"
    assert source.description == "LOCAL_FOLDER"
    assert {name: paths(part, tmp_path) for name, part in source.splits.items()} == splits
    assert list(source.splits) == list(splits)
    assert source.skipped == skipped
    for part in source.splits.values():
        assert part.features == Features({"image": Image(decode=False)})
    assert str(tmp_path) not in repr(source).replace(str(source.splits), "")


def test_what_cannot_be_read_is_a_row(tmp_path):
    tree(tmp_path, "a.png", "folder.jpg/inside.png", "folder.jpg/inside.txt")
    (tmp_path / "broken.jpg").symlink_to("nowhere")
    (tmp_path / "broken.txt").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    source = load_source(str(tmp_path))
    names = ["a.png", "broken.jpg", "folder.jpg", "folder.jpg/inside.png", "loop.png"]
    assert paths(source.splits["train"], tmp_path) == names
    assert source.skipped == {"(no file)": 1, ".txt": 2}


def test_linked_folders_are_followed(tmp_path):
    tree(tmp_path, "far/a.png", "photos/b.png")
    (tmp_path / "photos" / "link").symlink_to(tmp_path / "far")
    source = load_source(str(tmp_path / "photos"))
    assert paths(source.splits["train"], tmp_path / "photos") == ["b.png", "link/a.png"]


def test_a_name_that_is_not_utf8(tmp_path):
    folder = os.fsencode(tmp_path)
    with open(folder + b"/caf\xe9.png", "wb") as file:
        file.write(testing.blank())
    os.symlink(b"nowhere", folder + b"/gon\xe9.png")
    cells = load_source(str(tmp_path)).splits["train"]["image"]
    assert list(cells) == [{"bytes": testing.blank(), "path": None}, None]


@pytest.mark.parametrize("prefix", ["", "train/"])
def test_labels_only_on_request(tmp_path, prefix):
    tree(tmp_path, f"{prefix}dog/a.png", f"{prefix}cat/deep/b.png", f"{prefix}cat/c.png")
    assert "label" not in load_source(str(tmp_path)).splits["train"].features
    part = load_source(str(tmp_path), keep_labels=True).splits["train"]
    assert part.features["label"] == ClassLabel(names=["cat", "deep", "dog"])
    assert part["label"] == [0, 1, 2]


def test_labels_are_the_same_in_all_splits(tmp_path):
    tree(tmp_path, "train/cat/a.png", "test/dog/b.png")
    splits = load_source(str(tmp_path), keep_labels=True).splits
    assert splits["train"].features == splits["test"].features
    assert splits["test"]["label"] == [1]


def write_parquet(path: Path, table: Dataset) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path)


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        ({"x.parquet": 2}, "x.parquet", {"train": 2}),
        ({"test.parquet": 2}, "test.parquet", {"test": 2}),
        ({"a.parquet": 1, "b.parquet": 2}, "", {"train": 3}),
        ({"data/train-00000-of-00002.parquet": 1, "data/train-00001-of-00002.parquet": 2}, "", {"train": 3}),
        ({"data/extra_1-00000-of-00001.parquet": 1, "test-a.parquet": 1}, "", {"test": 1, "extra_1": 1}),
        ({"we[i]rd *d/a.PARQUET": 1}, "we[i]rd *d", {"train": 1}),
        ({"train.parquet": 1, "test.parquet": 0}, "", {"test": 0, "train": 1}),
    ],
)
def test_parquet(tmp_path, files, source, expected):
    for name, n in files.items():
        write_parquet(tmp_path / name, rows(n))
    loaded = load_source(str(tmp_path / source))
    assert loaded.kind == "parquet"
    assert sizes(loaded) == expected
    for part in loaded.splits.values():
        assert part.features == Features({"image": Image(decode=False), "caption": Value("string")})
        assert list(part["image"]) == [ENCODED] * len(part)


def test_parquet_of_other_tools(tmp_path):
    table = pa.table({"photo": [{"bytes": testing.blank(), "path": None}], "raw": [testing.blank()]})
    pq.write_table(table, tmp_path / "a.parquet")
    features = load_source(str(tmp_path / "a.parquet"), image_column="raw").splits["train"].features
    assert features == Features({"photo": Image(decode=False), "raw": Image(decode=False)})
    assert load_source(str(tmp_path / "a.parquet")).splits["train"].features["raw"] == Value("binary")


def test_what_lies_beside_parquet_is_counted(tmp_path):
    write_parquet(tmp_path / "data" / "train-00000-of-00001.parquet", rows(1))
    tree(tmp_path, "README.md", "a.png", "private/b.parquet")
    assert load_source(str(tmp_path)).skipped == {".parquet": 1, ".png": 1}


@pytest.mark.parametrize("saved", [rows(2), DatasetDict({"train": rows(1), "test": rows(0)})])
def test_saved(tmp_path, saved):
    saved.save_to_disk(tmp_path / "saved")
    source = load_source(str(tmp_path / "saved"))
    assert source.kind == "saved"
    assert sum(map(len, source.splits.values())) == (2 if isinstance(saved, Dataset) else 1)
    assert all(part.features["image"] == Image(decode=False) for part in source.splits.values())


def test_one_split(tmp_path):
    tree(tmp_path, "train/a.png", "test/b.png")
    assert list(load_source(str(tmp_path), split="test").splits) == ["test"]


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ([], {}, r"No images in the folder. It is empty. Expected files ending in \.bmp"),
        (["a.heic", "b.heic", "secret.txt"], {}, r"No images in the folder. Found: \.heic 2, \.txt 1\."),
        (["train/a.png"], {"split": "tset"}, "Split 'tset' not found. The source has: train."),
        (["train/a.png", "b.png", "c/d.png"], {}, "2 images lie outside the folders of the splits train."),
        (["a/b.png", "c.png"], {"keep_labels": True}, "1 images lie in no class folder."),
        (["train/c.png"], {"keep_labels": True}, "1 images lie in no class folder."),
        (["a.png"], {"config_name": "x"}, "config_name is for the Hub only"),
        (["a.parquet"], {}, "A Parquet file cannot be read. .ArrowInvalid."),
    ],
)
def test_errors(tmp_path, names, arguments, message):
    with pytest.raises(DatasetError, match=message) as caught:
        load_source(str(tree(tmp_path, *names)), **arguments)
    assert str(tmp_path) not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_no_such_source(tmp_path):
    with pytest.raises(DatasetError, match="no such file or folder"):
        load_source(str(tmp_path / "nothing"))
    with pytest.raises(DatasetError, match="no such file or folder"):
        load_source("./nothing")
    tree(tmp_path, "a.txt")
    with pytest.raises(DatasetError, match="not a Parquet file"):
        load_source(str(tmp_path / "a.txt"))


def test_no_rows(tmp_path):
    write_parquet(tmp_path / "a.parquet", rows(0))
    with pytest.raises(DatasetError, match="no rows"):
        load_source(str(tmp_path / "a.parquet"))


def test_a_hub_id_without_a_hub(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(
        DatasetError, match=r"'org/name' is no file or folder here, and the Hub did not give it"
    ):
        load_source("org/name")
