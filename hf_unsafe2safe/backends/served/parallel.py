"""Several requests at a time, results in order; and one request with a limit of time."""

from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


def in_order(function: Callable[[T, Event], R], items: Sequence[T], workers: int) -> list[R]:
    """Return the results of a function that waits for a network, `workers` of them at a time.

    Once one raises, no other starts; those under way end, then it is raised. Ctrl-C does not wait for
    them: the threads are daemons, those of a `ThreadPoolExecutor` would hold the process until they end.

    Args:
        function: Called with an item, and an event that is set when nobody wants the result any more.
        items: Any number.
        workers: At least 1.

    Example:
        >>> in_order(lambda n, stop: n * n, [3, 1, 2], workers=2)
        [9, 1, 4]
    """
    todo, results = deque(enumerate(items)), [cast(R, None)] * len(items)
    raised: list[Exception] = []
    stop, ended = Event(), SimpleQueue[None]()

    def work() -> None:
        while not stop.is_set():
            try:
                index, item = todo.popleft()
            except IndexError:  # another thread took the last one
                break
            try:
                results[index] = function(item, stop)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread of the caller
                raised.append(error)
                stop.set()
        ended.put(None)

    threads = [Thread(target=work, daemon=True) for _ in range(min(workers, len(items)))]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            ended.get()
    finally:
        stop.set()
    if raised:
        raise raised[0]
    return results


def within(function: Callable[[], R], limit_s: float) -> R:
    """Return what a function returns that may wait for ever; after the limit it goes on unheard.

    Args:
        function: Called in a thread that ends with the process.
        limit_s: Seconds.

    Raises:
        TimeoutError: The limit is over.

    Example:
        >>> within(lambda: 7, 10.0)
        7
    """
    ended = SimpleQueue[tuple[list[R], Exception | None]]()

    def work() -> None:
        try:
            ended.put(([function()], None))
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread of the caller
            ended.put(([], error))

    Thread(target=work, daemon=True).start()
    try:
        results, raised = ended.get(timeout=limit_s)
    except Empty:
        raise TimeoutError from None
    if raised is not None:
        raise raised
    return results[0]
