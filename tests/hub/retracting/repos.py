"""Published repos made by hand: small shipped photos, with all that a takedown reads and changes."""

import hashlib
from functools import cache
from io import BytesIO

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, Image, Value

from hf_unsafe2safe.hub.keys import ROW_KEY, row_key
from hf_unsafe2safe.hub.published import PUBLISHED, Published, PublishedConfig
from hf_unsafe2safe.schema import PUBLIC_FEATURES
from tests.loopback_hub import LoopbackHub
from tests.photos import FACES, rgb

REPO, KEY = "me/photos", bytes(range(32))
DIGEST = "0123456789abcdef"
FEATURES = Features({"image": Image(), "label": Value("int64"), **PUBLIC_FEATURES, ROW_KEY: Value("string")})
NAMES = sorted(FACES)


@cache
def original(name: str) -> bytes:
    """Return a small photo as its owner has it."""
    image = PIL.Image.fromarray(rgb(name))
    image.thumbnail((240, 240))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@cache
def safe(name: str) -> tuple[bytes, list[int]]:
    """Return its safe image, grey in the middle, and the box of that."""
    with PIL.Image.open(BytesIO(original(name))) as image:
        pixels = np.asarray(image).copy()
    height, width = pixels.shape[:2]
    box = [width * 2 // 5, height * 2 // 5, width * 3 // 5, height * 3 // 5]
    pixels[box[1] : box[3], box[0] : box[2]] = 128
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, method=0)
    return buffer.getvalue(), box


def key_of(name: str, repo: str = REPO) -> str:
    return row_key(KEY, repo, f"original:{hashlib.sha256(original(name)).hexdigest()}")


def rows(names: list[str], repo: str = REPO) -> pa.Table:
    """Return published rows made of photos."""
    return pa.Table.from_pylist([_row(name, i, repo) for i, name in enumerate(names)], FEATURES.arrow_schema)


def _row(name: str, label: int, repo: str) -> dict:
    data, box = safe(name)
    region = {"label": 0, "kind": "face", "score": 0.9, "box": box, "source": "centerface", "action": 0}
    return {
        "image": {"bytes": data, "path": None},
        "label": label,
        "privacy_status": 1,
        "privacy_flag": True,
        "risk_labels": [0],
        "risk_regions": [region],
        "public_caption": "A photo.",
        "edit_instruction": "Repaint it.",
        "provenance": {"config_digest": DIGEST, "models": [], "seed": 1, "edited_fraction": 0.04},
        ROW_KEY: key_of(name, repo),
    }


def parquet(table: pa.Table, rows_a_group: int = 2) -> bytes:
    """Return a file as `publish` writes it."""
    buffer = BytesIO()
    with pq.ParquetWriter(buffer, table.schema) as writer:
        for start in range(0, len(table), rows_a_group):
            part = table.slice(start, rows_a_group).combine_chunks()
            writer.write_table(part, row_group_size=len(part))
    return buffer.getvalue()


def config(files: dict[str, bytes], **changes: object) -> PublishedConfig:
    """Return the facts of one configuration."""
    published: dict[str, int] = {}
    for path, data in files.items():
        split = path.rpartition("/")[2].split("-")[0]
        published[split] = published.get(split, 0) + pq.ParquetFile(BytesIO(data)).metadata.num_rows
    count = {"safe": 0, "edited": sum(published.values()), "rejected": 0, "failed": 0}
    values = {
        "package_version": "0.1.0",
        "schema_version": "1",
        "config_digest": DIGEST,
        "config": {
            "preset": "local",
            "policy": {"name": "default", "edit": {"face": 0.5}, "label": {}, "criteria": {}},
            **dict.fromkeys(("inspector", "captioner", "instructor", "editor", "verifier"), "local"),
            "seed": 0,
            "encoding": "auto",
            "keep": False,
            "image_column": None,
            "demographics": False,
            "allow_uncovered": False,
            "annotations": {},
            "context_columns": [],
        },
        "models": ({"name": "centerface", "revision": "1"},),
        "source": "LOCAL_FOLDER",
        "image_column": "image",
        "statuses": count,
        "splits": {split: {**count, "edited": rows} for split, rows in published.items()},
        "published": published,
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in files.items()},
        "columns": {"image": "Image", "label": "int64"},
    }
    return PublishedConfig(**{**values, **changes})


def repo_files(data: dict[str, dict[str, bytes]], **published: object) -> dict[str, bytes]:
    """Return all files of a repo: configuration -> path -> data file."""
    said = Published({name: config(files) for name, files in data.items()}, **published)
    files = {path: content for one in data.values() for path, content in one.items()}
    card = b"---\nlicense: mit\n---\n# Mine\n"
    return {"README.md": card, PUBLISHED: said.json().encode(), **files}


@cache
def two_splits() -> dict[str, dict[str, bytes]]:
    """Return `train` in two files of six and three rows, and `test` in one of two rows."""
    return {
        "default": {
            "data/train-00000-of-00002.parquet": parquet(rows(NAMES[:6])),
            "data/train-00001-of-00002.parquet": parquet(rows(NAMES[6:9])),
            "data/test-00000-of-00001.parquet": parquet(rows(NAMES[9:11])),
        }
    }


def images(hub: LoopbackHub) -> set[bytes]:
    """Return all images that a Hub still holds, in whatever stored file, in a commit or not."""
    files = [pq.ParquetFile(BytesIO(data)) for data in hub.stored().values() if data[:4] == b"PAR1"]
    cells = [cell for file in files for cell in file.read(columns=["image"])["image"].to_pylist()]
    return {cell["bytes"] if isinstance(cell, dict) else cell for cell in cells}


def is_gone(hub: LoopbackHub, name: str) -> bool:
    """Return whether the image of a row is nowhere on a Hub: not as it is, and not in a Parquet file."""
    commits = [commit for repo in hub.repos.values() for commit in repo.commits.values()]
    small = [file.data or b"" for commit in commits for file in commit.files.values()]
    data = safe(name)[0]
    return data not in images(hub) and not any(data in other for other in (*hub.stored().values(), *small))
