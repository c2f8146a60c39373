"""The result on disk: what is in it, who may read it, what is never in it, and when it is there at all."""

import json
import os
import stat
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import (
    Array2D,
    Audio,
    ClassLabel,
    Dataset,
    DatasetDict,
    Features,
    Image,
    List,
    Value,
    load_dataset,
)
from datasets.table import InMemoryTable

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from hf_unsafe2safe.sources import Source, load_source
from hf_unsafe2safe.storage import shards

COUNTS = {"safe": 1, "edited": 2, "rejected": 0, "failed": 2}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))


@pytest.fixture
def photos(tmp_path):
    """Five rows and a file that is none; names of files and folders are private."""
    root = tmp_path / "Wolpertinger"
    (root / "Quasimodo").mkdir(parents=True)
    (root / "a_Rumpelstilz.png").write_bytes(testing.with_face())
    (root / "b.png").write_bytes(testing.blank())
    (root / "c.png").write_bytes(testing.with_text())
    (root / "Quasimodo" / "junk.jpg").write_bytes(b"junk")
    (root / "z.jpg").symlink_to("nowhere")
    (root / "doc.heic").write_bytes(b"heic")
    return root


def make(source, output: Path, *, stages=None, **options):
    source = source if isinstance(source, Source) else load_source(str(source))
    return materialize(source, output, testing.fakes(**(stages or {})), **options)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_layout_and_modes(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out)
    shard = "train-00000-of-00001.parquet"
    assert sorted(contents(out)) == [
        ".gitignore",
        "README.md",
        f"data/{shard}",
        "manifest.json",
        "private/_settings.json",
        f"private/{shard}",
    ]
    assert mode(out / "private" / "_settings.json") == 0o600
    assert mode(out / "private") == 0o700
    assert mode(out / "private" / shard) == 0o600
    assert mode(out / "data" / shard) & 0o044 == 0o044 & ~_umask()
    assert sorted(os.listdir(out)) == [".gitignore", "README.md", "data", "manifest.json", "private"]


def _umask() -> int:
    old = os.umask(0)
    os.umask(old)
    return old


@pytest.mark.parametrize("with_card", [True, False])
def test_load_dataset_opens_the_public_part(photos, tmp_path, with_card):
    out = tmp_path / "out"
    make(photos, out)
    (out / "contact_sheet.png").write_bytes(testing.blank())
    if not with_card:
        (out / "README.md").unlink()
    loaded = load_dataset(str(out))
    assert list(loaded) == ["train"]
    assert loaded["train"].features == Features({"image": Image(), **PUBLIC_FEATURES})
    assert loaded["train"]["privacy_status"] == [3, 1, 0, 1, 3]
    images = loaded["train"].cast_column("image", Image(decode=False))["image"]
    assert [cell and cell["path"] for cell in images] == [None] * 5
    assert images[2]["bytes"] == testing.blank()
    assert loaded["train"][1]["image"].size == (48, 32)


def test_private_columns_stand_row_by_row(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out)
    beside = pq.read_table(out / "private").to_pylist()
    assert list(beside[0]) == ["row", "source_path", *PRIVATE_FEATURES]
    assert [row["row"] for row in beside] == [f"train/{i}" for i in range(5)]
    names = ["Quasimodo/junk.jpg", "a_Rumpelstilz.png", "b.png", "c.png", "z.jpg"]
    assert [os.path.relpath(row["source_path"], photos) for row in beside] == names
    assert beside[3]["read_text"] == [{"kind": "name", "text": testing.SECRET}]


def test_nothing_private_is_in_what_is_published(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out)
    public = [data for name, data in contents(out).items() if not name.startswith("private")]
    public += [repr(pq.read_table(path).to_pylist()).encode() for path in (out / "data").iterdir()]
    hashes = [
        row["image_sha256"] for row in pq.read_table(out / "private").to_pylist() if row["image_sha256"]
    ]
    assert len(hashes) == 3
    for private in [
        testing.SECRET,
        "Wolpertinger",
        "Quasimodo",
        "Rumpelstilz",
        str(tmp_path),
        *hashes,
        *PRIVATE_FEATURES,
    ]:
        assert not any(private.encode() in data for data in public), private
    assert any(
        testing.SECRET.encode() in repr(pq.read_table(p).to_pylist()).encode()
        for p in (out / "private").glob("*.parquet")
    )


