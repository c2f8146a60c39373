"""Datasets in Python, streams and several configurations through `materialize`."""

import json
import subprocess
import sys
import textwrap

import pytest
from datasets import Dataset, DatasetDict, Features, Image, IterableDatasetDict, Value, load_dataset

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import Source, load_source, open_source

FEATURES = Features({"image": Image(), "n": Value("int64")})


def rows(count, start=0):
    cells = [
        {"bytes": testing.with_face(box=(i % 20, 3, i % 20 + 9, 12)), "path": None} for i in range(count)
    ]
    return Dataset.from_dict({"image": cells, "n": list(range(start, start + count))}, features=FEATURES)


def table(result, split="train", config=None):
    return load_dataset(str(result), config, split=split).cast_column("image", Image(decode=False)).to_list()


FORMS = {
    "dataset": lambda part, path: part,
    "dict": lambda part, path: DatasetDict({"train": part}),
    "stream": lambda part, path: part.to_iterable_dataset(num_shards=2),
    "stream of dicts": lambda part, path: IterableDatasetDict({"train": part.to_iterable_dataset()}),
    "a path": lambda part, path: path,
    "a path as text": lambda part, path: str(path),
    "a source": lambda part, path: load_source(str(path)),
}


@pytest.mark.parametrize("form", FORMS)
def test_whatever_a_user_has(tmp_path, form):
    part, path = rows(9), tmp_path / "rows.parquet"
    part.to_parquet(path)
    manifest = materialize(
        FORMS[form](part, path), tmp_path / "out", Sanitizer(**testing.fakes()), batch_size=4
    )
    assert manifest.rows == 9
    assert [row["n"] for row in table(tmp_path / "out")] == list(range(9))
    assert "path" in form or form == "a source" or manifest.source == "DATASET_IN_PYTHON"


@pytest.mark.parametrize("limit", [None, 5])
def test_a_stream_gives_the_same_bytes(tmp_path, limit):
    path = tmp_path / "rows.parquet"
    rows(9).to_parquet(path)
    for streaming in (True, False):
        out = tmp_path / str(streaming)
        materialize(path, out, testing.fakes(), streaming=streaming, limit=limit, batch_size=2)
    files = [
        (tmp_path / name / place / "train-00000-of-00001.parquet").read_bytes()
        for place in ("data", "private")
        for name in ("True", "False")
    ]
    assert files[0] == files[1]
    assert files[2] == files[3]


def test_a_stream_in_several_processes(tmp_path):
    path = tmp_path / "rows.parquet"
    rows(9).to_parquet(path)
    manifest = materialize(path, tmp_path / "out", testing.fakes(), streaming=True, num_proc=2, batch_size=2)
    assert manifest.rows == 9
    assert [row["n"] for row in table(tmp_path / "out")] == list(range(9))


def test_progress_of_a_stream_has_no_total(tmp_path):
    seen = []
    part = rows(3).to_iterable_dataset()
    materialize(part, tmp_path / "out", testing.fakes(), progress=lambda s, total: seen.append(total))
    assert seen == [None]


