"""The leak test: a plain mapped dataset is pushed, and every byte that arrives is searched.

The source is a folder with private names, and images with planted strings wherever a file can hold one.
The same search on an unsanitized push must find them, or it proves nothing.
"""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, load_dataset
from datasets.table import embed_table_storage

from hf_unsafe2safe import Sanitizer, testing
from tests.loopback_hub import USER, LoopbackHub
from tests.planting import FILE, FOLDER, PLANTED, encode, found_in, image_of, unpacked

# What Pillow says of the form of an image; anything else is content.
FORM = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background", "duration", "timestamp"}
FORMATS = ("jpg", "png", "webp", "gif", "tiff")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of images of every format: kept ones, a face, a name, and a broken file."""
    folder = tmp_path_factory.mktemp("private_source") / FOLDER
    folder.mkdir()
    for form in FORMATS:
        for what, make in (("kept", testing.blank), ("face", testing.with_face), ("name", testing.with_text)):
            image = image_of(make(size_wh=(96, 64)))
            (folder / f"{FILE}_{what}_{form}.{form}").write_bytes(encode(image, form))
    whole = (folder / f"{FILE}_kept_jpg.jpg").read_bytes()
    (folder / f"{FILE}_broken.jpg").write_bytes(whole[: len(whole) - 700])
    return folder


def needles(folder: Path) -> dict[str, str]:
    return {
        **PLANTED,
        "file name": FILE,
        "folder name": FOLDER,
        "parent folder": folder.parent.name,
        "read text": testing.SECRET,
    }


def images(parquet: bytes) -> list[dict[str, Any] | None]:
    return pq.read_table(BytesIO(parquet))["image"].to_pylist()


def assert_clean(parquets: list[bytes]) -> None:
    """Assert that every image is one, has no path, and holds nothing but pixels and their form."""
    cells = [cell for parquet in parquets for cell in images(parquet)]
    assert len(cells) == 16
    assert cells.count(None) == 1
    for cell in filter(None, cells):
        assert cell["path"] is None
        with PIL.Image.open(BytesIO(cell["bytes"])) as image:
            image.load()
            assert not image.getexif()
            assert set(image.info) <= FORM


def loaded(folder: Path) -> Dataset:
    # As a user should: names of folders are no labels.
    return load_dataset("imagefolder", data_dir=str(folder), split="train", drop_labels=True)


def embedded(ds: Dataset) -> list[bytes]:
    """Return the Parquet files that `push_to_hub` would make of two shards."""
    files = []
    for index in range(2):
        shard = ds.shard(2, index).with_format("arrow")
        buffer = BytesIO()
        shard.map(embed_table_storage, batched=True, batch_size=4).with_format(None).to_parquet(buffer)
        files.append(buffer.getvalue())
    return files


def test_embedding_finds_nothing_to_embed(folder: Path) -> None:
    ds = loaded(folder)
    safe = ds.map(Sanitizer(**testing.fakes()), batched=True, batch_size=4)
    assert sorted(safe["privacy_status"]) == [0] * 5 + [1] * 10 + [3]
    files = embedded(safe)
    assert_clean(files)
    assert not found_in([*files, *(part for file in files for part in unpacked(file))], needles(folder))


def test_the_search_finds_what_is_planted(folder: Path) -> None:
    files = embedded(loaded(folder))
    hits = found_in([*files, *(part for file in files for part in unpacked(file))], needles(folder))
    assert hits == {*PLANTED, "file name"}  # `datasets` keeps no folder names; the text is in the pixels


PUSH = """
import logging, sys
from datasets import load_dataset
from hf_unsafe2safe import Sanitizer, testing
from tests.loopback_hub import USER, LoopbackHub
ds = load_dataset("imagefolder", data_dir=sys.argv[1], split="train", drop_labels=True)
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)  # loading itself names its files
logging.getLogger("datasets").setLevel(logging.DEBUG)
if sys.argv[2] == "safe":
    ds = ds.map(Sanitizer(**testing.fakes()), batched=True, batch_size=4)
ds.push_to_hub("me/photos", num_shards=2, private=True, token="hf_loopback")
"""


def push(folder: Path, what: str, hub: LoopbackHub) -> str:
    """Push in a new process; return what it printed and logged."""
    done = subprocess.run(
        [sys.executable, "-c", PUSH, str(folder), what],
        env={**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("what", ["safe", "unsafe"])
def test_nothing_private_arrives_at_a_hub(folder: Path, what: str) -> None:
    with LoopbackHub() as hub:
        log = push(folder, what, hub)
    files = hub.files[f"{USER}/photos"]
    parquets = [data for path, data in files.items() if path.endswith(".parquet")]
    assert len(parquets) > 1
    arrived = [*hub.received, *files.values(), *(p.encode() for p in files)]
    hits = found_in([*arrived, *(part for data in parquets for part in unpacked(data))], needles(folder))
    if what == "unsafe":
        assert hits >= {*PLANTED, "file name"}
        return
    assert_clean(parquets)
    assert not hits
    assert "POST /api/repos/create" in b"\n".join(hub.received).decode("latin-1")
    assert "DEBUG" in log
    assert not found_in([log.encode()], needles(folder))
