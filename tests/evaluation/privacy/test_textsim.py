import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.utils import default_process

from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.characters import CharactersRecovered, CharactersRecoveredRegions
from hf_unsafe2safe.evaluation.privacy.reading import readable, signs, words, written, written_in_regions
from hf_unsafe2safe.evaluation.privacy.textsim import TextSim, TextSimRegions, token_set_similarity
from tests.evaluation.pairs import figure, look_lines, pair

LINES = st.lists(st.text(st.sampled_from("abcde 12"), max_size=8), max_size=4)
METRICS = [TextSim(), CharactersRecovered()]
REGIONS = [TextSimRegions(), CharactersRecoveredRegions()]


def row(before, after, **rest):
    """Return a pair that says these lines; the first line of the original is at (0, 0, 16, 16)."""
    return pair(looks={"lines": look_lines(before)}, safe_looks={"lines": look_lines(after)}, **rest)


# A line, its words, its signs.
@pytest.mark.parametrize(
    ("line", "spelt", "bare"),
    [
        ("Jane DOE", "jane doe", "janedoe"),
        ("  --  ", "", ""),  # no sign at all
        ("snake_case", "snake case", "snakecase"),  # an underscore is no letter
        ("\uff2a\uff41ne \u2460", "jane 1", "jane1"),  # wide letters, a number in a circle
        ("STRASSE", "strasse", "strasse"),
        ("Stra\u00dfe", "strasse", "strasse"),  # case folding, not only lower case
        ("\u6771\u4eac 5", "\u6771\u4eac 5", "\u6771\u4eac5"),  # signs that have no case
    ],
)
def test_one_spelling(line, spelt, bare):
    assert (words(line), signs(line)) == (spelt, bare)


# A line of the original, its score, whether that is what the original says; a safe image says it anyway.
@pytest.mark.parametrize(
    ("line", "score", "sure"),
    [
        ("Exit", 0.9, True),
        ("Exit", 0.5, True),
        ("Exit", 0.49, False),
        ("Exit", np.nan, False),
        ("O", 0.9, False),  # a cup
        ("0 0 0 0", 0.9, False),  # buttons
        ("10", 0.9, True),
    ],
)
def test_noise_of_the_reader_is_nothing_that_an_original_says(line, score, sure):
    seen = pair(looks={"lines": look_lines([line], scores=[score])}).original
    assert written(seen) == ([words(line)] if sure else [])
    assert readable(seen) == [words(line)]


def test_what_has_no_letters_says_nothing_anywhere():
    seen = pair(looks={"lines": look_lines(["|||", "***", ""])}).original
    assert written(seen) == readable(seen) == []


def test_lines_of_some_kinds():
    look = look_lines(["Jane", "B-AB 12", "Exit"], ["name", "plate", "text"])
    assert written(pair(looks={"lines": look}).original, "name", "plate") == ["jane", "b ab 12"]


# The first of two lines is at (0, 0, 16, 16), the second right of it.
@pytest.mark.parametrize(
    ("boxes", "inside"),
    [
        ([(0, 0, 16, 16)], ["jane"]),
        ([(0, 0, 16, 8)], ["jane"]),  # half of it
        ([(0, 0, 16, 7)], []),  # less
        ([(0, 0, 32, 32)], ["jane", "exit"]),
        ([], []),
    ],
)
def test_lines_in_the_risky_regions(boxes, inside):
    assert written_in_regions(row(["Jane", "Exit"], [], boxes=boxes)) == inside


@given(LINES, LINES)
def test_the_ratio_is_that_of_rapidfuzz(before, after):
    expected = token_set_ratio(" ".join(before), " ".join(after), processor=default_process) / 100
    spelt = [[words(line) for line in said] for said in (before, after)]
    assert token_set_similarity(*spelt) == pytest.approx(expected)


@given(LINES, LINES)
def test_the_ratio_is_symmetric_and_in_range(before, after):
    there, back = token_set_similarity(before, after), token_set_similarity(after, before)
    assert there == pytest.approx(back)
    assert 0 <= there <= 1


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["Jane Doe"], ["Jane Doe"], 1.0),  # a copy
        (["Jane Doe"], ["jane, doe!"], 1.0),  # marks and case do not matter
        (["Jane Doe"], [], 0.0),  # gone counts, it is not excluded
        (["Jane Doe"], ["|", "."], 0.0),  # what is left is no text
        (["abc", "def"], ["def", "abc"], 1.0),  # the order of lines does not matter
        ([], ["Jane Doe"], None),  # text in the safe image only
        ([], [], None),
        (["O"], ["O"], None),  # no text but a cup
    ],
)
def test_rows(metric, before, after, expected):
    one = row(before, after)
    if expected is None:
        with pytest.raises(ExcludedRowError, match=r"^no text in the original$"):
            metric.observe(one)
    else:
        assert figure(metric, [one]) == expected


@pytest.mark.parametrize("metric", REGIONS, ids=lambda m: m.name)
def test_a_sign_outside_the_regions_is_not_asked_for(metric):
    kept = row(["Jane Doe", "Exit"], ["Exit"], boxes=[(0, 0, 16, 16)])
    assert figure(metric, [kept]) < 0.35  # letters by chance
    assert figure(metric, [row(["Jane Doe", "Exit"], ["Jane Doe"], boxes=[(0, 0, 16, 16)])]) == 1
    with pytest.raises(ExcludedRowError, match=r"^no text in the risky regions$"):
        metric.observe(row(["Jane Doe"], ["Jane Doe"]))


def test_images_of_other_sizes_are_compared_by_what_they_say():
    large = np.zeros((64, 64, 3), np.uint8)
    for metric in METRICS:
        assert figure(metric, [row(["Jane Doe"], ["Jane Doe"], safe_rgb=large)]) == 1


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_no_rows_and_any_order(metric):
    rows = [row(["Jane Doe"], ["Jane"]), row(["12 Main Street"], []), row([], ["x"]), row(["abc"], ["abc"])]
    assert np.isnan(figure(metric, []))
    assert np.isnan(figure(metric, rows[2:3]))
    assert figure(metric, rows) == figure(metric, rows[::-1])


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_what_is_kept_are_two_numbers(metric):
    kept = metric.observe(row(["Jane Doe"], ["Jane"]))
    assert list(kept) == ["part"]
    assert kept["part"].dtype == np.float64
    assert kept["part"].shape == (2,)
