"""Work on a batch whose rows may fail: the others do not suffer, and what is systemic stops the run."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .errors import StageError, Unsafe2SafeError
from .imaging.cells import no_result, open_cells
from .imaging.open import OpenedImage
from .taxonomy import REASONS, RETRYABLE
from .timing import Seconds, ahead

MOST_EQUAL_FAILURES = 20  # of a stage in a row: something systemic is wrong, stop instead of failing all

Result = TypeVar("Result")


class Rowwise:
    """Runs batches and counts equal failures in a row, over all batches of a process."""

    def __init__(self, seconds: Seconds | None = None) -> None:
        self.seconds = seconds or Seconds()
        self._last, self._count = "", 0

    def over_cells(
        self,
        work: Callable[[list[OpenedImage]], Sequence[Result]],
        cells: Sequence[Any],
        known: Callable[[str, str], Result | None] = no_result,
        contexts: Sequence[str] | None = None,
    ) -> Iterator[tuple[Result | StageError, OpenedImage | None]]:
        """Yield a result a cell, in order, with the image that was worked on; groups have bounded memory.

        The next group is opened in a thread while one is worked on.

        Args:
            work: Called with the images of a group that could be opened, the same image only once.
            cells: As `open_cells` takes them.
            known: The result of an image by its sha256 and its context, None where there is none yet.
            contexts: What each image is about, one a cell; None for none.

        Raises:
            Unsafe2SafeError: The same stage failed 20 times in a row.
        """
        before: dict[
            tuple[str, str], Result
        ] = {}  # of the group before: it was not known when this was opened
        for group in self.seconds.over("open", ahead(open_cells(cells, known, contexts))):
            opened = {i: image for i, image in group.items() if isinstance(image, OpenedImage)}
            done: dict[int, Result | StageError] = {
                i: before[_key(image)] for i, image in opened.items() if _key(image) in before
            }
            new = {i: image for i, image in opened.items() if i not in done}
            done |= zip(new, self._run(work, list(new.values())), strict=True)
            before = {
                _key(opened[i]): result for i, result in done.items() if not isinstance(result, StageError)
            }
            for i, image in group.items():
                yield (done[i], image) if isinstance(image, OpenedImage) else (image, None)

    def _run(
        self, work: Callable[[list[OpenedImage]], Sequence[Result]], images: list[OpenedImage]
    ) -> list[Result | StageError]:
        """Return a result an image; a StageError runs the batch again row by row, for the culprits."""
        if not images:
            return []
        distinct = {_key(image): image for image in images}
        try:
            results = work(list(distinct.values()))
        except StageError as error:
            if len(images) > 1:
                return self._one_by_one(work, images)
            self._count_failure(known_reason(error))
            return [error]
        self._last, self._count = "", 0
        done = dict(zip(distinct, results, strict=True))
        return [done[_key(image)] for image in images]

    def _one_by_one(
        self, work: Callable[[list[OpenedImage]], Sequence[Result]], images: list[OpenedImage]
    ) -> list[Result | StageError]:
        results: list[Result | StageError] = []
        done: dict[tuple[str, str], Result] = {}
        for image in images:
            again = done.get(_key(image))
            (result,) = self._run(work, [image]) if again is None else (again,)
            if not isinstance(result, StageError):
                done[_key(image)] = result
                self._last, self._count = "", 0
            results.append(result)
        return results

    def _count_failure(self, reason: str) -> None:
        self._last, self._count = reason, self._count + 1 if reason == self._last else 1
        if self._count >= MOST_EQUAL_FAILURES:
            self._last, self._count = "", 0
            raise Unsafe2SafeError(
                f"{MOST_EQUAL_FAILURES} rows in a row failed with the same reason: {reason}.",
                hint="Something is wrong with the stage, not with the images.",
            ) from None  # the message of a stage of someone else may hold anything


def _key(image: OpenedImage) -> tuple[str, str]:
    return image.sha256, image.context


def known_reason(error: StageError) -> str:
    """Return an error's reason from the closed list; what a stage of someone else says is not repeated."""
    if error.retryable:
        return error.reason if error.reason in RETRYABLE else "backend_unavailable"
    candidates = (error.reason, f"{error.stage}_failed", "record_failed")
    return next(reason for reason in candidates if reason in REASONS)
