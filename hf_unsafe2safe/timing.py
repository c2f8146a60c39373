"""Seconds a stage: where the time of a run goes, and how to wait less. They count in no digest and no row."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any, TypeVar

Item = TypeVar("Item")
THREADS = 4  # that encode pictures beside each other: the libraries that do it let go of Python meanwhile


class Seconds:
    """Adds up seconds of wall time by stage.

    Example:
        >>> seconds = Seconds()
        >>> with seconds.of("inspect"):
        ...     pass
        >>> list(seconds.total)
        ['inspect']
    """

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Add the seconds that the block takes to a stage, also when it raises."""
        start = perf_counter()
        try:
            yield
        finally:
            self.total[stage] += perf_counter() - start  # type: ignore[assignment]

    def over(self, stage: str, items: Iterable[Item]) -> Iterator[Item]:
        """Yield items; the seconds that it takes to make them, not to use them, go to a stage."""
        waiting = iter(items)
        while True:
            with self.of(stage):
                item = next(waiting, waiting)
            if item is waiting:
                return
            yield item  # type: ignore[misc]


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items; while one is used, a thread makes the next.

    Example:
        >>> list(ahead(range(3)))
        [0, 1, 2]
    """
    waiting = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, waiting, waiting)
        while (item := coming.result()) is not waiting:
            coming = thread.submit(next, waiting, waiting)
            yield item  # type: ignore[misc]


def in_threads(work: Callable[..., Item], *arguments: Iterable[Any]) -> list[Item]:
    """Return what `map` would, made by a few threads; raises what the first that fails raises.

    Example:
        >>> in_threads(pow, [2, 3], [3, 2])
        [8, 9]
    """
    with ThreadPoolExecutor(THREADS, thread_name_prefix="record") as pool:
        return list(pool.map(work, *arguments))
