import pickle

import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import Inspection
from hf_unsafe2safe.testing import ScriptedChat
from hf_unsafe2safe.texts.attributes import DEFAULT, DEMOGRAPHIC
from hf_unsafe2safe.texts.guard import public_instructions
from hf_unsafe2safe.texts.instructions import TemplateInstructor
from hf_unsafe2safe.texts.llm_instructions import LlmInstructor

TEXT = "Replace the face with an invented one, keep the pose."
CAPTION = "A person stands beside a red car."


class Fixed(ScriptedChat):
    """Says the same each time, and pickles."""

    def __init__(self, fingerprint="fixed"):
        self.name = fingerprint
        super().__init__(_same, _unsure)

    def fingerprint(self):
        return self.name


def _same(prompt):
    return TEXT


def _unsure(prompt):
    return 0.5


def in_turn(*said):
    """Return a model that gives these replies one after the other, then the last again."""
    left = list(said)
    return ScriptedChat(reply=lambda prompt: left.pop(0) if len(left) > 1 else left[0])


def test_it_conforms():
    testing.check_instructor(LlmInstructor(Fixed()))


def test_the_model_sees_the_public_caption_and_the_drawn_looks_and_nothing_else():
    chat = Fixed()
    assert LlmInstructor(chat).instruct([CAPTION], [7]) == [TEXT]
    (prompt,) = chat.prompts
    assert prompt.image is None
    assert prompt.seed == 7
    assert CAPTION in prompt.text
    assert all(f"{name}: " in prompt.text for name in DEFAULT)
    assert not any(name in prompt.text for name in DEMOGRAPHIC)
    assert prompt.temperature == 0


def test_the_looks_change_with_the_seed_and_not_with_the_batch():
    chat = Fixed()
    instructor = LlmInstructor(chat)
    instructor.instruct([CAPTION] * 20, range(20))
    instructor.instruct([CAPTION], [13])
    texts = [prompt.text for prompt in chat.prompts]
    assert len(set(texts[:20])) > 15
    assert texts[13] == texts[20]


def test_groups_of_people_are_drawn_only_when_asked_for():
    chat = Fixed()
    plain = LlmInstructor(chat, {"hat": ["a cap"], "age": ["an older adult"]}, temperature=0.5)
    plain.with_demographics().instruct([CAPTION], [1])
    plain.instruct([CAPTION], [1])
    asked, not_asked = chat.prompts
    assert "age: an older adult" in asked.text
    assert "skin tone: " in asked.text
    assert "hat: a cap" in not_asked.text
    assert "age" not in not_asked.text
    assert asked.temperature == not_asked.temperature == 0.5


# Replies in turn, what is returned, and how often the model was asked.
@pytest.mark.parametrize(
    ("said", "text", "asked"),
    [
        ([TEXT], TEXT, 1),
        (["", TEXT], TEXT, 2),  # nothing at first
        (["red " + "hat " * 9, TEXT], TEXT, 2),  # a loop
        ([" ".join(f"hat{'abcdefghij'[i % 10] * 3}" for i in range(50)), TEXT], TEXT, 2),  # too long
        (["Replace the person with Barack Obama.", TEXT], TEXT, 2),  # a name
        (["Replace the man with another man.", TEXT], TEXT, 2),  # a group of people
        (["Write 453 on the plate.", TEXT], TEXT, 2),  # a number
        (["Replace the man with another man."], "Replace the man with another man.", 3),  # left to the path
    ],
)
def test_what_is_no_good_is_asked_again(said, text, asked):
    chat = in_turn(*said)
    assert LlmInstructor(chat).instruct([CAPTION], [1]) == [text]
    assert len(chat.prompts) == asked
    assert chat.counts["asked_again"] == asked - 1


def test_with_demographics_they_may_be_named():
    chat = in_turn("Replace the person with an older man.")
    assert LlmInstructor(chat, demographics=True).instruct([CAPTION], [1]) == [
        "Replace the person with an older man."
    ]
    assert len(chat.prompts) == 1


def test_what_stays_too_long_is_cut():
    words = [f"{'abcdefghijklmnopqrst'[i % 20]}hat" for i in range(60)]
    (text,) = LlmInstructor(in_turn(f"Replace the face. Keep {' '.join(words)}.")).instruct([CAPTION], [1])
    assert text == "Replace the face."


def test_what_the_guard_cannot_publish_becomes_a_fixed_text():
    texts = LlmInstructor(in_turn("Show Barack Obama. Keep the pose of the person.")).instruct([CAPTION], [1])
    assert public_instructions(texts, [Inspection()]) == (["Keep the pose of the person."], [("name",)])


def test_both_texts_are_combined():
    chat = in_turn("A person with long hair stands beside a red car.")
    instructor = LlmInstructor(chat)
    combined = instructor.combine([CAPTION], [TEXT], [1])
    assert combined == ["A person with long hair stands beside a red car."]
    assert CAPTION in chat.prompts[0].text
    assert TEXT in chat.prompts[0].text


@pytest.mark.parametrize("demographics", [False, True])
def test_the_template_combines_too(demographics):
    instructor = TemplateInstructor("demographics" if demographics else "")
    captions = [CAPTION, "word, " * 50]
    instructions = instructor.instruct(captions, [1, 2])
    first, second = instructor.combine(captions, instructions, [1, 2])
    assert first.startswith("A person stands beside a red car; ")
    assert len(second.split()) <= 50
    person = instructions[0].partition("any person as ")[2].partition(";")[0]
    assert bool(person) is demographics
    assert person in first
    assert instructor.combine(captions, instructions, [1, 2]) == [first, second]


def test_it_pickles_and_says_when_its_results_would_change():
    one = LlmInstructor(Fixed(), {"hat": ["a cap", "no hat"]}, temperature=0.5)
    again = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    assert again.fingerprint() == one.fingerprint()
    assert again.instruct([CAPTION], [1]) == one.instruct([CAPTION], [1])
    others = [
        LlmInstructor(Fixed(), {"hat": ["a cap", "a fez"]}, temperature=0.5),
        LlmInstructor(Fixed(), {"hat": ["a cap", "no hat"]}),
        LlmInstructor(Fixed("other"), {"hat": ["a cap", "no hat"]}, temperature=0.5),
        one.with_demographics(),
    ]
    assert len({stage.fingerprint() for stage in [one, *others]}) == 5
    assert [model.name for model in one.models] == ["scripted", "prompt-instruct", "prompt-combine"]


# Specs that cannot work, before any model is looked for.
@pytest.mark.parametrize(
    "spec", ["org/model,temperature=hot", "org/model,temperature=3", "org/model,attributes=not-there.yaml"]
)
def test_bad_settings_are_refused(spec):
    with pytest.raises(ConfigError) as caught:
        LlmInstructor(spec)
    assert "not-there" not in str(caught.value)
