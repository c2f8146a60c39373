"""Ask a model, and once more where its reply cannot be read."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from ..backends.chat import ChatModel, Prompt, Reply
from ..errors import ParseError, StageError

TEMPERATURE = 0.7  # of the second and later tries: the likeliest reply was of no use

T = TypeVar("T")


def ask(
    chat: ChatModel,
    prompts: Sequence[Prompt],
    read: Callable[[int, Reply], T],
    *,
    stage: str,
    tries: int = 3,
    good: Callable[[T], bool] = lambda result: True,
) -> list[T | StageError]:
    """Return what was read from the reply to each prompt, in order, or the error of its row.

    Only rows whose reply could not be read, or was no good, are asked again, with a seed made of their own
    seed and the number of the try: a result does not depend on the other rows.

    Args:
        chat: Its `counts["asked_again"]` grows by the prompts that were asked again.
        prompts: One a row.
        read: Called with the index of a row and its reply; raises ParseError where that cannot be read.
        stage: Of the errors.
        tries: How often a row is asked, at least once.
        good: Whether a result will do. After the last try one that was read will do anyhow, for the caller
            to mend.
    """
    results = _asked(chat, prompts, range(len(prompts)), read, stage)
    for attempt in range(1, tries):
        again = [
            i
            for i, result in enumerate(results)
            if unreadable(result) or not (isinstance(result, StageError) or good(result))
        ]
        if not again:
            break
        chat.counts["asked_again"] += len(again)
        changed = [drawn(prompts[i], attempt) for i in again]
        for i, result in zip(again, _asked(chat, changed, again, read, stage), strict=True):
            results[i] = results[i] if unreadable(result) and not unreadable(results[i]) else result
    return results


def unreadable(result: object) -> bool:
    """Return whether a result is the error of a reply that could not be read, here or by the backend."""
    return isinstance(result, StageError) and result.reason == "unreadable_reply"


def settled(results: Sequence[T | StageError]) -> list[T]:
    """Return the results of a batch in which no row failed.

    Raises:
        StageError: The error of the first row that has one.
    """
    done: list[T] = []
    for result in results:
        if isinstance(result, StageError):
            raise result
        done.append(result)
    return done


def _asked(
    chat: ChatModel,
    prompts: Sequence[Prompt],
    rows: Sequence[int],
    read: Callable[[int, Reply], T],
    stage: str,
) -> list[T | StageError]:
    replies = chat.generate(prompts) if prompts else []
    return [_read(i, reply, read, stage) for i, reply in zip(rows, replies, strict=True)]


def _read(i: int, reply: Reply | StageError, read: Callable[[int, Reply], T], stage: str) -> T | StageError:
    if isinstance(reply, StageError):
        return reply
    try:
        return read(i, reply)
    except ParseError:  # where it was read says nothing that the row may tell
        return ParseError("unreadable_reply", stage=stage)


def drawn(prompt: Prompt, attempt: int) -> Prompt:
    """Return a prompt whose reply is drawn, by the seed of the prompt and the number of the try."""
    mixed = hashlib.sha256(f"{prompt.seed}:{attempt}".encode()).digest()
    seed = int.from_bytes(mixed[:8], "big") % 2**63
    return replace(prompt, temperature=max(TEMPERATURE, prompt.temperature), seed=seed)
