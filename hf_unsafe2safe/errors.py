"""Every error this package raises on purpose, in one tree.

A message says what is wrong with which value, what was expected, and what to do. No message ever
holds a caption, text read from an image, a file name or a path: errors end in logs and bug reports.
"""


class Unsafe2SafeError(Exception):
    """Base of all errors of this package.

    Args:
        message: What is wrong, what was expected.
        hint: What to do next; shown after the message.
    """

    retryable: bool = False

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(f"{message} {hint}".strip())

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling, as `map(num_proc=2)` sends errors between processes."""
        return _rebuild, (type(self), dict(self.__dict__), self.args)


def _rebuild(
    kind: type[Unsafe2SafeError], state: dict[str, object], args: tuple[object, ...]
) -> Unsafe2SafeError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = args
    return error


class ConfigError(Unsafe2SafeError, ValueError):
    """A setting cannot work; nothing was run."""


class DatasetError(Unsafe2SafeError, ValueError):
    """The dataset does not have what was asked of it."""


class SourceLostError(Unsafe2SafeError):
    """The source cannot be read any more; the same call goes on when it is back."""

    retryable = True


class BudgetError(Unsafe2SafeError):
    """A budget is used up: the run stops; its finished rows are kept and are not asked for again."""


class PublishError(Unsafe2SafeError, ValueError):
    """A push was refused."""


class TrainingError(Unsafe2SafeError):
    """A training run cannot go on; its last checkpoint is good."""


class UnknownNameError(Unsafe2SafeError, LookupError):
    """A name is in no registry; the message lists the known ones."""


class MissingExtraError(Unsafe2SafeError, ImportError):
    """A feature needs a package that is not installed; the message has the pip line."""


class StageError(Unsafe2SafeError):
    """One row failed in one stage: the row becomes `failed`, the run goes on.

    Args:
        reason: One of `taxonomy.REASONS`; never content.
        stage: The step that raised, for example `open`.
    """

    def __init__(self, reason: str, *, stage: str = "", hint: str = "") -> None:
        self.reason, self.stage = reason, stage
        super().__init__(f"{stage}: {reason}" if stage else reason, hint=hint)


class ParseError(StageError):
    """A model's reply could not be read."""


class BackendError(StageError):
    """A model or server failed in a way that may pass."""

    retryable = True
