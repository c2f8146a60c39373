"""The probability of yes, and several questions about one image at the price of one.

Prompts about one image with the same rules begin alike, up to the end of the image: that part is computed
once, and each question goes on from there. Not every model allows it; it is tried out first.
"""

import logging
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import StageError
from .. import chat
from ..chat import Prompt
from .loaded import LoadedModel, Written, digest

log = logging.getLogger(__name__)

# How far the probability of any next token may be off: rounding of float32, or of the half types.
_CLOSE, _CLOSE_HALF = 1e-3, 2e-2
_FAILS = (RuntimeError, ValueError, TypeError, AttributeError, LookupError, NotImplementedError)


class SharedPrompts:
    """Questions about one image, ready to run.

    Args:
        loaded: The model.
        prompts: With the same image object and the same rules.
        size: Pixels that the image is fitted to.

    Raises:
        ValueError: They do not begin alike.
    """

    def __init__(self, loaded: LoadedModel, prompts: Sequence[Prompt], size: int) -> None:
        writer = loaded.writer
        assert prompts[0].image is not None
        picture = writer.picture(prompts[0].image, size)
        self.images = (digest(picture),)
        inputs = writer.inputs(prompts[:1], [picture])
        ids = inputs["input_ids"]
        places = (ids[0] == getattr(writer.processor, "image_token_id", -1)).nonzero()
        if not len(places):
            raise ValueError("No image is to be seen in the prompt.")
        end = int(places.max()) + 1
        # Text after the image can mostly be written without looking at the image again.
        if writer.tail(prompts[0]) == ids[0, end:].tolist():
            self.tails = [writer.tail(prompt) or [] for prompt in prompts]
        else:
            self.tails = [
                _tail(writer.inputs([prompt], [picture])["input_ids"][0], ids[0, :end]) for prompt in prompts
            ]
        same = {name for name, value in inputs.items() if value.shape[:2] == ids.shape}
        self.head = {name: value[:, :end] if name in same else value for name, value in inputs.items()}
        self.tokens = end + sum(map(len, self.tails))


def _tail(ids: Any, head: Any) -> list[int]:
    if ids[: len(head)].tolist() != head.tolist():
        raise ValueError("The prompts do not begin alike.")
    return [int(one) for one in ids[len(head) :]]


def shared_scores(loaded: LoadedModel, shared: SharedPrompts) -> Any:
    """Return the scores of the first token of each reply, (rows, vocabulary) float32."""
    import torch

    device, longest = loaded.model.device, max(map(len, shared.tails))
    # Padded on the right: no token sees what comes after it.
    tails = torch.tensor([[*tail, *[0] * (longest - len(tail))] for tail in shared.tails], device=device)
    last = torch.tensor([len(tail) - 1 for tail in shared.tails], device=device)
    head = {name: value.to(device) for name, value in shared.head.items()}
    with loaded.lock, torch.inference_mode(), loaded.looking_at(shared.images):
        begun = loaded.model(**head, use_cache=True, logits_to_keep=1).past_key_values
        begun.batch_repeat_interleave(len(tails))
        scores = loaded.model(input_ids=tails, past_key_values=begun, use_cache=True).logits
    return scores[torch.arange(len(tails), device=device), last].float()


def probabilities(loaded: LoadedModel, scores: Any) -> list[float | StageError]:
    """Return P(yes) / (P(yes) + P(no)) of each row, to 4 decimals.

    `unreadable_reply` where the two together have less than `chat.LEAST_MASS`, as of a model that thinks
    first; `inspect_failed` where the scores are no numbers.
    """
    import torch

    yes, no = (scores[:, ids].double().logsumexp(1) for ids in loaded.words)
    mass = torch.logaddexp(yes, no) - scores.double().logsumexp(1)
    return [_share(*row) for row in zip(torch.sigmoid(yes - no).tolist(), mass.tolist(), strict=True)]


def _share(share: float, mass: float) -> float | StageError:
    if not (math.isfinite(share) and math.isfinite(mass)):
        return StageError("inspect_failed", stage="inspect")
    return (
        round(share, 4)
        if mass >= math.log(chat.LEAST_MASS)
        else StageError("unreadable_reply", stage="inspect")
    )


def may_share(loaded: LoadedModel, size: int = 84) -> bool:
    """Return whether a model gives the same answers when its questions share their beginning.

    Tried out on two drawn images and questions of several lengths, with and without `Seen`, which is
    stopped where the model answers differently with it.
    """
    rows = [
        Prompt("Answer yes or no.", text, image)
        for image in (_drawn(84, 56), _drawn(56, 56))
        for text in ("Is there a cat?", "Can any of the letters in this picture be read?")
    ]
    written = loaded.write(rows, size)
    wanted = loaded.next_scores(Written(written.inputs, ())).softmax(1)
    close = _CLOSE if loaded.model.dtype.itemsize == 4 else _CLOSE_HALF
    if loaded.seen and not _alike(wanted, lambda: loaded.next_scores(written), close):
        loaded.seen.stop()
    parts = (rows[:2], rows[2:])

    def together() -> Any:
        import torch

        return torch.cat([shared_scores(loaded, SharedPrompts(loaded, part, size)) for part in parts])

    works = _alike(wanted, together, close)
    if not works:
        log.info("The model computes each question about an image from its start.")
    return works


def _alike(wanted: Any, scores: Callable[[], Any], close: float) -> bool:
    try:
        found = scores()
    except _FAILS:
        return False
    return bool((found.softmax(1) - wanted).abs().max() < close)


def _drawn(height: int, width: int) -> Any:
    down, across = np.mgrid[:height, :width]
    return np.stack([down * 3 % 256, across * 5 % 256, (down + across) % 256], axis=-1).astype(np.uint8)
