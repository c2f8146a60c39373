import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.texts.shortening import sentences, shortened


# Texts, how many words may stay, and what does.
@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("A cat on a mat.", 5, "A cat on a mat."),  # it fits
        ("A  cat\n on a mat", 5, "A  cat\n on a mat"),  # as it is
        ("A cat sits. A dog runs. A bird sings.", 7, "A cat sits. A dog runs."),  # whole sentences
        ("A cat sits! A dog runs after it.", 4, "A cat sits!"),
        ("A cat on a mat, a dog beside the door of it", 8, "A cat on a mat."),  # a clause
        ("Yes, a cat on a mat beside the door", 7, "Yes, a cat on a mat."),  # too short a clause is none
        ("A cat that sits on the mat", 6, "A cat that sits."),  # nothing dangles
        ("A cat sits on its very old mat", 6, "A cat sits."),
        ("the of and in", 2, "the."),  # but one word stays
        ("Cat; dog; bird; fish; mouse", 3, "Cat; dog; bird."),
    ],
)
def test_shortened(text, words, rest):
    assert shortened(text, words) == rest


TEXTS = st.lists(
    st.sampled_from(["a", "cat", "cat,", "sits.", "on", "the", "Why?", ";", "-"]) | st.text(max_size=4)
)


@given(TEXTS.map(" ".join), st.integers(1, 30))
def test_it_is_never_longer_and_stays_the_same_a_second_time(text, words):
    rest = shortened(text, words)
    assert len(rest.split()) <= words
    assert shortened(rest, words) == rest


@given(TEXTS.map(" ".join))
def test_sentences_have_all_the_words(text):
    assert " ".join(sentences(text)).split() == text.split()