def test_manifest(photos, tmp_path):
    manifest = make(photos, tmp_path / "out")
    values = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert values["source"] == "LOCAL_FOLDER"
    assert values["rows"] == 5
    assert values["statuses"] == COUNTS
    assert values["splits"] == {"train": COUNTS}
    assert values["risk_labels"] == {"people": 1, "text_or_symbols": 1}
    assert values["reasons"] == {
        "edited_and_verified": 2,
        "nothing_to_edit": 1,
        "missing": 1,
        "not_an_image": 1,
    }
    assert values["skipped_files"] == {".heic": 1}
    assert values["config_digest"] == Sanitizer(**testing.fakes()).records([b""])[0].provenance.config_digest
    assert values["config"]["inspector"] == {"object": "hf_unsafe2safe.testing.fakes.FakeInspector"}
    assert values["passed_through"] == {}
    assert [(t.row, t.status, t.reason) for t in manifest.troubles] == [
        ("train/0", "failed", "not_an_image"),
        ("train/4", "failed", "missing"),
    ]


def test_the_same_bytes_however_it_is_run(photos, tmp_path):
    for i in range(9):
        (photos / f"more{i}.png").write_bytes(testing.with_face(box=(i, i, i + 9, i + 9)))
    runs = {"one": {}, "rows": {"batch_size": 1}, "two": {"num_proc": 2}}
    for name, options in runs.items():
        make(photos, tmp_path / name, **options)
    one, rows, two = ({n: d for n, d in contents(tmp_path / r).items() if n != "manifest.json"} for r in runs)
    assert len(one) == 5
    assert one == rows == two


def test_shards_are_cut_by_size(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 2)
    out = tmp_path / "out"
    make(photos, out, max_shard_size=1)
    assert len(list((out / "data").iterdir())) == 3
    assert load_dataset(str(out), split="train")["privacy_status"] == [3, 1, 0, 1, 3]
    for shard in (out / "data").iterdir():
        assert pq.read_metadata(shard).num_rows == pq.read_metadata(out / "private" / shard.name).num_rows


def test_limit_is_per_split(tmp_path):
    for split in ("train", "test"):
        for i in range(3):
            (tmp_path / "in" / split).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / split / f"{i}.png").write_bytes(testing.blank())
    manifest = make(tmp_path / "in", tmp_path / "out", limit=2)
    assert {name: sum(c.values()) for name, c in manifest.splits.items()} == {"train": 2, "test": 2}
    assert {name: len(part) for name, part in load_dataset(str(tmp_path / "out")).items()} == {
        "train": 2,
        "test": 2,
    }


def dataset(n: int, **columns) -> Dataset:
    features = Features({"image": Image(), **{name: feature for name, (feature, _) in columns.items()}})
    cell = {"bytes": testing.with_face(), "path": None}
    values = {name: [value] * n for name, (_, value) in columns.items()}
    return Dataset.from_dict({"image": [cell] * n, **values}, features=features)


def test_an_empty_split_has_no_file(tmp_path):
    source = Source(DatasetDict({"train": dataset(2), "test": dataset(0)}), "saved")
    manifest = make(source, tmp_path / "out")
    assert manifest.splits["test"] == dict.fromkeys(COUNTS, 0)
    assert list(load_dataset(str(tmp_path / "out"))) == ["train"]
    assert "without rows, which have no file: test" in (tmp_path / "out" / "README.md").read_text()


def test_other_columns_pass_through_and_are_named(tmp_path):
    other = {
        "label": (ClassLabel(names=["cat", "dog"]), 1),
        "caption": (Value("string"), "a caption"),
        "thumb": (Image(), {"bytes": testing.blank(), "path": None}),
    }
    source = Source(DatasetDict({"train": dataset(2, **other)}), "parquet")
    with pytest.raises(DatasetError, match="Several image columns: image, thumb"):
        make(source, tmp_path / "out")
    manifest = make(source, tmp_path / "out", stages={"image_column": "image"})
    assert manifest.passed_through == {"label": "ClassLabel", "caption": "string", "thumb": "Image"}
    row = load_dataset(str(tmp_path / "out"), split="train")[0]
    assert (row["label"], row["caption"], row["thumb"].size) == (1, "a caption", (48, 32))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "not inspected**: `label` (ClassLabel), `caption` (string), `thumb` (Image)" in card
    assert "Class names" in card
    assert "- image-classification" in card


