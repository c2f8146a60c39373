"""The YAML header of a card: what the Hub and `load_dataset` read of it."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from datasets import ClassLabel, Features

from ...manifest import Manifest
from ...schema import PUBLIC_FEATURES
from ..licences import hub_licences
from ..published import TAG, Published, PublishedConfig
from .sources import hub_id

TAGS = (TAG, "privacy", "anonymization", "image")
UNKNOWN = "unknown"  # of licences
OTHER = ["other"]  # of tasks
DEFAULT = "default"  # of configurations
# Every 10 times more is another category, as the Hub names them.
_SIZES = (
    *("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"),
    *("1B<n<10B", "10B<n<100B", "100B<n<1T", "n>1T"),
)
_OURS = re.compile(r"rows [0-9a-f]{16}")  # the description of a configuration that we wrote
_BOXES = frozenset({"bbox", "bboxes", "box", "boxes"})


def written(header: Mapping[str, Any]) -> str:
    """Return a header between its lines."""
    return f"---\n{dumped(header)}---\n"


def dumped(values: Mapping[str, Any]) -> str:
    """Return values as YAML, in their order."""
    # In ASCII: line breaks that only some know, such as U+0085, do not survive otherwise.
    return yaml.safe_dump(dict(values), sort_keys=False, width=1000)


def draft_header(manifest: Manifest, features: Features) -> dict[str, Any]:
    """Return the header of a local result."""
    files: dict[str, list[dict[str, str]]] = {}
    for name, counts in manifest.splits.items():
        config, _, split = name.rpartition("/")
        if sum(counts.values()):
            paths = files.setdefault(config or DEFAULT, [])
            paths.append({"split": split, "path": f"data/{name}-*.parquet"})
    return {
        "license": UNKNOWN,
        "task_categories": _tasks([features]),
        "tags": list(TAGS),
        "configs": [_entry(config, paths, manifest.files) for config, paths in files.items()],
    }


def published_header(
    published: Published, features: Mapping[str, Features], existing: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the header of a repo: every key that is there and not ours stays, in its order.

    Tags and source datasets are united. What stands there as licence and tasks stays too, unless it is
    `unknown`, or part of what is now to be said.

    Args:
        published: All configurations.
        features: By configuration, of the published columns.
        existing: The header that is there.
    """
    rows = sum(sum(config.published.values()) for config in published.configs.values())
    sources = dict.fromkeys(hub_id(config) or "original" for config in published.configs.values())
    ours = {
        "license": _licence(existing.get("license"), published),
        "task_categories": _chosen(existing.get("task_categories"), _tasks(features.values())),
        "tags": _united(existing.get("tags"), TAGS),
        "source_datasets": _united(existing.get("source_datasets"), sources),
        "size_categories": [_size(rows)],
        "configs": [
            *_others(existing.get("configs"), published),
            *(_config(name, published.configs[name]) for name in sorted(published.configs)),
        ],
    }
    header = {**existing, **ours}
    if "dataset_info" in header:
        header["dataset_info"] = _infos(header["dataset_info"], published)
        if not header["dataset_info"]:
            del header["dataset_info"]
    return header


def _config(name: str, config: PublishedConfig) -> dict[str, Any]:
    paths = []
    for split in config.published:
        found = [path for path in sorted(config.files) if path.rpartition("/")[2].startswith(f"{split}-")]
        if found:
            folder, slash, _ = found[0].rpartition("/")
            paths.append({"split": split, "path": f"{folder}{slash}{split}-*.parquet"})
    return _entry(name, paths, config.files)


def _entry(name: str, paths: list[dict[str, str]], files: Mapping[str, str]) -> dict[str, Any]:
    """Return an entry of `configs`; its description tells these rows from others.

    `load_dataset` caches a local folder by its last name and these entries alone: without it, it would
    give the rows of an earlier result, or of another folder of the same name.
    """
    digest = hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()[:16]
    return {"config_name": name, "description": f"rows {digest}", "data_files": paths}


def _others(existing: Any, published: Published) -> list[dict[str, Any]]:
    """Return the entries of other tools; not ours, nor one that we wrote and no longer publish."""
    return [
        entry
        for entry in _listed(existing)
        if isinstance(entry, dict)
        and isinstance(entry.get("config_name"), str)
        and entry["config_name"] not in published.configs
        and not _OURS.fullmatch(str(entry.get("description")))
    ]


def _infos(existing: Any, published: Published) -> list[dict[str, Any]] | dict[str, Any]:
    """Return `dataset_info` without our configurations: `load_dataset` would believe it before our files."""
    infos = [info for info in _listed(existing) if isinstance(info, dict)]
    kept = [info for info in infos if info.get("config_name", DEFAULT) not in published.configs]
    return kept[0] if isinstance(existing, dict) and kept else kept


def _licence(existing: Any, published: Published) -> Any:
    """Return the licence that is there, else those of the sources; a new configuration may add one."""
    each = [hub_licences(config.source_licence) or (UNKNOWN,) for config in published.configs.values()]
    ours = list(dict.fromkeys(name for names in each for name in names)) or [UNKNOWN]
    if not set(map(str, _listed(existing))) <= {*ours, UNKNOWN}:
        return existing
    return ours[0] if len(ours) == 1 else ours


def _chosen(existing: Any, tasks: list[str]) -> list[Any]:
    """Return the tasks that are there, unless they are none that says anything."""
    there = _listed(existing)
    return tasks if there in ([], OTHER) else there


def _tasks(features: Iterable[Features]) -> list[str]:
    found = []
    for columns in features:
        own = {name: feature for name, feature in columns.items() if name not in PUBLIC_FEATURES}
        if any(isinstance(feature, ClassLabel) for feature in own.values()):
            found.append("image-classification")
        if any(name in _BOXES for name in _names(own)):
            found.append("object-detection")
    return list(dict.fromkeys(found)) or OTHER


def _names(feature: Any) -> Iterator[str]:
    """Yield the names of columns and of the fields in them."""
    if isinstance(feature, dict):
        for name, part in feature.items():
            yield name
            yield from _names(part)
    elif inner := getattr(feature, "feature", None):  # of a list
        yield from _names(inner)


def _size(rows: int) -> str:
    digits = len(str(rows))
    return _SIZES[min(max(digits - 3, 0), len(_SIZES) - 1)]


def _united(existing: Any, ours: Iterable[str]) -> list[Any]:
    there = _listed(existing)
    return [*there, *(name for name in ours if name not in there)]


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
