"""A push, as it was asked for."""

from dataclasses import dataclass, field

from .columns.choice import Choice
from .pushing import Progress, Target
from .rows import Given


@dataclass(frozen=True)
class Job:
    """A push, as it was asked for; what is not said here is said at `publish`.

    Args:
        given: The rows.
        target: Where they go.
        choice: What the publisher said of columns.
        sample: How many images are inspected again; None for all.
        planted: Strings that must be nowhere.
        branch: Where the commit goes.
        shard_bytes: Of a file.
    """

    given: Given
    repo_id: str
    target: Target
    choice: Choice
    without_image: str
    leave_out: frozenset[str]
    sample: int | None
    planted: tuple[str, ...] = field(repr=False)
    branch: str
    replace: bool
    contact: str | None
    licence: str | None
    shard_bytes: int
    progress: Progress | None