def test_a_column_of_paths(photos, tmp_path):
    paths = Dataset.from_dict({"photo": [str(photos / "b.png")]})
    make(Source(DatasetDict({"train": paths}), "saved"), tmp_path / "out", stages={"image_column": "photo"})
    assert load_dataset(str(tmp_path / "out"), split="train")["photo"][0].size == (48, 32)


def test_a_sanitizer_keeps_its_settings(photos, tmp_path):
    sanitize = Sanitizer(**testing.fakes(seed=7, policy="faces"))
    manifest = materialize(load_source(str(photos)), tmp_path / "out", sanitize)
    assert manifest.config["seed"] == 7
    assert manifest.config["policy"]["name"] == "faces"
    assert not sanitize.config.private_columns


def test_names_that_are_taken(tmp_path):
    source = Source(DatasetDict({"train": dataset(1, private_caption=(Value("string"), "x"))}), "saved")
    with pytest.raises(DatasetError, match="These columns exist already: private_caption"):
        make(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_splits_that_differ(tmp_path):
    source = Source(DatasetDict({"a": dataset(1), "b": dataset(1, x=(Value("int64"), 1))}), "saved")
    with pytest.raises(DatasetError, match="splits differ"):
        make(source, tmp_path / "out")


def test_an_earlier_result_is_replaced_only_on_request(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out)
    (out / "mine.txt").write_text("mine")
    before = contents(out)
    with pytest.raises(ConfigError, match=r"limit was None and is 2, rows.train was 5 and is 2. "):
        make(photos, out, limit=2)
    assert contents(out) == before
    make(photos, out, overwrite=True, limit=2)
    assert (out / "mine.txt").read_text() == "mine"
    assert len(load_dataset(str(out), split="train")) == 2
    assert len(pq.read_table(out / "private")) == 2


@pytest.mark.parametrize("name", ["manifest.json", "data/x.parquet", "anything"])
def test_what_we_did_not_write_stays(photos, tmp_path, name):
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("{}")
    with pytest.raises(ConfigError, match="did not write"):
        make(photos, out, overwrite=True)
    assert (out / name).read_text() == "{}"


def test_a_link_is_removed_not_followed(photos, tmp_path):
    out = tmp_path / "out"
    make(photos, out)
    for path in sorted((out / "data").iterdir()):
        path.unlink()
    (out / "data").rmdir()
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    (out / "data").symlink_to(tmp_path / "precious")
    make(photos, out, overwrite=True)
    assert (tmp_path / "precious" / "file").read_text() == "x"
    assert not (out / "data").is_symlink()


@pytest.mark.parametrize("output", ["", "out", "a/b/../../c", ".."])
def test_output_and_source_do_not_overlap(photos, output):
    before = contents(photos.parent)
    with pytest.raises(ConfigError, match="inside each other"):
        make(photos, photos / output, overwrite=True)
    assert contents(photos.parent) == before


def test_an_output_that_cannot_be(photos, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="not a folder"):
        make(photos, tmp_path / "file")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        make(photos, tmp_path / "file" / "below")


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("num_proc", [1, 2])
def test_a_run_that_breaks_leaves_what_was_there(photos, tmp_path, monkeypatch, earlier, num_proc):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 1)
    out = tmp_path / "out"
    if earlier:
        make(photos, out)
    before = contents(out)

    def stop(statuses, total):
        if sum(statuses.values()) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(photos, out, overwrite=True, batch_size=1, progress=stop, num_proc=num_proc)
    after = contents(out)
    assert {name: data for name, data in after.items() if not name.startswith(".unfinished")} == before
    assert mode(out / ".unfinished") == 0o700
    make(photos, out, overwrite=True)
    assert not (out / ".unfinished").exists()
    assert len(load_dataset(str(out), split="train")) == 5


