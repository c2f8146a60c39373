"""Work on a batch whose rows may fail: the others do not suffer, and what is systemic stops the run."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .errors import StageError, Unsafe2SafeError
from .imaging.cells import open_cells
from .imaging.open import OpenedImage
from .taxonomy import REASONS

MOST_EQUAL_FAILURES = 20  # of a stage in a row: something systemic is wrong, stop instead of failing all

Row = TypeVar("Row")
Result = TypeVar("Result")


class Rowwise:
    """Runs batches and counts equal failures in a row, over all batches of a process."""

    def __init__(self) -> None:
        self._last, self._count = "", 0

    def over_cells(
        self, work: Callable[[list[OpenedImage]], Sequence[Result]], cells: Sequence[Any]
    ) -> Iterator[tuple[Result | StageError, OpenedImage | None]]:
        """Yield a result a cell, in order, with the image that was opened; groups have bounded memory.

        Args:
            work: Called with the images of a group that could be opened.
            cells: As `open_cells` takes them.

        Raises:
            Unsafe2SafeError: As `run`.
        """
        for group in open_cells(cells):
            opened = {i: image for i, image in group.items() if isinstance(image, OpenedImage)}
            done = dict(zip(opened, self.run(work, list(opened.values())), strict=True))
            for i, image in group.items():
                yield (image, None) if isinstance(image, StageError) else (done[i], image)

    def run(
        self, work: Callable[[list[Row]], Sequence[Result]], rows: list[Row]
    ) -> list[Result | StageError]:
        """Return a result a row; a StageError runs the batch again row by row, and the culprits have theirs.

        Raises:
            Unsafe2SafeError: The same stage failed 20 times in a row.
        """
        if not rows:
            return []
        try:
            results = work(rows)
        except StageError as error:
            if len(rows) > 1:
                return [result for row in rows for result in self.run(work, [row])]
            self._count_failure(known_reason(error))
            return [error]
        self._last, self._count = "", 0
        return [*results]

    def _count_failure(self, reason: str) -> None:
        self._last, self._count = reason, self._count + 1 if reason == self._last else 1
        if self._count >= MOST_EQUAL_FAILURES:
            self._last, self._count = "", 0
            raise Unsafe2SafeError(
                f"{MOST_EQUAL_FAILURES} rows in a row failed with the same reason: {reason}.",
                hint="Something is wrong with the stage, not with the images.",
            ) from None  # the message of a stage of someone else may hold anything


def known_reason(error: StageError) -> str:
    """Return an error's reason from the closed list; what a stage of someone else says is not repeated."""
    candidates = (error.reason, f"{error.stage}_failed", "record_failed")
    return next(reason for reason in candidates if reason in REASONS)
