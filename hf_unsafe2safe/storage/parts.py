"""What a run has finished so far: a part of a result on its way, which another run goes on with.

A part is a folder with finished shards and `state.json`, which lists them and the settings that they were
made with. A result that one job makes has one part; with `--shard i/n` each job writes one of n.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..errors import ConfigError
from .output import STAGING, make_staging, remove, write_text
from .shards import FOLDERS, Shard

Settings = dict[str, Any]  # plain values: what a result depends on and is described by

_STATE, _LOCK = "state.json", "lock"
_NAME = re.compile(r"part-(\d{5})-of-(\d{5})")


@dataclass
class Part:
    """A part of a result.

    Args:
        folder: Where it is.
        settings: What it is made with.
        shards: Those that are finished, in the order of the rows.
        complete: Whether all its rows are in them.
        effort: Seconds by stage and rows by origin, as far as the runs that made it could tell.
    """

    folder: Path
    settings: Settings = field(repr=False)
    shards: list[Shard] = field(default_factory=list)
    complete: bool = False
    effort: dict[str, Counter[str]] = field(default_factory=dict)

    def of_split(self, split: str) -> list[Shard]:
        """Return the finished shards of a split."""
        return [shard for shard in self.shards if shard.split == split]

    def add(self, shard: Shard) -> None:
        """Take in a shard that is finished."""
        self.shards.append(shard)
        self.save()

    def save(self) -> None:
        """Write down what is finished."""
        state = {
            "settings": self.settings,
            "shards": [asdict(shard) for shard in self.shards],
            "complete": self.complete,
            "effort": self.effort,
        }
        write_text(self.folder / _STATE, json.dumps(state), private=True)

    @classmethod
    def read(cls, folder: Path) -> "Part | None":
        """Return the part in a folder, None when there is none."""
        try:
            state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
            shards = [Shard(**{**values, "sha256": tuple(values["sha256"])}) for values in state["shards"]]
            effort = {name: Counter(values) for name, values in state["effort"].items()}
            return cls(folder, state["settings"], shards, state["complete"], effort)
        except (OSError, ValueError, KeyError, TypeError):
            return None


@contextmanager
def open_part(
    output: Path, settings: Settings, number: tuple[int, int] = (0, 1), *, anew: bool = False
) -> Iterator[Part]:
    """Give a part to go on with, or a new one; no other run may have it meanwhile.

    Args:
        output: Folder of the result.
        settings: What it is to be made with.
        number: Which part of how many.
        anew: Throw away what was made with other settings, instead of raising.

    Raises:
        ConfigError: Another run writes it, or what is there was made with other settings.
    """
    folder = make_staging(output) / "part-{:05d}-of-{:05d}".format(*number)
    if not anew and (other := _other_count(output, number[1])):
        raise ConfigError(
            f"The output folder holds parts of a run in {other} shards.", hint=f"Go on with i/{other}."
        )
    if anew:
        for path in output.glob(f"{STAGING}/part-*"):
            if path != folder:
                remove(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
        lock.acquire()
    except Timeout:
        raise ConfigError(
            "Another run is writing to this output folder.", hint="Wait for it, or name another folder."
        ) from None
    try:
        yield _usable(folder, settings, anew)
    finally:
        lock.release()


def _usable(folder: Path, settings: Settings, anew: bool) -> Part:
    settings = json.loads(json.dumps(settings))
    part = Part.read(folder)
    if part and (differs := differences(part.settings, settings)):
        if not anew:
            raise ConfigError(
                f"The output folder holds an unfinished run with other settings: {differs}.",
                hint="Use the same settings to go on with it, pass overwrite to begin anew, or name another "
                "folder.",
            )
        part = None
    part = part or Part(folder, settings)
    _keep_whole(part)
    part.save()
    return part


def _keep_whole(part: Part) -> None:
    """Drop shards that are not as they were written, with all that follow them, and files of no shard."""
    broken: set[str] = set()
    for shard in list(part.shards):
        if shard.split in broken or not shard.is_whole(part.folder):
            broken.add(shard.split)
            part.shards.remove(shard)
            part.complete = False
    known = {path for shard in part.shards for path in shard.paths(part.folder)}
    for name, mode, _ in FOLDERS:
        (part.folder / name).mkdir(mode=mode, exist_ok=True)
        for path in (part.folder / name).rglob("*"):
            if path.is_file() and path not in known:
                path.unlink()


def parts_of(output: Path) -> list[Part]:
    """Return all parts of a result in their order.

    Raises:
        ConfigError: There are none, or some are missing or not complete; the message lists them.
    """
    found = {path.name: path for path in (output / STAGING).glob("part-*") if _NAME.fullmatch(path.name)}
    counts = {int(name[-5:]) for name in found}
    if len(counts) != 1:
        raise ConfigError(
            "There is nothing to merge in this folder." if not counts else "There are parts of several runs.",
            hint="Run `unsafe2safe sanitize ... --shard i/n` for every i from 0 to n-1 first.",
        )
    (count,) = counts
    parts = [Part.read(output / STAGING / f"part-{i:05d}-of-{count:05d}") for i in range(count)]
    if missing := [f"{i}/{count}" for i, part in enumerate(parts) if part is None or not part.complete]:
        raise ConfigError(
            f"{len(missing)} of {count} shards are not complete: {', '.join(missing[:20])}.",
            hint="Run `unsafe2safe sanitize` with --shard for each of them.",
        )
    return [part for part in parts if part]


def differences(then: Settings, now: Settings) -> str:
    """Return what differs between two settings, for a message; nothing in settings is private but hashes.

    Example:
        >>> differences({"config": {"seed": 0}, "limit": 2}, {"config": {"seed": 1}, "limit": 2})
        'seed was 0 and is 1'
    """
    a, b = dict(_flat(then)), dict(_flat(now))
    # What no reader understood changes no row.
    names = [n for n in {**a, **b} if a.get(n) != b.get(n) and not n.startswith("skipped_files")]
    words = [
        f"{name} was {a.get(name, 'absent')} and is {b.get(name, 'absent')}"
        for name in names
        if name not in ("source_fingerprint", "config_digest")
    ]
    if "source_fingerprint" in names:
        words.append("files were added to the source or taken away")
    # Stages may say more of themselves than the settings show.
    return ", ".join(words) or ("the stages or their models differ" if names else "")


def _flat(value: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            # The settings of `Sanitizer` are known by their own names.
            yield from _flat(part, f"{name}.{key}" if name and name != "config" else str(key))
    else:
        yield name, value


def _other_count(output: Path, count: int) -> int | None:
    names = [path.name for path in (output / STAGING).glob("part-*")]
    others = {int(match[2]) for match in map(_NAME.fullmatch, names) if match} - {count}
    return min(others, default=None)
