import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.detectors import codes, pii, text
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.codes_readable import CodesReadable, still_decoded
from hf_unsafe2safe.evaluation.privacy.entities import ENTITIES, EntitiesLeft, PlatesReadable, still_said
from hf_unsafe2safe.evaluation.privacy.reading import signs, words
from tests.detectors.test_codes import CONTENT, written
from tests.evaluation.pairs import figure, look_codes, look_lines, pair
from tests.photos import card


@pytest.mark.parametrize(
    ("entity", "after", "left"),
    [
        ("jane.doe@example.org", ["jane.doe@example.org"], True),
        ("jane.doe@example.org", ["JANE DOE@EXAMPLE ORG"], True),  # marks and case do not matter
        ("jane.doe@example.org", ["jane.d0e@example.org"], True),  # one sign wrong
        ("jane.doe@example.org", ["jane.doe@example.or"], True),  # one missing
        ("jane.doe@example.org", ["jane.d0e@examp1e.org"], False),  # two wrong
        ("jane.doe@example.org", ["jane.doe@", "example.org"], True),  # over two lines
        ("jane.doe@example.org", ["mail: jane.doe@example.org now"], True),  # in a longer line
        ("jane.doe@example.org", ["example.org"], False),
        ("+1 415 555 2671", ["tel +1 415 555 267i"], True),  # one wrong, other text on its line
        ("John Smith", ["name john smlth, room 4"], True),
        ("+1 415 555 2671", ["tel 1 41 555 2671 x"], True),  # one missing there
        ("+1 415 555 2671", ["tel 1 4155 555 2671 x"], True),  # one too many there
        ("+1 415 555 2671", ["tel +1 415 559 267i"], False),  # two wrong there
        ("John Smith", ["name joan smyth, room 4"], False),
        ("John Smith", ["johsmith"], True),  # one missing in the middle of a line of its own
        ("John Smith", ["name josmith now"], False),  # two missing
        ("Doe", ["Mrs Doe"], True),  # a short one as a whole word
        ("Doe", ["Does it?"], False),  # and not as a part of one
        ("Doe", ["D0e"], False),  # in a short one each sign counts
        ("AB 12", ["a b 12"], False),
        ("B-AB 1234", ["B AB 1284"], True),  # a plate with one sign wrong still leads to its owner
        ("B-AB 1234", ["B XY 9876"], False),  # another plate
        ("B-AB 1234", [], False),
    ],
)
def test_what_is_still_said(entity, after, left):
    assert still_said(words(entity), [words(line) for line in after]) is left


LINE = st.text("ab1 ", max_size=10).map(words).filter(lambda line: len(signs(line)) >= 2)


@settings(deadline=None)  # the first call imports
@given(LINE, st.lists(LINE, max_size=3))
def test_a_copy_always_says_it(entity, others):
    assert still_said(entity, [entity])
    assert still_said(entity, [*others, entity])


def row(before, after, kinds=None):
    return pair(looks={"lines": look_lines(before, kinds)}, safe_looks={"lines": look_lines(after)})


SAID = ["Jane Doe", "B-AB 1234", "+1 415 555 2671", "Opening hours"]
KINDS = ["name", "plate", "phone", "text"]


@pytest.mark.parametrize(
    ("after", "entities", "plates"),
    [
        (SAID, 1.0, 1.0),
        (["Opening hours"], 0.0, 0.0),  # a sign stays, and tells nothing
        (["Jane Doe"], 0.5, 0.0),
        (["B AB 1234"], 0.0, 1.0),
        ([], 0.0, 0.0),
    ],
)
def test_texts_and_plates_are_counted_apart(after, entities, plates):
    one = row(SAID, after, KINDS)
    assert figure(EntitiesLeft(), [one]) == entities
    assert figure(PlatesReadable(), [one]) == plates


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (EntitiesLeft(), "no personal text in the original"),
        (PlatesReadable(), "no number plate in the original"),
        (CodesReadable(), "no code in the original"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_row_without_any_is_excluded(metric, reason):
    nothing = {"lines": look_lines(["Exit"]), "codes": look_codes([""])}
    full = {"lines": look_lines(SAID, KINDS), "codes": look_codes(["x"])}
    with pytest.raises(ExcludedRowError) as caught:
        metric.observe(pair(looks=nothing, safe_looks=full))  # only the safe image has some
    assert caught.value.reason == reason
    assert np.isnan(figure(metric, []))


def test_all_kinds_but_plain_text_and_plates_are_personal():
    assert {*pii.KINDS, "person_text"} - {"text"} <= set(ENTITIES)
    assert not {"plate", "text"} & set(ENTITIES)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "b"], ["a", "b"], 1.0),
        (["a", "b"], ["b"], 0.5),
        (["a", "a"], ["a"], 1.0),  # the same content twice: both can be read
        (["https://a.b/c"], ["https://a.b/C"], 0.0),  # a payload is exact
        (["a", ""], ["", "a"], 1.0),  # codes that nobody decodes are left out
        (["a"], [], 0.0),
    ],
)
def test_codes(before, after, expected):
    one = pair(looks={"codes": look_codes(before)}, safe_looks={"codes": look_codes(after)})
    assert figure(CodesReadable(), [one]) == expected
    assert still_decoded(before, after) == sum(payload in after for payload in before)


def seen_codes(rgb):
    return {"codes": look_codes([f.text or "" for f in codes.find(rgb)])}


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        (0, 1.0),  # pixels: nothing
        (6, 1.0),  # a spot that error correction mends
        (60, 0.0),  # most of it
    ],
)
def test_a_real_code_under_a_growing_spot(hidden, expected):
    shown = np.repeat(written("QRCode")[..., None], 3, axis=2)
    safe = shown.copy()
    middle = shown.shape[0] // 2
    safe[middle - hidden // 2 :, middle - hidden // 2 :][:hidden, :hidden] = 128
    one = pair(shown, safe, looks=seen_codes(shown), safe_looks=seen_codes(safe))
    assert [str(payload) for payload in one.original.looks["codes"]["texts"]] == [CONTENT["QRCode"]]
    assert figure(CodesReadable(), [one]) == expected


def seen_lines(rgb):
    said = [f.text or "" for f in text.read(rgb)]
    return {"lines": look_lines(said, [pii.classify(line) for line in said])}


@pytest.mark.slow
def test_a_real_card_of_which_one_line_is_hidden():
    shown = card("Name: Jane Doe", "+1 415 555 2671")
    safe = shown.copy()
    safe[85:140] = 128  # the second line
    one = pair(shown, safe, looks=seen_lines(shown), safe_looks=seen_lines(safe))
    assert figure(EntitiesLeft(), [one]) == 0.5