def test_a_broken_state_is_begun_anew(photos, tmp_path):
    out = tmp_path / "out"
    (out / ".unfinished" / "part-00000-of-00001" / "data").mkdir(parents=True)
    (out / ".unfinished" / "part-00000-of-00001" / "state.json").write_text('{"settings": {')
    (out / ".unfinished" / "part-00000-of-00001" / "data" / "train-00000.parquet").write_text("torn")
    assert make(photos, out).rows == 5
    assert sorted(os.listdir(out)) == [".gitignore", "README.md", "data", "manifest.json", "private"]


def test_progress(photos, tmp_path):
    seen = []
    make(
        photos,
        tmp_path / "out",
        batch_size=2,
        progress=lambda s, total: seen.append((sum(s.values()), total)),
    )
    assert seen == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("option", ["limit", "num_proc", "batch_size"])
def test_numbers_below_one(photos, tmp_path, option):
    with pytest.raises(ConfigError, match=f"{option} must be 1 or more, got 0"):
        make(photos, tmp_path / "out", **{option: 0})


def test_load_dataset_is_not_given_an_earlier_result(photos, tmp_path):
    # its cache knows a local folder by the last part of its path and the `configs` of the card
    make(photos, tmp_path / "one" / "out")
    make(photos, tmp_path / "two" / "out", stages={"policy": "faces"})
    assert load_dataset(str(tmp_path / "one" / "out"))["train"]["privacy_status"] == [3, 1, 0, 1, 3]
    assert load_dataset(str(tmp_path / "two" / "out"))["train"]["privacy_status"] == [3, 1, 0, 0, 3]
    make(photos, tmp_path / "one" / "out", stages={"policy": "faces"}, overwrite=True)
    assert load_dataset(str(tmp_path / "one" / "out"))["train"]["privacy_status"] == [3, 1, 0, 0, 3]


def test_a_table_cannot_draw_other_files_of_this_machine_into_the_result(tmp_path):
    private = tmp_path / "private.png"
    private.write_bytes(testing.blank())
    rows = [{"bytes": testing.blank(), "path": "a.png"}, {"bytes": None, "path": str(private)}, None]
    table = tmp_path / "rows.parquet"
    Dataset.from_dict({"image": rows}, features=Features({"image": Image(decode=False)})).to_parquet(table)
    manifest = make(table, tmp_path / "out")
    assert manifest.statuses == {"safe": 1, "edited": 0, "rejected": 0, "failed": 2}
    assert manifest.reasons["missing"] == 2


def test_other_image_columns_lose_the_names_of_their_files(tmp_path):
    rows = {
        "image": [{"bytes": testing.blank(), "path": None}] * 2,
        "other": [{"bytes": testing.blank(), "path": "/home/jane_doe/a.png"}, None],
        "third": [{"bytes": None, "path": "/home/jane_doe/b.png"}] * 2,
    }
    table = tmp_path / "rows.parquet"
    features = Features(dict.fromkeys(rows, Image(decode=False)))
    pq.write_table(pa.table(rows, schema=features.arrow_schema), table)
    out = tmp_path / "out"
    make(table, out, stages={"image_column": "image"})
    assert not any(b"jane_doe" in data for name, data in contents(out).items() if name.startswith("data/"))
    (kept, null) = load_dataset(str(out), split="train").cast_column("other", Image(decode=False))["other"]
    assert kept["bytes"] == testing.blank()
    assert null is None


def test_a_local_table_is_read_without_the_network(tmp_path, monkeypatch):
    table = tmp_path / "rows.parquet"
    Dataset.from_dict(
        {"image": [{"bytes": testing.blank(), "path": None}]},
        features=Features({"image": Image(decode=False)}),
    ).to_parquet(table)

    def refuse(*args, **kwargs):
        pytest.fail("the network was asked for")

    for name in ("socket.socket.connect", "socket.socket.connect_ex", "socket.getaddrinfo"):
        monkeypatch.setattr(name, refuse)
    assert make(table, tmp_path / "out").rows == 1


