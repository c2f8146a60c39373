from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.evaluation.privacy.characters import RUN, CharactersRecovered, recovered
from tests.evaluation.pairs import figure, look_lines, pair

LINES = st.lists(st.text(st.sampled_from("abc1"), max_size=9), max_size=4)


def longhand(before, after):
    """Count letter by letter: is there a run around it that another line has?"""

    def found(line, other):
        if len(line) < RUN:
            return len(line) * (line == other)
        return sum(
            any(line[i : i + RUN] in other for i in range(at - RUN + 1, at + 1) if 0 <= i <= len(line) - RUN)
            for at in range(len(line))
        )

    return sum(max([0, *(found(a, b) for b in after)]) for a in before), sum(map(len, before))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["Jane Doe"], ["Jane Doe"], (7, 7)),
        (["Jane Doe"], ["Jane"], (4, 7)),  # half hidden
        (["Jane Doe"], ["J a n e"], (4, 7)),  # spaces are no signs
        (["Jane Doe"], ["enaJ eoD"], (0, 7)),  # the same letters in another order
        (["555 2671"], ["my number 2671!"], (4, 7)),  # a part of a number, in another line
        (["Jane Doe"], ["Jane", "Doe"], (4, 7)),  # the best line only
        (["Jane", "Doe"], ["Jane Doe"], (7, 7)),  # two lines that are read as one
        (["AB"], ["AB"], (2, 2)),  # shorter than a run
        (["AB"], ["ABC"], (0, 2)),  # short ones are in many lines by chance
        (["Jane Doe"], ["~~", ""], (0, 7)),
        (["Jane Doe"], [], (0, 7)),
        ([], ["Jane Doe"], (0, 0)),
    ],
)
def test_signs_read_again(before, after, expected):
    assert recovered(before, after) == expected


@given(LINES, LINES)
def test_it_is_what_counting_by_hand_gives(before, after):
    assert recovered(before, after) == longhand(before, after)


@given(st.text("abc1", max_size=12), st.text("abc1", max_size=12))
def test_it_is_never_less_than_the_matching_blocks(before, after):
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    assert recovered([before], [after])[0] >= sum(b.size for b in blocks if b.size >= RUN)


@given(LINES, LINES, LINES)
def test_another_line_in_the_safe_image_never_hides_anything(before, after, more):
    assert recovered(before, after)[0] <= recovered(before, after + more)[0]
    assert recovered(before, before) == (sum(map(len, before)),) * 2


def test_rows_count_by_their_signs():
    said = [(["abcdef"], ["abc"]), (["xy"], ["xy"])]
    rows = [
        pair(looks={"lines": look_lines(before)}, safe_looks={"lines": look_lines(after)})
        for before, after in said
    ]
    assert figure(CharactersRecovered(), rows) == pytest.approx((3 + 2) / (6 + 2))
