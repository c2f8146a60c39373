"""What several commands open: a source with the sanitizer for it, or the originals of a result."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from ..manifest import read_manifest
from ..sanitizer import Sanitizer
from ..sources import Source, load_source
from .settings import settings


@dataclass(frozen=True, kw_only=True)
class Request:
    """A command about a source as it was given; `given` are options that are arguments of `Sanitizer`."""

    source: str
    split: str | None
    config_name: str | None
    revision: str | None
    given: Mapping[str, Any]
    config: Path | None
    limit: int | None
    num_proc: int
    overwrite: bool
    keep_labels: bool = False
    streaming: bool = False


def open_request(request: Request) -> tuple[Sanitizer, Source]:
    """Return the sanitizer and the source; the sanitizer comes first, because the source may be large."""
    quiet()
    sanitizer = Sanitizer(**settings(request.given, request.config))
    source = load_source(
        request.source,
        split=request.split,
        config_name=request.config_name,
        revision=request.revision,
        image_column=sanitizer.config.image_column,
        keep_labels=request.keep_labels,
        streaming=request.streaming,
    )
    return sanitizer, source


def open_original(result: Path, original: str, config_name: str | None, revision: str | None) -> Source:
    """Return the source that a result was made from."""
    quiet()
    manifest = read_manifest(result)
    name, _, commit = manifest["source"].partition("@")
    if revision is None and name == original:  # of the Hub: as it was then
        revision = commit
    column = manifest["image_column"]
    return load_source(original, config_name=config_name, revision=revision, image_column=column)


def quiet() -> None:
    """Show no progress bars of `datasets` where nobody watches."""
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