@pytest.mark.parametrize("name", ["Dr. Jane Doe", "jane.doe@example.com"])
def test_folders_named_after_people_are_no_class_names(tmp_path, name):
    (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in" / name / "a.png").write_bytes(testing.blank())
    with pytest.raises(DatasetError, match="look personal") as error:
        load_source(str(tmp_path / "in"), keep_labels=True)
    assert "Jane" not in str(error.value)
    assert "jane" not in str(error.value)


def test_a_relative_folder_of_tables_has_no_unread_files(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    Dataset.from_dict(
        {"image": [{"bytes": testing.blank(), "path": None}]},
        features=Features({"image": Image(decode=False)}),
    ).to_parquet(tmp_path / "in" / "rows.parquet")
    monkeypatch.chdir(tmp_path)
    assert not load_source("in").skipped


def test_paths_of_images_and_sounds_are_not_published_at_any_depth(tmp_path):
    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    cell, named = {"bytes": testing.blank(), "path": "jane_doe/a.png"}, {"bytes": None, "path": "/jane_doe/b"}
    inner = pa.struct({"mask": image, "n": pa.int8()})
    columns = {
        "image": ([cell, cell], image),
        "views": ([[cell, named], None], pa.list_(image)),
        "deep": ([{"one": {"mask": named, "n": 1}}, None], pa.struct({"one": inner})),
        "sound": ([named, None], image),
    }
    table = pa.table({name: pa.array(values, kind) for name, (values, kind) in columns.items()})
    rows = Dataset(InMemoryTable(table)).cast_column("image", Image(decode=False))
    rows = rows.cast_column("sound", Audio(decode=False))
    out = tmp_path / "out"
    materialize(rows, out, testing.fakes(image_column="image"))
    assert b"jane_doe" not in b"".join(p.read_bytes() for p in (out / "data").iterdir())
    kept = pq.read_table(out / "data").to_pylist()
    assert kept[0]["views"] == [{"bytes": testing.blank(), "path": None}, {"bytes": None, "path": None}]
    assert kept[0]["deep"]["one"]["n"] == 1
    assert kept[1]["views"] is kept[1]["deep"] is None


def test_a_table_cannot_draw_other_files_in_as_masks_or_by_a_named_column(tmp_path):
    private = tmp_path / "private.png"
    private.write_bytes(testing.blank())
    named = {"bytes": None, "path": str(private)}
    image = Image(decode=False)
    features = Features({"image": image, "other": image, "objects": {"mask": image}, "masks": [image]})
    rows = {"image": [named], "other": [named], "objects": [{"mask": named}], "masks": [[named]]}
    table = tmp_path / "rows.parquet"
    Dataset.from_dict(rows, features=features).to_parquet(table)
    out = tmp_path / "out"
    forms = {"objects.mask": "mask", "masks": "mask"}
    manifest = make(table, out, stages={"image_column": "image", "annotations": forms})
    assert manifest.reasons == {"missing": 1}
    assert testing.blank() not in next((out / "data").iterdir()).read_bytes()


@pytest.mark.parametrize("place", ["out", "out/private", "Wolpertinger", "Wolpertinger/deep"])
def test_the_row_store_lies_neither_in_the_result_nor_among_the_originals(photos, tmp_path, place):
    with pytest.raises(ConfigError, match=r"row store and the (output folder|source) lie inside each other"):
        make(photos, tmp_path / "out", stages={"store": str(tmp_path / place)})


def test_the_words_for_no_store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Sanitizer(**testing.fakes(store="none")).config.store is None
    with pytest.raises(ConfigError, match="store is an empty text"):
        Sanitizer(**testing.fakes(store=""))


def test_names_of_splits_are_not_ignored_by_git(photos, tmp_path):
    make(photos, tmp_path / "out")
    lines = (tmp_path / "out" / ".gitignore").read_text().splitlines()
    assert all(line.startswith("/") for line in lines)  # only what lies beside data/


def test_images_beside_arrays_in_structs(tmp_path):
    cell = {"bytes": testing.blank(), "path": "jane.png"}
    deep = {"mask": Image(decode=False), "grid": Array2D((2, 2), "int32")}
    features = Features({"image": Image(decode=False), "deep": deep, "more": List(deep)})
    one = {"mask": cell, "grid": [[1, 2], [3, 4]]}
    rows = Dataset.from_dict({"image": [cell], "deep": [one], "more": [[one]]}, features=features)
    make(Source({"train": rows}, "parquet"), tmp_path / "out")
    kept = load_dataset(str(tmp_path / "out"), split="train")
    assert kept.features["deep"]["grid"] == Array2D((2, 2), "int32")
    assert kept.with_format("arrow")[0]["deep"][0].as_py()["mask"]["path"] is None
