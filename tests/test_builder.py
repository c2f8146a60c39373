"""The builder: what `datasets` does with its own builders it does with ours."""

import os
import subprocess
import sys
import textwrap

import datasets
import pytest
from datasets import Dataset, DatasetInfo, Features, Image, Value

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.builder import Unsafe2SafeBuilder
from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.schema import PRIVATE_FEATURES, PUBLIC_FEATURES
from hf_unsafe2safe.sources import Source
from hf_unsafe2safe.storage.cache import kept_rows
from hf_unsafe2safe.storage.store import cache_folder

STATUSES = [1, 0, 1, 3]


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "Wolpertinger"
    root.mkdir()
    pictures = (testing.with_face(), testing.blank(), testing.with_text(), b"junk")
    for name, data in zip("abcd", pictures, strict=True):
        (root / f"{name}_Rumpelstilz.png").write_bytes(data)
    return root


def builder(source, tmp_path, **options):
    options = {"sanitizer": testing.fakes(), "cache_dir": str(tmp_path / "cache"), **options}
    return Unsafe2SafeBuilder(source=source, **options)


def test_prepare_and_read(photos, tmp_path):
    made = builder(photos, tmp_path)
    made.download_and_prepare()
    part = made.as_dataset(split="train")
    assert part.features == Features({"image": Image(), **PUBLIC_FEATURES})
    assert part["privacy_status"] == STATUSES
    assert part[0]["image"].size == (48, 32)
    assert part[3]["image"] is None
    assert list(made.as_dataset()) == ["train"]
    raw = part.cast_column("image", Image(decode=False))
    assert [cell and cell["path"] for cell in raw["image"]] == [None] * 4


