"""The parts of a result become the result: checked, named, counted, with card and manifest."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from datasets import Features

from .engines.effort import Effort, add_effort
from .errors import ConfigError, DatasetError
from .hub.card import card
from .manifest import Manifest, read_manifest
from .storage.output import (
    MANIFEST,
    assemble,
    commit,
    is_result,
    locked,
    output_lock,
    staged,
    write_text,
)
from .storage.parts import LOCK, Part, Settings, differences, parts_of
from .storage.shards import Shard, shards
from .tally import tally_of

# In `private`, with a name that readers of Parquet pass over: what a rerun is compared with.
SETTINGS = "_settings.json"


def merge(output_dir: str | Path) -> Manifest:
    """Make a result of the parts that the jobs of a run wrote into its folder.

    Every shard must be as it was written, and every row of the source must be there once. Only then is the
    result moved to its place, the manifest last.

    Args:
        output_dir: The folder that was given to every `materialize(..., shard=(i, n))`.

    Raises:
        ConfigError: Parts are missing, not complete, damaged or made with different settings.
        Unsafe2SafeError: Rows are missing or there twice.
    """
    output = Path(output_dir)
    if not output.is_dir():
        raise ConfigError(
            "There is nothing to merge in this folder.", hint="Name that of `sanitize ... --shard i/n`."
        )
    with locked(output_lock(output)):
        commit(output)  # a run that was killed after all was done
        if is_result(output) and not any(output.glob(".unfinished/part-*")):
            return finished(output)
        return merge_parts(output)


def merge_parts(output: Path) -> Manifest:
    """Do as `merge`, for a caller that holds the lock of the folder."""
    parts = parts_of(output)
    first = parts[0].settings
    for part in parts[1:]:
        if differs := differences(first, part.settings):
            raise ConfigError(
                f"The shards were made with different settings: {differs}.",
                hint="Run all of them with the same.",
            )
    with ExitStack() as held:
        for part in parts:  # no job may write to a part that is being merged
            held.enter_context(locked(part.folder / LOCK))
        return _merged(output, parts)


def _merged(output: Path, parts: Sequence[Part]) -> Manifest:
    first = parts[0].settings
    members = [(part.folder, shard) for part in parts for shard in part.shards]
    if broken := [shard.name for folder, shard in members if not shard.is_whole(folder)]:
        raise ConfigError(
            f"{len(broken)} files are not as they were written: {', '.join(broken[:20])}.",
            hint="Run `unsafe2safe sanitize` with this shard again: it makes them anew.",
        )
    return build(output, first, _in_order(first, members), {}, _effort(parts))


def build(
    output: Path,
    settings: Settings,
    members: Iterable[tuple[Path, Shard]],
    values: Mapping[str, Any],
    effort: Mapping[str, Mapping[str, float]],
) -> Manifest:
    """Write a result of finished shards.

    Args:
        output: Its folder.
        settings: What they were made with.
        members: Every shard with the folder that it is in, in the order of the rows.
        values: Fields of the manifest that settings and rows do not tell.
        effort: Seconds by stage and rows by origin.

    Raises:
        Unsafe2SafeError: Rows are missing or there twice.
    """
    with staged(output) as result:
        files = assemble(members, result)
        tally = tally_of(result, settings["rows"])
        names = {part.name for part in fields(Manifest)}
        manifest = Manifest(
            **{
                **{name: value for name, value in settings.items() if name in names},
                "seconds": {name: round(s, 3) for name, s in effort.get("seconds", {}).items()},
                "row_store": dict(effort.get("rows", {})),
                "model_calls": {name: round(n, 3) for name, n in effort.get("calls", {}).items()},
                "edits": {name: int(n) for name, n in effort.get("edits", {}).items() if n},
                **values,
                **tally.values(),
                "files": files,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        write_text(result / "README.md", card(manifest, _features(result, manifest)))
        write_text(result / "private" / SETTINGS, json.dumps(settings), private=True)
        write_text(result / MANIFEST, manifest.json())
    return manifest


def finished(output: Path) -> Manifest:
    """Return the manifest of a result that is there."""
    values = read_manifest(output)
    names = {part.name for part in fields(Manifest)}
    rows = {split: sum(counts.values()) for split, counts in values["splits"].items()}
    known = {name: value for name, value in values.items() if name in names}
    return Manifest(**{**known, "troubles": tuple(tally_of(output, rows).troubles)})


def settings_of(output: Path) -> Settings:
    """Return what a finished result was made with.

    Raises:
        DatasetError: Its private part is not there, or it was made by an earlier version.
    """
    try:
        settings: Settings = json.loads((output / "private" / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DatasetError(
            "The result does not tell what it was made with.",
            hint="Its folder private/ is needed as it was written; or pass overwrite to begin anew.",
        ) from None
    return settings


def _in_order(settings: Settings, members: list[tuple[Path, Shard]]) -> list[tuple[Path, Shard]]:
    order = {split: i for i, split in enumerate(settings["rows"])}
    return sorted(members, key=lambda member: (order[member[1].split], member[1].start))


def _effort(parts: Iterable[Part]) -> Effort:
    total: Effort = {}
    for part in parts:
        add_effort(total, part.effort)
    return total


def _features(result: Path, manifest: Manifest) -> Features:
    """Return the published columns of all splits."""
    first = [next(iter(shards(result / "data", split)), None) for split in manifest.splits]
    columns = [Features.from_arrow_schema(pq.read_schema(path)) for path in first if path]
    return Features({name: feature for part in columns for name, feature in part.items()})