WRONG = {
    "no dataset": (lambda: 5, {}, DatasetError, "Expected a dataset, a path or a Hub id, got int"),
    "a list": (lambda: [rows(1)], {}, DatasetError, "got list"),
    "a dict of others": (lambda: {"train": [1]}, {}, DatasetError, "got dict"),
    "no features": (
        lambda: rows(1).to_iterable_dataset().map(lambda row: row),
        {},
        DatasetError,
        "stream has no features",
    ),
    "no rows": (lambda: rows(0), {}, DatasetError, "source has no rows"),
    "split": (lambda: DatasetDict({"a": rows(1)}), {"split": "b"}, DatasetError, "'b' not found"),
    "config": (
        lambda: rows(1),
        {"config_name": "x"},
        DatasetError,
        "config_name is for a path or a Hub id only",
    ),
    "a cut stream": (
        lambda: rows(1).to_iterable_dataset(),
        {"shard": (0, 2)},
        ConfigError,
        "stream cannot be cut",
    ),
    "size": (lambda: rows(1), {"max_shard_size": "5 apples"}, ConfigError, "max_shard_size '5 apples'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls(tmp_path, name):
    source, options, error, words = WRONG[name]
    with pytest.raises(error, match=words):
        materialize(source(), tmp_path / "out", testing.fakes(), **options)
    assert not (tmp_path / "out").exists()


def test_one_split_of_a_dataset(tmp_path):
    both = DatasetDict({"train": rows(2), "test": rows(3)})
    assert materialize(both, tmp_path / "out", testing.fakes(), split="test").splits.keys() == {"test"}


def configurations():
    other = Features({"image": Image(), "word": Value("string")})
    cell = {"bytes": testing.blank(), "path": None}
    words = Dataset.from_dict({"image": [cell] * 2, "word": ["x", "y"]}, features=other)
    return Source({"one/train": rows(3), "one/test": rows(1), "two.b-c/train": words}, "hub", "me/photos@abc")


def test_several_configurations(tmp_path):
    out = tmp_path / "out"
    manifest = materialize(configurations(), out, testing.fakes())
    assert {name: sum(counts.values()) for name, counts in manifest.splits.items()} == {
        "one/train": 3,
        "one/test": 1,
        "two.b-c/train": 2,
    }
    assert manifest.passed_through == {"n": "int64", "word": "string"}
    assert [row["n"] for row in table(out, config="one")] == [0, 1, 2]
    assert [row["word"] for row in table(out, config="two.b-c")] == ["x", "y"]
    assert "two.b-c/train-00000-of-00001.parquet" in manifest.files
    assert (out / "private" / "two.b-c" / "train-00000-of-00001.parquet").stat().st_mode & 0o777 == 0o600


def test_a_split_of_every_configuration(tmp_path):
    source = open_source(configurations(), split="train")
    assert list(source.splits) == ["one/train", "two.b-c/train"]


@pytest.mark.parametrize("name", ["../up/train", "a/b/c", ".hidden/train", "x/a b"])
def test_names_that_no_file_may_have(name):
    with pytest.raises(DatasetError, match="names that no file can have"):
        open_source(Source({name: rows(1)}, "hub"))


def test_configurations_with_other_image_columns(tmp_path):
    splits = {"a/train": rows(1), "b/train": rows(1).rename_column("image", "photo")}
    with pytest.raises(DatasetError, match="in different columns: image, photo"):
        materialize(Source(splits, "hub"), tmp_path / "out", testing.fakes())


MEMORY = """
    import resource, sys
    import numpy as np
    from datasets import Features, Image, IterableDataset
    from hf_unsafe2safe import testing
    from hf_unsafe2safe.materialize import materialize
    from hf_unsafe2safe.storage import shards

    def photos(count):
        for i in range(count):
            # All different: the store has none of them. One in ten is no image.
            box = (i % 40, i // 40 % 40, i % 40 + 8, i // 40 % 40 + 8 + i // 1600)
            data = testing.with_face((96, 96), box) if i % 10 else b"junk %d" % i
            yield {"image": {"bytes": data, "path": None}}

    shards.BYTES_A_GROUP = 2**20
    features = Features({"image": Image(decode=False)})
    stream = IterableDataset.from_generator(photos, features=features, gen_kwargs={"count": int(sys.argv[1])})
    manifest = materialize(stream, sys.argv[2], testing.fakes(), max_shard_size=2**20)
    print(manifest.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path):
    peak = {}
    for count in (500, 5_000):
        run = [sys.executable, "-c", textwrap.dedent(MEMORY), str(count), str(tmp_path / str(count))]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
        written, peak[count] = map(int, done.stdout.split())
        assert written == count
    assert peak[5_000] <= 1.3 * peak[500]


def test_the_manifest_of_a_stream(tmp_path):
    materialize(rows(2).to_iterable_dataset(), tmp_path / "out", testing.fakes())
    values = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (values["rows"], values["splits"]["train"]["edited"]) == (2, 2)
    assert set(values["seconds"]) >= {"open", "inspect", "edit", "verify", "record"}
    assert values["row_store"] == {"computed": 2}
