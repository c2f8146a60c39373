import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.records import PublicCaption
from hf_unsafe2safe.texts.instructions import TemplateInstructor


def test_they_conform():
    testing.check_instructor(TemplateInstructor())
    testing.check_instructor(TemplateInstructor("demographics"))


@given(st.text(max_size=400), st.integers(0, 2**63 - 1))
def test_instructions_are_short_and_repeat(caption, seed):
    for instructor in (TemplateInstructor(), TemplateInstructor("demographics")):
        first, second = (instructor.instruct([PublicCaption(caption)], [seed])[0] for _ in range(2))
        assert first == second
        assert 1 <= len(first.split()) <= 45


def test_instructions_differ_by_seed():
    assert len(set(TemplateInstructor().instruct([PublicCaption("A photo.")] * 40, range(40)))) > 5


def test_demographics_are_off_unless_asked_for_and_then_spread():
    words = ("woman", "man", "adult", "age", "gender")
    plain = TemplateInstructor().instruct([PublicCaption("A photo.")] * 60, range(60))
    assert not any(word in text.split() for text in plain for word in words)
    drawn = TemplateInstructor("demographics").instruct([PublicCaption("A photo.")] * 300, range(300))
    women, men = (sum(f"a {word}" in text for text in drawn) for word in ("woman", "man"))
    assert 60 < women < 140
    assert 60 < men < 140


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="demographics"):
        TemplateInstructor("loud")
