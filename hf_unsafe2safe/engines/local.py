"""Batches through work on this machine, in order: in this process or in several."""

import logging
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread

import pyarrow as pa

from ..errors import ConfigError, Unsafe2SafeError

Work = Callable[[pa.Table], pa.Table]  # a `Sanitizer`, or what else makes a table of a table

IN_FLIGHT = 2  # batches a worker: one that it works on, one that waits


def run(work: Work, batches: Iterator[pa.Table], num_proc: int = 1) -> Iterator[pa.Table]:
    """Yield the result of the work for each table, in order.

    Workers are spawned, not forked: a fork of a process that ran a model can hang. So a script that uses
    `num_proc` needs `if __name__ == "__main__":`. Batches are read only as fast as they are worked on.

    Args:
        work: Pickled once, as its configuration; every worker loads its own models.
        batches: Tables with the schema metadata of `datasets`.
        num_proc: Processes; with 1 everything happens in this one. It changes no result.

    Raises:
        ConfigError: num_proc is below 1, or a stage object does not pickle.
        Unsafe2SafeError: A worker was killed. What a worker raises is raised here as it is.
    """
    if num_proc < 1:
        raise ConfigError(f"num_proc must be 1 or more, got {num_proc}.")
    return map(work, batches) if num_proc == 1 else _in_workers(_pickled(work), batches, num_proc)


def _pickled(work: Work) -> bytes:
    try:
        return pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"A stage object does not pickle: {type(error).__name__}.",
            hint="Define its class at the top of a module, or use num_proc=1.",
        ) from error


def _in_workers(payload: bytes, batches: Iterator[pa.Table], num_proc: int) -> Iterator[pa.Table]:
    others = set(active_children())
    pool = ProcessPoolExecutor(num_proc, get_context("spawn"), initializer=_start, initargs=(payload,))
    waiting: deque[Future[pa.Buffer]] = deque()
    try:
        for batch in batches:
            with _no_interrupt():  # the first call starts the workers, which inherit that
                waiting.append(pool.submit(_done, _packed(batch)))
            if len(waiting) >= IN_FLIGHT * num_proc:
                yield _unpacked(waiting.popleft().result())
        while waiting:
            yield _unpacked(waiting.popleft().result())
    except BrokenProcessPool as error:
        raise Unsafe2SafeError(
            "A worker process ended before its work was done.",
            hint="It may have run out of memory: lower num_proc. A script that is run with num_proc needs "
            'its work under `if __name__ == "__main__":`.',
        ) from error
    finally:  # also when the caller stops reading, and on Ctrl-C: what has not begun never begins
        try:
            pool.shutdown(cancel_futures=True)
        except KeyboardInterrupt:  # once more: nobody waits for the batches in hand
            for worker in set(active_children()) - others:
                worker.terminate()
            raise


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Put Ctrl-C off until the end of the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# Of this worker:
_payload = b""
_work: Work | None = None


def _start(payload: bytes) -> None:
    global _payload
    _payload = payload  # unpickled with the first batch, where an error reaches the caller
    Thread(target=_end_with_parent, daemon=True).start()
    # Ctrl-C in a terminal reaches every process: a worker finishes its batch, the parent says what happens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The parent's warnings about columns are enough, once instead of once a batch and process.
    logging.getLogger("hf_unsafe2safe").addHandler(logging.NullHandler())


def _end_with_parent() -> None:
    """End this worker when the process that started it was killed: it would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _done(batch: pa.Buffer) -> pa.Buffer:
    global _work
    if _work is None:
        _work = pickle.loads(_payload)  # noqa: S301 - our own parent wrote it
    return _packed(_work(_unpacked(batch)))


def _packed(table: pa.Table) -> pa.Buffer:
    """Return a table as an Arrow stream: a pickled slice would carry the whole table it was cut from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _unpacked(stream: pa.Buffer) -> pa.Table:
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all()
