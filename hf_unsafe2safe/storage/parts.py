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

from ..errors import ConfigError
from .output import STAGING, locked, make_staging, remove, write_text
from .shards import FOLDERS, Shard

Settings = dict[str, Any]  # plain values: what a result depends on and is described by

LOCK = "lock"
_STATE = "state.json"
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
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # not every OSError: that one may pass
            return None

    def drop(self, split: str, start: int = 0) -> None:
        """Forget the shards of a split from a row on, and remove their files and those of no shard."""
        self.shards = [shard for shard in self.shards if shard.split != split or shard.start < start]
        self.complete = False
        self.sweep()
        self.save()

    def sweep(self) -> None:
        """Remove files that belong to no shard."""
        known = {path for shard in self.shards for path in shard.paths(self.folder)}
        for name, mode, _ in FOLDERS:
            (self.folder / name).mkdir(mode=mode, exist_ok=True)
            for path in (self.folder / name).rglob("*"):
                if path.is_file() and path not in known:
                    path.unlink()


@contextmanager
def open_part(
    output: Path, settings: Settings, number: tuple[int, int] = (0, 1), *, anew: bool = False
) -> Iterator[Part]:
    """Give a part to go on with, or a new one; no other run may have it meanwhile.

    Args:
        output: Folder of the result.
        settings: What it is to be made with.
        number: Which part of how many.
        anew: Throw away what was made of this part with other settings, instead of raising.

    Raises:
        ConfigError: Another run writes it, or what is there was made with other settings.
    """
    folder = make_staging(output) / "part-{:05d}-of-{:05d}".format(*number)
    others = sorted(set(output.glob(f"{STAGING}/part-*")) - {folder})
    if anew and number[1] == 1:
        for path in others:
            with locked(path / LOCK):
                remove(path)
    elif other := _other_count(output, number[1]):
        raise ConfigError(
            f"The output folder holds parts of a run in {other} shards.",
            hint=f"Go on with --shard 0/{other} to {other - 1}/{other} and merge, or name another folder.",
        )
    elif not anew:
        for path in others:
            _check_same(Part.read(path), settings)
    folder.mkdir(mode=0o700, exist_ok=True)
    with locked(folder / LOCK):
        yield _usable(folder, settings, anew)


def _usable(folder: Path, settings: Settings, anew: bool) -> Part:
    part = Part.read(folder)
    if not anew:
        _check_same(part, settings)
    elif part and differences(part.settings, settings):
        part = None
    part = part or Part(folder, settings)
    part.settings = settings  # the same but for what no row depends on
    part.sweep()
    for shard in list(part.shards):
        if shard in part.shards and not shard.is_whole(folder):
            part.drop(shard.split, shard.start)  # and all that follow it
    part.save()
    return part


def _check_same(part: Part | None, settings: Settings) -> None:
    if part and (differs := differences(part.settings, settings)):
        raise ConfigError(
            f"The output folder holds an unfinished run with other settings: {differs}.",
            hint="Use the same settings to go on with it, pass overwrite to begin anew, or name another "
            "folder.",
        )


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


_HASHES = {
    "source_fingerprint": "files were added to the source or taken away",
    "source_sizes": "files of the source have changed",
}


def differences(then: Settings, now: Settings, *more: str) -> str:
    """Return what differs between two settings, for a message; nothing in settings is private but hashes.

    Args:
        then: As they were.
        now: As they are.
        more: `source_sizes` to look at these too: of what is finished, not where files may have come back.

    Example:
        >>> differences({"config": {"seed": 0}, "limit": 2}, {"config": {"seed": 1}, "limit": 2})
        'seed was 0 and is 1'
    """
    a, b = dict(_flat(then)), dict(_flat(now))
    # What no reader understood changes no row.
    names = [n for n in {**a, **b} if a.get(n) != b.get(n) and not n.startswith("skipped_files")]
    names = [name for name in names if name != "source_sizes" or name in more]
    words = [
        f"{name} was {a.get(name, 'absent')} and is {b.get(name, 'absent')}"
        for name in names
        if name not in (*_HASHES, "config_digest")
    ]
    words += [_HASHES[name] for name in names if name in _HASHES]
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
