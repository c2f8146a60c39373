"""A prompt is paid for once."""

import pickle
from dataclasses import replace

import numpy as np

from hf_unsafe2safe.backends.chat import ChatModel, Prompt, Reply
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.backends.remembering import Remembering
from hf_unsafe2safe.errors import BackendError
from hf_unsafe2safe.testing import ScriptedChat
from tests.tiny_models import tiny_llm

IMAGE = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
ONE = Prompt("Rules.", "Question?", IMAGE)
OTHERS = [
    replace(ONE, system="Other rules."),
    replace(ONE, text="Another question?"),
    replace(ONE, image=IMAGE + 1),
    replace(ONE, image=IMAGE.reshape(1, 9, 3)),  # the same bytes in another shape
    replace(ONE, image=None),
    replace(ONE, schema={"type": "object"}),
    replace(ONE, max_new_tokens=3),
    replace(ONE, temperature=0.5),
    replace(ONE, seed=1),
]


def scripted() -> ScriptedChat:
    return ScriptedChat(lambda prompt: f"{prompt.text} {prompt.seed}", lambda prompt: prompt.seed / 10)


def test_each_prompt_is_asked_once():
    chat = scripted()
    model = Remembering(chat)
    wanted = [Reply(f"{one.text} {one.seed}") for one in [ONE, *OTHERS]]
    assert model.generate([ONE, *OTHERS, ONE]) == [*wanted, wanted[0]]
    assert len(chat.prompts) == 1 + len(OTHERS)
    again = [replace(one, image=None if one.image is None else one.image.copy()) for one in [ONE, *OTHERS]]
    assert [model.generate([one])[0] for one in again] == wanted
    assert len(chat.prompts) == 1 + len(OTHERS)
    assert chat.prompts[0].image is IMAGE  # backends tell images apart by the object


def test_decisions_are_no_replies():
    chat = scripted()
    model = Remembering(chat)
    assert (model.generate([ONE]), model.decide([ONE])) == ([Reply("Question? 0")], [0.0])
    assert model.decide([OTHERS[-1], ONE]) == [0.1, 0.0]
    assert len(chat.prompts) == 3


def test_errors_are_asked_again():
    answers = iter([BackendError("backend_unavailable"), "well"])
    model = Remembering(ScriptedChat(lambda prompt: next(answers)))
    assert isinstance(model.generate([ONE])[0], BackendError)
    assert model.generate([ONE]) == [Reply("well")]


def test_the_oldest_is_forgotten():
    chat = scripted()
    model = Remembering(chat, size=2)
    a, b, c = (replace(ONE, text=text) for text in "abc")
    model.generate([a, b])
    model.generate([a, c])  # a was used after b
    chat.prompts.clear()
    model.generate([a, c, b])
    assert chat.prompts == [b]


def test_what_it_passes_on():
    inner = TransformersChat(f"{tiny_llm()},device_map=cpu", images=False)
    model = Remembering(inner)
    assert isinstance(model, ChatModel)
    asked = [Prompt("", "Hello?", max_new_tokens=4)] * 3
    replies = model.generate(asked)
    assert model.counts is inner.counts
    assert model.counts["requests"] == 1
    packed = pickle.dumps(model)
    again = pickle.loads(packed)  # noqa: S301
    assert b"Hello" not in packed
    assert (again.models, again.fingerprint()) == (inner.models, inner.fingerprint())
    assert again.counts["requests"] == 0
    assert again.generate(asked) == replies
    assert again.counts["requests"] == 1
