"""What the user sees when something is wrong: one line, no traceback, no path."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ..errors import (
    ConfigError,
    DatasetError,
    MissingExtraError,
    PublishError,
    UnknownNameError,
    Unsafe2SafeError,
)

WRONG_CALL, STOPPED, INCOMPLETE, INTERRUPTED = 2, 1, 3, 130
_ARGUMENTS = "overwrite|image_column|config_name|keep_labels|num_proc|streaming"
_FLAGS = "allow_uncovered|demographics"
_CALLERS = (ConfigError, DatasetError, PublishError, UnknownNameError, MissingExtraError)


@contextmanager
def reported(interrupted: str = "Interrupted: nothing was written.") -> Iterator[None]:
    """Turn errors into a message and an exit code, and keep libraries from talking in between.

    Args:
        interrupted: What to say after Ctrl-C.
    """
    logging.getLogger("hf_unsafe2safe").addHandler(logging.NullHandler())  # said at the end instead
    warnings.simplefilter("ignore")
    try:
        yield
    except Unsafe2SafeError as error:
        called = isinstance(error, _CALLERS) and not error.retryable
        _fail(_as_options(str(error)), WRONG_CALL if called else STOPPED)
    except OSError as error:  # a full disk, for example; its own message names the file
        _fail(f"{error.strerror or type(error).__name__}.", STOPPED)
    except (KeyboardInterrupt, ImportError) as error:
        # Ctrl-C while a compiled module is imported comes out as an ImportError.
        if isinstance(error, ImportError) and not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        _fail(interrupted, INTERRUPTED)


def _as_options(message: str) -> str:
    """Return a message with arguments named as on the command line: image_column='a' as --image-column a."""
    if "the config file" in message:  # its keys are named as they are written there
        return message
    message = re.sub(rf"\b({_ARGUMENTS})='([^']*)'", r"--\1 \2", message)
    message = re.sub(rf"\b({_ARGUMENTS})\b(?!:)", r"--\1", message)
    message = re.sub(rf"\b({_FLAGS})=True", r"--\1", message)
    return re.sub(rf"--({_ARGUMENTS}|{_FLAGS})", lambda match: match[0].replace("_", "-"), message)


def _fail(message: str, code: int) -> None:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(code) from None
