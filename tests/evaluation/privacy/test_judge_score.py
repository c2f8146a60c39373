"""The judge that gives a score, as a model that says what the test tells it to."""

import numpy as np
import pytest

from hf_unsafe2safe.backends.chat import Reply
from hf_unsafe2safe.errors import BackendError, ConfigError, ParseError
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.judge_score import SIDE, VlmScore, same_family, side_by_side
from hf_unsafe2safe.testing import ScriptedChat
from hf_unsafe2safe.texts.prompts import load
from tests.evaluation.pairs import figure, pair

LEFT, RIGHT = np.full((40, 80, 3), 10, np.uint8), np.full((40, 80, 3), 200, np.uint8)


def asked(*replies):
    """Return what a judge keeps of a row, or the reason why nothing, and what it was asked."""
    left = list(replies)
    chat = ScriptedChat(reply=lambda prompt: left.pop(0))
    try:
        return float(VlmScore(chat).observe(pair(LEFT, RIGHT))["part"][0]), chat.prompts
    except ExcludedRowError as error:
        return error.reason, chat.prompts


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ('{"score": 40}', 40.0),
        ('{"score": 0}', 0.0),  # a score like any other
        ('{"score": 100}', 100.0),
        ('{"score": 7.5}', 7.5),
        ('```json\n{"score": 12}\n```', 12.0),
        ('<think>80? No.</think>{"score": 20}', 20.0),  # what it thought is no answer
    ],
)
def test_a_score(reply, score):
    found, prompts = asked(reply)
    assert (found, len(prompts)) == (score, 1)


UNREADABLE = [
    "",
    "40",  # not the form that was asked for
    "I cannot judge people.",
    '{"score": 101}',
    '{"score": -1}',
    '{"score": NaN}',
    '{"score": "40"}',
    '{"score": true}',
    '{"score": null}',
    '{"score": 40, "why": "Jane Doe"}',
    '{"score": 1} or {"score": 99}',
    '{"score": 4',
    "<think>40",
    Reply('{"score": ', finished=False),
]


@pytest.mark.parametrize("reply", UNREADABLE)
def test_no_number_is_asked_for_once_more(reply):
    score, prompts = asked(reply, '{"score": 30}')
    assert score == 30
    first, again = prompts
    assert first.text == again.text
    assert first.image is again.image
    assert again.temperature > first.temperature == 0  # the likeliest reply was of no use


@pytest.mark.parametrize("reply", UNREADABLE)
def test_no_number_twice_excludes_the_row_and_is_never_0(reply):
    reason, prompts = asked(reply, reply)
    assert reason == "the judge gave no number"
    assert len(prompts) == 2


def test_excluded_rows_do_not_count_in_the_mean():
    replies = iter(['{"score": 10}', "no", "no", '{"score": 50}'])
    score = VlmScore(ScriptedChat(reply=lambda prompt: next(replies)))
    assert figure(score, [pair(LEFT, RIGHT, row=f"train/{i}") for i in range(3)]) == 30


def test_what_the_backend_cannot_read_is_no_number_either():
    assert (
        asked(ParseError("unreadable_reply"), ParseError("unreadable_reply"))[0] == "the judge gave no number"
    )


def test_a_judge_that_is_not_there_excludes_nothing():
    score = VlmScore(ScriptedChat(reply=lambda prompt: BackendError("backend_unavailable")))
    with pytest.raises(BackendError, match="backend_unavailable"):
        score.observe(pair(LEFT, RIGHT))


def test_the_judge_sees_the_original_on_the_left():
    _, (prompt,) = asked('{"score": 1}')
    width = prompt.image.shape[1]
    assert prompt.image.shape == (SIDE // 2, 2 * SIDE + 16, 3)
    assert (prompt.image[:, :SIDE] == 10).all()
    assert (prompt.image[:, width - SIDE :] == 200).all()
    assert prompt.system == load("unlinkable").text


@pytest.mark.parametrize(
    ("left", "right", "shape"),
    [
        ((40, 80), (20, 40), (384, 1552)),  # another size tells nothing
        ((80, 40), (40, 80), (768, 1168)),  # another shape: filled up below
        ((1, 1), (1, 1), (768, 1552)),
        ((1, 900), (900, 1), (768, 785)),  # a line and a column
    ],
)
def test_halves(left, right, shape):
    image = side_by_side(*(np.zeros((*size, 3), np.uint8) for size in (left, right)))
    assert image.shape == (*shape, 3)
    assert image.dtype == np.uint8


def test_what_identifies_a_score_is_its_model_and_its_prompt():
    score = VlmScore(ScriptedChat())
    assert [model.name for model in score.models] == ["scripted", "prompt-unlinkable"]
    assert load("unlinkable").revision in score.fingerprint()
    assert "scripted" in score.fingerprint()


@pytest.mark.slow
def test_a_model_on_this_machine_is_held_to_a_number():
    from tests.tiny_models import tiny_vlm

    score = VlmScore(f"{tiny_vlm()},size=160")
    assert 0 <= figure(score, [pair(LEFT, RIGHT), pair(RIGHT, LEFT)]) <= 100
    assert score.models[-1].name == "prompt-unlinkable"


def test_a_spec_that_cannot_work_is_refused_at_once():
    with pytest.raises(ConfigError):
        VlmScore("endpoint:https://example.org/v1")  # no model


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen2.5-VL-3B", True),
        ("Qwen/Qwen3-VL-8B-Instruct@main", "copies/qwen3-vl-8b-gguf", True),  # another's copy
        ("Qwen/QVQ-72B", "copies/qwen3", True),  # other names of the same makers
        ("google/gemma-3-4b-it", "google/paligemma2-3b", True),
        ("org/gemini-flash", "copies/gemma-3", True),
        ("HuggingFaceTB/SmolVLM2-2.2B", "HuggingFaceM4/Idefics3-8B", True),
        ("org/alpha-vl", "org/beta-vl", True),  # the same maker
        ("gpt-4o", "gpt-5-mini", True),  # makers that are not told
        ("gpt-4o", "Qwen/Qwen3-VL", False),
        ("mistralai/Pixtral-12B", "Qwen/Qwen3-VL", False),
        ("qwen3-vl", "internvl3", False),
        ("org/123", "qwen", True),  # nobody knows
    ],
)
def test_families(a, b, same):
    assert same_family(a, b) is same
    assert same_family(b, a) is same
    assert same_family(a, a)
