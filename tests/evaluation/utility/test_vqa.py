from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.errors import BackendError, ParseError
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.utility.vqa import (
    Answerer,
    ChatAnswerer,
    VqaAccuracy,
    normalised,
    vqa_accuracy,
)
from hf_unsafe2safe.testing import ScriptedChat
from tests.evaluation.pairs import figure, pair

SAFE = np.full((8, 8, 3), 200, np.uint8)
QUESTION = {"question": "How many dogs?", "answers": ["2", "two", "Two.", "3"]}


@pytest.mark.parametrize(
    ("answer", "compared"),
    [
        ("Red", "red"),
        (" a  red   car ", "red car"),
        ("the theatre", "theatre"),  # an article, and a word that begins like one
        ("An Apple!", "apple"),
        ("two", "2"),
        ("none", "0"),
        ("twenty", "twenty"),  # numbers up to ten only
        ("3.5", "3.5"),  # a point in a number
        ("p.m.", "p m"),  # other points
        ("1,000", "1000"),
        ("red, blue", "red blue"),
        ("don't", "dont"),
        ("don\u2019t", "dont"),
        ("t-shirt", "t shirt"),
        ("2 / 3", "2 3"),
        ("?", ""),
        ("", ""),
    ],
)
def test_answers_are_compared_in_one_form(answer, compared):
    assert normalised(answer) == compared
    assert normalised(compared) == compared


@pytest.mark.parametrize(
    ("agreeing", "of", "accuracy"),
    [
        (0, 10, 0),
        (1, 10, 1 / 3),
        (2, 10, 2 / 3),
        (3, 10, 1),
        (10, 10, 1),
        (1, 1, 1),  # fewer than three people
        (1, 2, 1 / 2),
        (2, 2, 1),
        (2, 3, 2 / 3),
    ],
)
def test_the_formula(agreeing, of, accuracy):
    people = ["Red."] * agreeing + ["blue"] * (of - agreeing)
    assert vqa_accuracy("red", people) == pytest.approx(accuracy)


@given(st.integers(0, 10))
def test_it_is_near_the_average_over_nine_of_ten_people(agreeing):
    people = ["red"] * agreeing + ["blue"] * (10 - agreeing)
    averaged = np.mean([min(nine.count("red") / 3, 1) for nine in combinations(people, 9)])
    assert averaged <= vqa_accuracy("red", people) + 1e-9 <= averaged + 0.1 + 1e-6


def test_nobody_answered():
    with pytest.raises(ValueError, match="Nobody"):
        vqa_accuracy("red", [])


def metric(*replies):
    """Return the metric with a model that gives these replies, and the model."""
    left = list(replies)
    chat = ScriptedChat(reply=lambda prompt: left.pop(0))
    return VqaAccuracy(ChatAnswerer(chat)), chat


@pytest.mark.parametrize(
    ("reply", "accuracy"),
    [
        ('{"answer": "two"}', 1.0),
        ('{"answer": "3"}', 1 / 3),
        ('{"answer": "a cat"}', 0.0),  # a wrong answer counts
        ('{"answer": ""}', 0.0),  # and so does an empty one
    ],
)
def test_rows(reply, accuracy):
    assert figure(metric(reply)[0], [pair(safe_rgb=SAFE, **QUESTION)]) == pytest.approx(accuracy)


def test_the_question_is_about_the_safe_image():
    vqa, chat = metric('{"answer": "2"}')
    vqa.observe(pair(safe_rgb=SAFE, **QUESTION))
    (prompt,) = chat.prompts
    assert prompt.image is SAFE
    assert prompt.text == QUESTION["question"]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"question": " ", "answers": ["2"]},
        {"question": "How many dogs?"},  # nobody answered it
    ],
)
def test_rows_without_a_question_are_excluded(row):
    vqa, chat = metric()
    with pytest.raises(ExcludedRowError, match="no question with answers"):
        vqa.observe(pair(safe_rgb=SAFE, **row))
    assert not chat.prompts


@pytest.mark.parametrize(
    "reply", ["two", '{"answer": 2}', '{"answer": null}', ParseError("unreadable_reply")]
)
def test_no_answer_is_asked_for_once_more_and_then_excluded(reply):
    again, chat = metric(reply, '{"answer": "two"}')
    assert figure(again, [pair(safe_rgb=SAFE, **QUESTION)]) == 1
    assert len(chat.prompts) == 2
    with pytest.raises(ExcludedRowError, match="the model gave no answer"):
        metric(reply, reply)[0].observe(pair(safe_rgb=SAFE, **QUESTION))


def test_a_model_that_is_not_there_excludes_nothing():
    with pytest.raises(BackendError):
        metric(BackendError("backend_unavailable"))[0].observe(pair(safe_rgb=SAFE, **QUESTION))


def test_an_answerer_of_ones_own():
    class Two:
        def answer(self, images, questions):
            return ["two"] * len(images)

        def fingerprint(self):
            return "two"

    assert isinstance(Two(), Answerer)
    assert isinstance(ChatAnswerer(ScriptedChat()), Answerer)
    assert figure(VqaAccuracy(Two()), [pair(**QUESTION)]) == 1
    assert VqaAccuracy(Two()).fingerprint() == "vqa-accuracy-1-two"


def test_answers_keep_the_order_of_the_images():
    chat = ScriptedChat(reply=lambda prompt: f'{{"answer": "{prompt.text}!"}}')
    assert ChatAnswerer(chat).answer([SAFE, SAFE], ["one", "b"]) == ["one!", "b!"]
    assert ChatAnswerer(chat).answer([], []) == []
