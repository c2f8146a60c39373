"""Tables for a terminal and for Markdown: what they say, how wide they are, and that texts stay texts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.evaluation.output import words
from hf_unsafe2safe.evaluation.output.compare import NOT_RUN, compare
from hf_unsafe2safe.evaluation.output.markdown import markdown
from hf_unsafe2safe.evaluation.output.terminal import table
from hf_unsafe2safe.evaluation.results import Effect, Evaluation, Figure, NotRun
from tests.evaluation.output.samples import METRICS, evaluation, nasty, result

FINITE = st.floats(-1e300, 1e300)


@given(FINITE)
def test_three_digits_are_near_the_number(value):
    shown = float(words.number(value).replace(",", ""))
    assert math.isclose(shown, value, rel_tol=0.0051)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("plain", [False, True])
def test_it_fits_and_says_everything(width, plain):
    text = table(evaluation(), width, plain=plain)
    assert max(map(len, text.splitlines())) <= width
    assert text.isascii() == plain
    joined = " ".join(text.split())
    assert "200 of 203 rows judged (2 without an image, 1 missing in the result)" in joined
    assert "no face in the original 12" in joined
    assert "VLMScore: pass judge=ENDPOINT" in joined
    assert "[0.0264, 0.0360]" in joined
    assert "proves nothing" in joined


def test_an_empty_evaluation_still_says_what_was_not_run():
    empty = Evaluation("mine", {}, (), (NotRun("privacy", "facesim", "FaceSim", "no rows"),))
    for text in (table(empty), markdown(empty)):
        assert "0 of 0 rows judged" in text
        assert "FaceSim: no rows" in text


# Difference to the dataset -> whether the baseline is marked.
MARKS = {
    (-0.2, -0.1): True,
    (0.1, 0.2): True,
    (-0.1, 0.1): False,
    (0.0, 0.1): False,  # 0 is still within
    (None, None): False,  # too few rows
}


@pytest.mark.parametrize("ends", MARKS)
def test_only_differences_beyond_chance_are_marked(ends):
    effect = Effect(Figure(0.5), Figure(0.4), Figure(-0.1, *ends))
    assert words.baseline(effect) == ("0.500*" if MARKS[ends] else "0.500")


def test_hostile_texts_are_no_commands_and_no_markup():
    hostile = nasty()
    for text in (table(hostile), compare({"a\x1b[2J": hostile, "b": hostile}).text()):
        assert all(c.isprintable() or c == "\n" for c in text)
    for text in (markdown(hostile), compare({"<b>|": hostile, "b": hostile}).markdown()):
        assert "<img" not in text
        assert "<b>" not in text
        assert "**b**" not in text
        assert "\x1b" not in text


def test_markdown_has_all_figures():
    text = markdown(evaluation())
    assert "| Re-identified faces, share | **0.0312** | \\[0.0264, 0.0360\\] | 188 | 1.00\\* |" in text
    assert "| `seed` | `0` |" in text
    assert "proves nothing" in text


def figured(low, high, better="lower"):
    """Return an evaluation with one metric of this interval, which is None for one without."""
    made = result("facesim")
    value = 0.5 if low is None else (low + high) / 2
    changed = {**vars(made), "figure": Figure(value, low, high, 9), "better": better}
    return Evaluation("x", {"judged": 9}, (type(made)(**changed),))


# Intervals of three tools, which way is better -> which of them is marked.
BEST = {
    (((0.1, 0.2), (0.3, 0.4), (0.5, 0.6)), "lower"): "a",
    (((0.1, 0.2), (0.3, 0.4), (0.5, 0.6)), "higher"): "c",
    (((0.1, 0.3), (0.3, 0.4), (0.5, 0.6)), "lower"): None,  # two touch
    (((0.1, 0.2), (0.3, 0.4), (None, None)), "lower"): None,  # nobody knows of the third
    (((0.1, 0.2), (0.3, 0.4), (0.5, 0.6)), ""): None,  # neither is better
}


@pytest.mark.parametrize("case", BEST)
def test_best_is_marked_only_where_intervals_do_not_overlap(case):
    intervals, better = case
    comparison = compare({t: figured(*ends, better) for t, ends in zip("abc", intervals, strict=True)})
    assert comparison.best(comparison.results[0]) == BEST[case]
    assert comparison.text().count("(best)") - 1 == (BEST[case] is not None)  # and once in the legend


@pytest.mark.parametrize("width", [60, 80, 100])
def test_comparisons_fit_and_show_what_was_not_run(width):
    tools = {f"tool {i}": evaluation(change=i / 50) for i in range(4)}
    tools["tool 4"] = evaluation(without=("facesim", "probe-accuracy"))
    comparison = compare(tools)
    text = comparison.text(width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count(NOT_RUN) == comparison.markdown().count(NOT_RUN) == 2
    assert all(tool in text for tool in tools)
    assert len(comparison.results) == len(METRICS)


def test_what_makes_figures_hard_to_compare_is_said():
    other = evaluation()
    changed = Evaluation(
        **{**vars(other), "rows": {"judged": 9}, "settings": {"seed": 1}, "package_version": "9"}
    )
    text = " ".join(compare({"a": other, "b": changed}).text().split())
    assert "different numbers of rows: a 200, b 9" in text
    assert "different settings: seed, resamples" in text
    assert "different versions" in text
    assert compare({"a": other, "b": evaluation(change=0.1)}).notes == ()


def test_one_is_no_comparison():
    with pytest.raises(ValueError, match="needs two"):
        compare({"a": evaluation()})
