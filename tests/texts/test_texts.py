import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, StageError
from hf_unsafe2safe.records import Captions, Finding, Inspection, PublicCaption
from hf_unsafe2safe.texts.captions import TemplateCaptioner
from hf_unsafe2safe.texts.guard import public_captions, public_instructions, quotes
from hf_unsafe2safe.texts.instructions import TemplateInstructor

GREY = np.full((40, 60, 3), 120, np.uint8)


def found(*words, kind="name"):
    return Inspection(tuple(Finding(kind, 0.9, (0, 0, 5, 5), "any", text=w) for w in words))


def public(rgb, inspection=None):
    return TemplateCaptioner().caption([rgb], [inspection or Inspection()])[0].public


def test_they_conform():
    testing.check_captioner(TemplateCaptioner())
    testing.check_instructor(TemplateInstructor())
    testing.check_instructor(TemplateInstructor("demographics"))


# Images and what the public caption says of them.
@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (GREY, "An evenly lit, landscape-format photo, mostly in grey tones."),
        (np.full((60, 40, 3), (250, 10, 10), np.uint8), "A bright, upright photo, mostly red."),
        (np.full((50, 50, 3), (10, 10, 60), np.uint8), "A dark, square photo, mostly blue."),
        (np.full((1, 1, 3), 0, np.uint8), "A dark, square photo, mostly in grey tones."),
    ],
)
def test_public_captions(rgb, words):
    assert public(rgb) == words


def test_nothing_that_was_found_is_in_the_public_caption():
    # The colours of a region do not count: a red jersey under a name would tell something of the person.
    image = GREY.copy()
    image[10:30, 10:50] = (255, 0, 0)
    region = Inspection((Finding("name", 0.9, (10, 10, 50, 30), "any", text="Jane Example"),))
    assert "red" in public(image)
    assert "red" not in public(image, region)
    whole = Inspection((Finding("face", 0.9, (0, 0, 60, 40), "any"),))
    assert public(image, whole) == "A landscape-format photo."


def test_the_private_caption_has_what_was_read_and_at_most_50_words():
    captions = TemplateCaptioner().caption([GREY], [found("Jane Example", *["word"] * 80)])[0]
    assert "Jane Example" in captions.private
    assert len(captions.private.split()) == 50
    assert "Jane" not in repr(captions)


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


# Texts, what was read in the image, and whether the text quotes it.
@pytest.mark.parametrize(
    ("text", "read", "leak"),
    [
        ("A photo of Jane Example.", "Jane Example", True),  # the whole line
        ("A photo of JANE-EXAMPLE.", "jane example", True),  # case and marks
        ("A photo of Example.", "Jane Example", True),  # one long word of it
        ("Call 415 555.", "+1 415 555 2671", False),  # pieces under four signs do not count alone...
        ("Call 2671.", "+1 415 555 2671", True),  # ...longer ones do
        ("A bright photo.", "Jane Example", False),  # nothing of it
        ("An example.", "Jane Ex", False),  # no whole word
    ],
)
def test_quotes(text, read, leak):
    assert quotes(text, found(read)) is leak


def test_plain_words_may_occur_but_not_whole_lines():
    sign = found("Parking prohibited", kind="text")
    assert not quotes("A parking lot.", sign)
    assert quotes("It says parking prohibited.", sign)


def captions(*texts):
    return [Captions("private", PublicCaption(text)) for text in texts]


def test_a_quoting_text_is_replaced_and_the_others_stay():
    inspections = [found("Jane Example"), found("Jane Example")]
    texts = ("A photo of Jane Example.", "A photo.")
    assert public_captions(captions(*texts), inspections) == ["An image.", "A photo."]
    assert public_instructions(texts, inspections)[0].startswith("Replace every marked region")
    assert public_instructions(texts, inspections)[1] == "A photo."


# Texts that no stage may return; the row fails.
@pytest.mark.parametrize("text", ["", "   ", "word " * 51, None], ids=["empty", "blank", "too long", "none"])
def test_bad_public_texts_fail_their_row(text):
    with pytest.raises(StageError, match="caption_failed"):
        public_captions(captions(text), [found("Jane Example")])
    with pytest.raises(StageError, match="instruct_failed"):
        public_instructions([text], [found("Jane Example")])


def test_a_lost_text_fails():
    with pytest.raises(StageError):
        public_captions([], [Inspection()])
