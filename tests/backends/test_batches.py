"""Memory that runs out halves the batch, and takes no other row down."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.local.batches import Batches
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.errors import BackendError
from tests import photos
from tests.tiny_models import tiny_llm, tiny_vlm

pytestmark = pytest.mark.usefixtures("babble")

ERRORS = {
    "cuda": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    "cpu": lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    "python": MemoryError,
}


def cramped(most: int, error: str = "cuda", *, images: bool = False) -> TransformersChat:
    """Return a chat with weights of its own, of which a batch of more than `most` rows does not fit."""
    chat = TransformersChat(f"{tiny_vlm() if images else tiny_llm()},device_map=cpu,size=160", images=images)
    mine = chat._load()
    chat._loaded = lambda: mine

    def refuse(module, args, kwargs):
        if len(kwargs["input_ids"]) > most:
            raise ERRORS[error]()

    mine.model.register_forward_pre_hook(refuse, with_kwargs=True)
    return chat


def prompts(count: int, words: int = 3) -> list[Prompt]:
    return [Prompt("", f"Question {i}. " + "More. " * (i % words), max_new_tokens=5) for i in range(count)]


@pytest.mark.parametrize("error", ERRORS)
def test_halved_until_it_fits(error):
    chat, roomy = cramped(3, error), cramped(99)
    asked = prompts(20)
    assert chat.generate(asked) == roomy.generate(asked)
    assert chat.counts["out_of_memory"] == 3  # 16, 8, 4: then 2 fit, and that is remembered
    assert chat.generate(asked[::-1]) == roomy.generate(asked[::-1])
    assert chat.counts["out_of_memory"] == 3
    assert chat.decide(asked) == roomy.decide(asked)
    assert roomy.counts["out_of_memory"] == 0


def test_questions_of_an_image_too():
    chat, roomy = cramped(2, images=True), cramped(99, images=True)
    rgb = photos.rgb("neg_cat.png")
    asked = [Prompt("", f"Question {i}?", rgb) for i in range(9)]
    assert chat.decide(asked) == roomy.decide(asked)
    assert chat.counts["out_of_memory"] == 2


def test_one_that_does_not_fit_alone():
    """Only the row that is too long fails, in a way that may pass."""
    chat = cramped(99)
    chat._loaded().model.register_forward_pre_hook(_too_long, with_kwargs=True)
    asked = [*prompts(3), Prompt("", "Long. " * 200, max_new_tokens=5), *prompts(2)]
    replies = chat.generate(asked)
    assert isinstance(replies[3], BackendError)
    assert (replies[3].reason, replies[3].retryable) == ("out_of_memory", True)
    assert [reply for i, reply in enumerate(replies) if i != 3] == cramped(99).generate(
        [*asked[:3], *asked[4:]]
    )


def _too_long(module, args, kwargs):
    if kwargs["input_ids"].shape[1] > 300:
        raise torch.OutOfMemoryError("CUDA out of memory.")


def test_other_errors_are_not_memory():
    chat = cramped(99)

    def broken(*_):
        raise RuntimeError("shapes do not match")

    chat._loaded().model.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="shapes"):
        chat.generate(prompts(3))


def test_prepared_one_ahead_and_in_order():
    """The next batch is written while one runs: no sooner, and each once."""
    done: list[str] = []

    def prepare(batch):
        done.append(f"write {batch}")
        return batch

    def work(batch, inputs):
        done.append(f"run {batch}")
        assert batch == inputs
        return [row * 10 for row in batch]

    from collections import Counter

    answers = Batches(2, Counter()).run([[0, 1, 2], [5, 4]], prepare, work)
    assert answers == {0: 0, 1: 10, 2: 20, 5: 50, 4: 40}
    assert sorted(done) == sorted(f"{verb} {b}" for verb in ("write", "run") for b in [(0, 1), (2,), (5, 4)])
    assert done.index("run (0, 1)") < done.index("write (5, 4)")


def test_written_in_several_threads():
    """The next batch is padded while the running one counts tokens of its own: neither hears of the other."""
    writer = cramped(99)._loaded().writer
    asked = prompts(3)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            counting = pool.submit(lambda: {tuple(writer.tokens("More. ")) for _ in range(4000)})
            padded = {writer.inputs(asked, ())["input_ids"].shape for _ in range(2000)}
    finally:
        sys.setswitchinterval(before)
    assert len(padded) == len(counting.result()) == 1
