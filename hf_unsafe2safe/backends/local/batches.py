"""Work in batches: the next one is prepared while one runs, and what does not fit into memory is halved."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ...errors import BackendError, StageError
from .loading import out_of_memory

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")
Batch = tuple[int, ...]


class Batches:
    """Runs batches of rows, and remembers how many fit.

    Args:
        largest: Rows of a batch, at most.
        counts: Where `out_of_memory` is counted.
    """

    def __init__(self, largest: int, counts: Counter[str]) -> None:
        self.fits, self._counts = largest, counts

    def run(
        self,
        groups: Sequence[Sequence[int]],
        prepare: Callable[[Batch], Inputs],
        work: Callable[[Batch, Inputs], Sequence[Answer]],
    ) -> dict[int, Answer | StageError]:
        """Return an answer a row.

        Args:
            groups: Rows that may be in one batch; larger groups are cut.
            prepare: Makes the inputs of a batch; in another thread, one batch ahead.
            work: Runs them.

        Returns:
            By row; `out_of_memory` for a row that does not fit on its own.
        """
        answers: dict[int, Answer | StageError] = {}
        waiting = deque(part for group in groups for part in _cut(tuple(group), self.fits))
        ahead: tuple[Batch, Future[Inputs]] | None = None
        with ThreadPoolExecutor(1) as pool:
            while waiting:
                batch = waiting.popleft()
                if len(batch) > self.fits:
                    waiting.extendleft(reversed(_cut(batch, self.fits)))
                    continue
                inputs = ahead[1].result() if ahead and ahead[0] == batch else prepare(batch)
                ahead = (waiting[0], pool.submit(prepare, waiting[0])) if waiting else None
                done = self._try(work, batch, inputs)
                del inputs
                if done is not None:
                    answers |= zip(batch, done, strict=True)
                elif len(batch) == 1:
                    answers[batch[0]] = BackendError("out_of_memory")
                else:
                    self.fits = len(batch) // 2
                    waiting.appendleft(batch)
        return answers

    def _try(
        self, work: Callable[[Batch, Inputs], Sequence[Answer]], batch: Batch, inputs: Inputs
    ) -> Sequence[Answer] | None:
        import torch

        try:
            return work(batch, inputs)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
        # Outside of `except`: the error would hold on to what its frames hold.
        self._counts["out_of_memory"] += 1
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None


def _cut(rows: Batch, size: int) -> list[Batch]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]
