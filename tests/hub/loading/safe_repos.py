"""Repos as `publish` leaves them, made by hand: a card, `unsafe2safe.json`, Parquet files."""

import hashlib
import io
import json
from dataclasses import replace
from functools import cache
from typing import Any

from datasets import Dataset, Features, Image

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.hub.published import PUBLISHED, TAG, Published, PublishedConfig
from hf_unsafe2safe.manifest import publishable

SOURCE = "org/raw"


def pictures(*cells: bytes) -> Dataset:
    """Return rows that were never sanitized."""
    rows = {"image": [{"bytes": cell, "path": None} for cell in cells]}
    return Dataset.from_dict(rows, features=Features({"image": Image()}))


def parquet(part: Dataset) -> bytes:
    """Return a Parquet file."""
    file = io.BytesIO()
    part.to_parquet(file)
    return file.getvalue()


@cache
def safe_rows(policy: str = "default") -> bytes:
    """Return the Parquet file of two sanitized rows, one of them edited."""
    sanitize = Sanitizer(**testing.fakes(policy=policy, store=None))
    return parquet(sanitize.map(pictures(testing.with_face(), testing.blank())))


def raw_repo() -> dict[str, bytes]:
    """Return the files of a dataset that nobody sanitized."""
    header = "---\ndataset_info:\n  features:\n  - name: image\n    dtype: image\n"
    header += "  splits:\n  - name: train\n    num_examples: 3\n    num_bytes: 9\n---\n"
    rows = parquet(pictures(testing.with_face(), testing.blank(), testing.with_text()))
    return {"README.md": header.encode(), "data/train-00000-of-00001.parquet": rows}


def described(files: dict[str, bytes], policy: str = "default", **changes: Any) -> PublishedConfig:
    """Return what a repo says of a configuration with some files, all of the split `train`."""
    sanitize = Sanitizer(**testing.fakes(policy=policy, store=None))
    config = PublishedConfig(
        package_version="0.1.0",
        schema_version="3",
        config_digest=sanitize.digest,
        config=publishable(sanitize.config),
        models=(),
        source=f"{SOURCE}@{'0' * 40}",
        image_column="image",
        statuses={"safe": 1, "edited": 1, "rejected": 0, "failed": 0},
        splits={"train": {"safe": 1, "edited": 1, "rejected": 0, "failed": 0}},
        published={"train": 2},
        files={path: hashlib.sha256(data).hexdigest() for path, data in files.items()},
        columns={"image": "Image"},
    )
    return replace(config, **changes)


def card(configs: dict[str, dict[str, str]] | None = None, source: str = SOURCE, tags: str = TAG) -> bytes:
    """Return a card: configuration -> split -> its files."""
    named = [
        {"config_name": name, "data_files": [{"split": s, "path": p} for s, p in splits.items()]}
        for name, splits in (configs or {"default": {"train": "data/train-*"}}).items()
    ]
    header = {"tags": [tags], "source_datasets": [source], "configs": named}
    return f"---\n{json.dumps(header)}\n---\n# Card\n".encode()


def safe_repo(policy: str = "default", **changes: Any) -> dict[str, bytes]:
    """Return the files of a published repo with one configuration.

    Args:
        changes: Of what it says of itself.
    """
    files = {"data/train-00000-of-00001.parquet": safe_rows(policy)}
    said = Published({"default": described(files, policy, **changes)})
    return {"README.md": card(), PUBLISHED: said.json().encode(), **files}
