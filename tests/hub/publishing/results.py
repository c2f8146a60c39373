"""Results to publish, quickly made, and what can be done to them and to the Hub afterwards."""

import json
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image, Value
from huggingface_hub import HfApi

from hf_unsafe2safe import Policy, testing
from hf_unsafe2safe.hub import asking
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.storage import shards
from hf_unsafe2safe.storage.shards import sha256_of
from tests.loopback_hub import LoopbackHub
from tests.runs import picture

REPO, KEY = "me/photos", bytes(range(32)).hex()
# The embedded models know nothing of this kind: the last look scans bytes and inspects no pixels.
QUICK = Policy("quick", edit={"symbol": 0.5})
DATA = [f"data/train-0000{i}-of-00003.parquet" for i in range(3)]  # of nine rows, four in a file


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """No waiting, a key of one's own, small files."""
    monkeypatch.setenv("UNSAFE2SAFE_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", "hf_loopback")
    monkeypatch.setattr(asking, "WAIT_S", 0.0)
    # The Hub's client waits for seconds between tries of its own.
    no_waiting = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    for module in ("utils._http", "file_download"):
        monkeypatch.setattr(f"huggingface_hub.{module}.time", no_waiting)
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 4)


@pytest.fixture
def hub(monkeypatch):
    with LoopbackHub() as hub:
        # `publish` without an api of one's own, as on the command line, knows no other Hub either.
        client = partial(HfApi, endpoint=hub.url)
        monkeypatch.setattr("hf_unsafe2safe.hub.publishing.publish.HfApi", client)
        yield hub


def rows(count: int = 9, first: int = 0, **columns: list[Any]) -> Dataset:
    """Return pictures with file names, beside columns of text or numbers."""
    return of([picture(first + i) for i in range(count)], **columns)


def of(images: list[bytes], **columns: list[Any]) -> Dataset:
    """Return a dataset of encoded images."""
    cells = [{"bytes": data, "path": f"Quillfeather_{i}.png"} for i, data in enumerate(images)]
    types = {n: Value("string" if isinstance(v[0], str) else "int64") for n, v in columns.items()}
    return Dataset.from_dict({"image": cells, **columns}, features=Features({"image": Image(), **types}))


def result(place: Path, dataset: Any = None, **changes: Any) -> Path:
    """Sanitize with the fakes; by default nine rows, all of them safe."""
    dataset = rows() if dataset is None else dataset
    stages = testing.fakes(**{"policy": QUICK, **changes})
    materialize(dataset, place, stages, max_shard_size=1)
    return place


def tampered(result: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """Change the public rows of a result, and its manifest: only who looks at the rows can see it."""
    manifest = json.loads((result / "manifest.json").read_text())
    for name in manifest["files"]:
        path = result / "data" / name
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        groups = [file.read_row_group(i).to_pylist() for i in range(file.num_row_groups)]
        with pq.ParquetWriter(path, schema) as writer:
            for group in groups:
                table = pa.Table.from_pylist([change(row) for row in group], schema)
                writer.write_table(table.combine_chunks(), row_group_size=len(group))
        manifest["files"][name] = sha256_of(path)
    (result / "manifest.json").write_text(json.dumps(manifest))
    return result


def with_image(data: bytes) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change that puts an image in the place of those that are there."""
    return lambda row: {**row, "image": {"bytes": data, "path": None}}


def saved(form: str, pixels: Any = None, **options: Any) -> bytes:
    """Return a picture, encoded by Pillow."""
    image = PIL.Image.fromarray(pixels) if pixels is not None else PIL.Image.new("RGB", (48, 32), "olive")
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def table(hub: LoopbackHub, repo: str = REPO, start: str = "data/", revision: str = "main") -> pa.Table:
    """Return all published rows of a repo."""
    files = sorted(hub.at(repo, revision).items())
    return pa.concat_tables(pq.read_table(BytesIO(data)) for path, data in files if path.startswith(start))


def changing(hub: LoopbackHub) -> list[tuple[str, str, int]]:
    """Return the requests that change something."""
    return [one for one in hub.requests if one[0] not in ("GET", "HEAD")]