@pytest.mark.slow
def test_prepare_in_processes(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("hf_unsafe2safe.builder.ROWS_A_RANGE", 1)
    made = builder(photos, tmp_path)
    made.download_and_prepare(num_proc=2)
    assert made.as_dataset(split="train")["privacy_status"] == STATUSES


def test_streaming_prepares_nothing(photos, tmp_path):
    made = builder(photos, tmp_path)
    stream = made.as_streaming_dataset(split="train")
    assert [row["privacy_status"] for row in stream] == STATUSES
    assert stream.features == made.info.features
    assert not os.path.exists(made.cache_dir)


def test_parquet(photos, tmp_path):
    made = builder(photos, tmp_path)
    made.download_and_prepare(str(tmp_path / "out"), file_format="parquet")
    (path,) = (tmp_path / "out").glob("*.parquet")
    assert Dataset.from_parquet(str(path))["privacy_status"] == STATUSES


def test_nothing_private_in_the_cache(photos, tmp_path):
    made = builder(photos, tmp_path)
    made.download_and_prepare()
    written = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert written
    for private in (testing.SECRET, "Wolpertinger", "Rumpelstilz"):
        assert not any(private.encode() in p.read_bytes() or private in str(p.name) for p in written)


def test_private_columns_on_request(photos, tmp_path):
    made = builder(photos, tmp_path, private_columns=True)
    made.download_and_prepare()
    part = made.as_dataset(split="train")
    assert set(PRIVATE_FEATURES) <= set(part.features)
    assert testing.SECRET in part["private_caption"][2]
    assert made.cache_dir != builder(photos, tmp_path).cache_dir


# What makes another folder in the cache, so that no stale result is served.
def _added(root):
    (root / "e.png").write_bytes(testing.blank())


def _changed(root):
    (root / "b_Rumpelstilz.png").write_bytes(testing.with_face())


@pytest.mark.parametrize("change", [_added, _changed])
def test_another_state_of_the_source_is_another_folder(photos, tmp_path, change):
    before = builder(photos, tmp_path).cache_dir
    assert builder(photos, tmp_path).cache_dir == before
    change(photos)
    assert builder(photos, tmp_path).cache_dir != before


def test_the_folder_is_named_after_source_and_configuration(photos, tmp_path):
    sanitize = Sanitizer(**testing.fakes(seed=3))
    made = builder(photos, tmp_path, sanitizer=sanitize)
    assert "safe-local_folder" in made.cache_dir
    assert made.cache_dir.endswith(f"-{sanitize.digest}")
    assert made.cache_dir != builder(photos, tmp_path).cache_dir


def test_info_tells_of_the_original(tmp_path):
    info = DatasetInfo(description="Cats.", citation="@cats", homepage="https://cats.example", license="mit")
    features = Features({"image": Image(), "n": Value("int64")})
    rows = {"image": [{"bytes": testing.blank(), "path": None}], "n": [1]}
    part = Dataset.from_dict(
        rows, features=features, info=DatasetInfo(**{**vars(info), "features": features})
    )
    made = builder(part, tmp_path)
    assert made.info.description.endswith("from DATASET_IN_PYTHON. Cats.")
    assert (made.info.citation, made.info.homepage) == ("@cats", "https://cats.example")
    assert made.info.license == "mit"
    assert list(made.info.features)[:2] == ["image", "n"]


def test_an_interrupted_preparation_goes_on(photos, tmp_path):
    class Stops(testing.FakeVerifier):
        def fingerprint(self):
            return "stops"

        def verify(self, checks, kinds):
            if stop and len(kept_rows(cache_folder())):
                raise RuntimeError("power loss")
            return super().verify(checks, kinds)

    stop = True
    stages = {"sanitizer": testing.fakes(verifier=Stops())}
    made = builder(photos, tmp_path, **stages)
    made._sanitize.records([testing.blank()])  # a row that an earlier run finished
    with pytest.raises(datasets.exceptions.DatasetGenerationError):
        made.download_and_prepare()
    assert not os.path.exists(made.cache_dir)  # `datasets` deleted it
    stop = False
    again = builder(photos, tmp_path, **stages)
    again.download_and_prepare()
    assert again._sanitize.effort["rows"] == {"read": 1, "computed": 2}


def test_several_configurations(tmp_path):
    part = Dataset.from_dict(
        {"image": [{"bytes": testing.blank(), "path": None}]}, features=Features({"image": Image()})
    )
    source = Source({"one/train": part, "two/train": part}, "hub", "me/photos@abc")
    with pytest.raises(DatasetError, match="several configurations: one, two"):
        builder(source, tmp_path)


def test_a_stream_cannot_be_prepared(tmp_path):
    part = Dataset.from_dict(
        {"image": [{"bytes": testing.blank(), "path": None}]}, features=Features({"image": Image()})
    )
    with pytest.raises(DatasetError, match="stream cannot be prepared"):
        builder(part.to_iterable_dataset(), tmp_path)


FORKED = """
    import sys
    from hf_unsafe2safe import Sanitizer
    import hf_unsafe2safe.builder as module
    module.ROWS_A_RANGE = 1
    sanitize = Sanitizer(policy="faces", store=None)
    sanitize.records([sys.argv[1] + "/neg_cat.png"])  # the parent has models and their threads
    made = module.Unsafe2SafeBuilder(sys.argv[1], sanitizer=sanitize, cache_dir=sys.argv[2])
    made.download_and_prepare(num_proc=2)
    print(list(made.as_dataset(split="train")["privacy_status"]))
"""


@pytest.mark.slow
def test_real_models_in_forked_processes(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    examples = os.path.join(os.path.dirname(__file__), "..", "examples", "photos")
    for name in ("neg_cat.png", "people_astronaut.jpg", "people_grace_hopper.jpg"):
        os.symlink(os.path.join(examples, name), photos / name)
    run = [sys.executable, "-c", textwrap.dedent(FORKED), str(photos), str(tmp_path / "cache")]
    done = subprocess.run(run, capture_output=True, text=True, timeout=180, check=False)
    assert done.stdout.splitlines()[-1] == "[0, 1, 1]", done.stderr[-2000:]


@pytest.mark.parametrize("changes", [{"image_column": "right"}, {"annotations": {"right": None, "n": None}}])
def test_other_columns_are_another_folder(tmp_path, changes):
    features = Features({"left": Image(), "right": Image(), "n": Value("int64")})
    cell = {"bytes": testing.with_face(), "path": None}
    part = Dataset.from_dict({"left": [cell], "right": [cell], "n": [1]}, features=features)
    stages = testing.fakes(image_column="left")
    one = builder(part, tmp_path, sanitizer=stages)
    assert builder(part, tmp_path, sanitizer={**stages, **changes}).cache_dir != one.cache_dir
