"""What a large run will take: hours, money and storage, from the seconds and bytes that a small run took.

Everything is linear in the rows: no image needs another one. What is assumed beyond that is part of the plan.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .errors import ConfigError
from .manifest import read_manifest

GB, HOUR = 1e9, 3600.0
_DATA, _PRIVATE = "data", "private"


@dataclass(frozen=True)
class Figures:
    """What a row took.

    Args:
        seconds: Of one worker, by stage, a row.
        public_bytes: Written a row to `data/`.
        private_bytes: Written a row to `private/`.
        origin: Where the figures are from, for people.
    """

    seconds: Mapping[str, float]
    public_bytes: float
    private_bytes: float
    origin: str

    @property
    def total(self) -> float:
        """Seconds of one worker a row."""
        return sum(self.seconds.values())


# `UNSAFE2SAFE_THREADS=1 unsafe2safe sanitize examples/photos --store none`, see docs/sizing.md
LOCAL = Figures(
    MappingProxyType(
        {
            "open": 0.013,
            "inspect": 0.720,
            "caption": 0.003,
            "instruct": 0.001,
            "edit": 0.011,
            "verify": 0.583,
            "record": 0.016,
        }
    ),
    public_bytes=245_011,
    private_bytes=919,
    origin="12 photos of 0.1 to 1 megapixel, preset local, one core of a shared x86-64 machine",
)


@dataclass(frozen=True)
class Plan:
    """A run that was not made.

    Args:
        rows: Of the source.
        workers: That work at once.
        hours: Until it is done.
        worker_hours: Of all workers together.
        cost: What they cost, in the currency of the price; None without a price.
        public_gb: Of the result, in 10^9 bytes.
        private_gb: Of its private part.
        assumptions: What has to be so, a sentence each.
    """

    rows: int
    workers: int
    hours: float
    worker_hours: float
    cost: float | None
    public_gb: float
    private_gb: float
    assumptions: tuple[str, ...]


def make_plan(
    rows: int,
    figures: Figures = LOCAL,
    *,
    workers: int = 1,
    start_up: float = 10.0,
    efficiency: float = 0.9,
    price: float | None = None,
) -> Plan:
    """Return what a run takes.

    Args:
        rows: Of the source.
        figures: Of one row, measured with one worker of the same kind.
        workers: That work at once: processes of one core, or GPUs, as `figures` were measured.
        start_up: Seconds until a worker has its models.
        efficiency: The share of its time in which a worker has a row, in (0, 1].
        price: Of one worker an hour.

    Raises:
        ConfigError: A number cannot be.

    Example:
        >>> plan = make_plan(3_600, Figures({"all": 1.0}, 1e6, 1e3, "nowhere"), start_up=0, efficiency=1)
        >>> plan.hours, plan.public_gb
        (1.0, 3.6)
    """
    _check(rows=rows, workers=workers)
    if not 0 < efficiency <= 1 or not (math.isfinite(start_up) and start_up >= 0):
        raise ConfigError(
            f"efficiency {efficiency:g} or start-up {start_up:g} cannot be.",
            hint="efficiency is above 0 and at most 1, start-up is 0 seconds or more.",
        )
    if price is not None and not (math.isfinite(price) and price >= 0):
        raise ConfigError(f"A price of {price:g} cannot be.", hint="Pass that of one worker an hour.")
    working = min(workers, rows)  # more would have nothing to do
    slowest = math.ceil(rows / working)
    hours = (start_up + slowest * figures.total / efficiency) / HOUR
    spent = hours * workers
    return Plan(
        rows=rows,
        workers=workers,
        hours=hours,
        worker_hours=spent,
        cost=None if price is None else spent * price,
        public_gb=rows * figures.public_bytes / GB,
        private_gb=rows * figures.private_bytes / GB,
        assumptions=(
            f"A row takes {figures.total:.3g} s of a worker, as measured: {figures.origin}.",
            f"Workers have a row {efficiency:.0%} of their time: the source is read as fast as that.",
            f"Each of {workers:,} workers starts once, in {start_up:g} s, and is paid to the end of all.",
            "Images are as large, and show as much, as those of the measured run.",
            "The row store is not counted: while it is kept it takes about as much as the result.",
        ),
    )


def measured(result: str | Path, share: float = 1.0) -> Figures:
    """Return the figures of a finished result.

    Args:
        result: Its folder, with `private/`.
        share: Workers of one kind that its process was, for example 2 where it used two cores and a worker
            of the plan is one core.

    Raises:
        DatasetError: There is no result.
        ConfigError: `share` cannot be, or no row was computed: all came from the row store.
    """
    if not (math.isfinite(share) and share > 0):
        raise ConfigError(f"A share of {share:g} workers cannot be.", hint="It is above 0; 1 is the usual.")
    folder = Path(result)
    manifest = read_manifest(folder)
    rows, computed = int(manifest["rows"]), int(manifest.get("row_store", {}).get("computed", 0))
    seconds = {name: float(value) for name, value in manifest.get("seconds", {}).items()}
    if not rows or not computed or not seconds:
        raise ConfigError(
            "The result tells no seconds: none of its rows was computed.",
            hint="Sanitize some hundred rows with --store none, and name that result.",
        )
    return Figures(
        {name: value * share / computed for name, value in seconds.items()},
        public_bytes=_size(folder / _DATA) / rows,
        private_bytes=_size(folder / _PRIVATE) / rows,
        origin=f"{computed:,} rows of a result of preset {manifest['config'].get('preset', 'unknown')}",
    )


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _check(**counts: int) -> None:
    for name, value in counts.items():
        if value < 1:
            raise ConfigError(f"{name} must be 1 or more, got {value}.")
