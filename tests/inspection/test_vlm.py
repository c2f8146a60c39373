"""The vision-language inspector, with a model that says what the test tells it to."""

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import BackendError, ConfigError, ParseError, StageError
from hf_unsafe2safe.inspection.questions import groups, schema
from hf_unsafe2safe.inspection.vlm import THRESHOLD, VlmInspector
from hf_unsafe2safe.taxonomy import GROUP_KINDS
from hf_unsafe2safe.testing import ScriptedChat
from hf_unsafe2safe.texts.shapes import fits

IMAGE = np.full((200, 400, 3), 90, np.uint8)
WHOLE = (0, 0, 400, 200)
KINDS = tuple(GROUP_KINDS.values())


def item(kind, box, what="a thing"):
    return {"what": what, "why": "because", "kind": kind, "box": box}


def items(*found):
    return json.dumps({"items": list(found)})


def scripted(reply="", **yes):
    """Return a model that is as sure of each kind as `yes` says, and lists what `reply` says."""
    texts = {text: kind for kind, text in groups().items()}

    def sure(prompt):
        return next(yes.get(kind, 0.0) for text, kind in texts.items() if text in prompt.text)

    return ScriptedChat(reply if callable(reply) else lambda prompt: reply, sure)


def inspect(chat, kinds=KINDS, image=IMAGE, **settings):
    (found,) = VlmInspector(chat, **settings).inspect([image], kinds)
    return found.findings


def seen(findings):
    return [(f.kind, f.score, f.box, f.placed, f.item) for f in findings]


def test_it_covers_a_kind_a_group():
    assert set(VlmInspector(ScriptedChat()).covers) == set(KINDS)


def test_it_conforms():
    testing.check_inspector(VlmInspector(scripted(items(item("person", [30, 30, 900, 600])), person=0.9)))


def test_what_the_model_sees_becomes_findings():
    chat = scripted(items(item("person", [100, 100, 300, 500], "a man in red")), person=0.9)
    (found,) = inspect(chat)
    assert seen([found]) == [("person", 0.9, (36, 16, 124, 104), True, "a man in red")]
    assert found.source == "vlm"
    assert "red" not in repr(found)


def test_nothing_is_listed_where_every_answer_is_no():
    chat = scripted(lambda prompt: pytest.fail("it was asked for items"))
    assert inspect(chat) == ()
    assert len(chat.prompts) == len(KINDS)


def test_only_what_the_policy_names_is_asked():
    chat = scripted(items(item("health", [1, 1, 100, 100]), item("person", None)), health=1.0, person=1.0)
    assert [f.kind for f in inspect(chat, ("health", "face"))] == ["health"]
    assert [groups()["health"] in prompt.text for prompt in chat.prompts] == [True, True]
    assert inspect(chat, ("face", "code")) == ()
    assert len(chat.prompts) == 2


def test_the_questions_of_an_image_follow_each_other_and_share_all_but_their_end():
    chat, images = scripted(items(), person=0.9), [IMAGE, IMAGE + 1]
    VlmInspector(chat).inspect(images, KINDS)
    asked = chat.prompts[: 2 * len(KINDS)]
    assert [prompt.image is images[0] for prompt in asked] == [True] * len(KINDS) + [False] * len(KINDS)
    assert len({prompt.system for prompt in asked}) == 1


# Kinds, what the model is sure of, what it lists, and what must be found: kind, score, placed, item.
@pytest.mark.parametrize(
    ("yes", "listed", "expected"),
    [
        ({"person": 0.7}, items(), [("person", 0.7, False, None)]),  # a risk without an item
        (
            {"person": 0.7},
            items(item("person", None)),
            [("person", 0.7, False, "a thing")],
        ),  # without a place
        ({"person": 0.7}, items(item("person", [0, 0, 999, 999])), [("person", 0.7, False, "a thing")]),
        # an item of a kind that was not flagged: the model can add
        (
            {"person": 0.7, "place": 0.1},
            items(item("place", [0, 0, 500, 500]), item("person", [0, 0, 500, 500])),
            [("place", 0.5, True, "a thing"), ("person", 0.7, True, "a thing")],
        ),
        # two items of a kind, and a flagged kind beside it without any
        (
            {"person": 0.7, "place": 0.6},
            items(item("person", [0, 0, 500, 500]), item("person", [500, 0, 900, 500])),
            [("person", 0.7, True, "a thing"), ("person", 0.7, True, "a thing"), ("place", 0.6, False, None)],
        ),
        ({"person": 0.5}, items(item("person", [9, 9, 99, 99], " \n ")), [("person", 0.5, True, None)]),
    ],
)
def test_every_risk_is_a_finding(yes, listed, expected):
    found = inspect(scripted(listed, **yes))
    assert [(f.kind, f.score, f.placed, f.item) for f in found] == expected
    assert all(f.placed or f.box == WHOLE for f in found)


# Replies to the question for items that cannot be read.
@pytest.mark.parametrize(
    "reply",
    [
        "",  # nothing
        "I can't help with that.",  # a refusal
        "The image shows a man.",  # prose
        items(item("person", [1, 2, 3, 4]))[:-5],  # cut off
        "[]",  # no object
        "{}",  # nothing in it
        '{"items": null}',  # no list
        items(item("face", [1, 2, 3, 4])),  # a kind that it may not name
        items(item("person", [1, 2, 3])),  # three numbers
        items(item("person", ["1", "2", "3", "4"])),  # texts for numbers
        '{"items": [{"what": "a", "why": "b", "kind": "person", "box": [1, 2, NaN, 4]}]}',  # no number
        items(*[item("person", [1, 2, 300, 400])] * 65),  # too many
        items() + items(item("person", None)),  # two answers
    ],
)
def test_a_list_that_cannot_be_read_makes_the_whole_image_risky(reply):
    chat = scripted(reply, person=0.8, health=0.6)
    assert seen(inspect(chat)) == [("person", 0.8, WHOLE, False, None), ("health", 0.6, WHOLE, False, None)]
    assert len(chat.prompts) == len(KINDS) + 3  # asked three times


def shapes(values):
    """Return what JSON can hold of some values."""
    return st.recursive(
        values, lambda part: st.lists(part, max_size=4) | st.dictionaries(names, part), max_leaves=8
    )


names = st.sampled_from(["items", "what", "why", "kind", "box", "x"])
plain = (
    st.none() | st.booleans() | st.integers(-9, 1100) | st.floats() | st.sampled_from([*KINDS, "\x00", "no"])
)
listed = st.fixed_dictionaries(
    {
        "what": st.text(max_size=9),
        "why": st.just(""),
        "kind": st.sampled_from(KINDS),
        "box": st.none() | st.lists(st.floats(-1, 1100), min_size=4, max_size=4),
    }
)
replies = (
    st.text() | shapes(plain).map(json.dumps) | st.lists(listed, max_size=5).map(lambda one: items(*one))
)


@given(replies, st.dictionaries(st.sampled_from(KINDS), st.floats(0, 1)))
def test_whatever_the_model_says_every_risk_is_found_and_every_box_is_in_the_image(reply, yes):
    found = inspect(scripted(reply, **yes))
    assert {kind for kind, p in yes.items() if p >= THRESHOLD} <= {f.kind for f in found}
    for f in found:
        assert 0 <= f.box[0] < f.box[2] <= 400
        assert 0 <= f.box[1] < f.box[3] <= 200
        assert THRESHOLD <= f.score <= 1
        assert f.placed == (f.box != WHOLE)


def test_sixty_four_items_are_taken():
    assert len(inspect(scripted(items(*[item("person", [1, 2, 300, 400])] * 64), person=0.8))) == 64


# Answers to a question of yes or no that say nothing.
@pytest.mark.parametrize(
    "answer",
    [float("nan"), float("inf"), -0.1, 1.5, StageError("unreadable_reply"), ParseError("unreadable_reply")],
)
def test_an_unreadable_decision_counts_as_yes(answer):
    chat = ScriptedChat(lambda prompt: items(), lambda prompt: answer)
    assert [(f.kind, f.score, f.placed) for f in inspect(chat)] == [(kind, 1.0, False) for kind in groups()]


@pytest.mark.parametrize(
    "error",
    [BackendError("backend_unavailable"), BackendError("out_of_memory"), StageError("inspect_failed")],
)
@pytest.mark.parametrize("where", ["decision", "items"])
def test_a_model_that_fails_fails_the_row(error, where):
    decide, generate = (error, "") if where == "decision" else (0.9, error)
    chat = ScriptedChat(lambda prompt: generate, lambda prompt: decide)
    with pytest.raises(type(error), match=error.reason):
        inspect(chat)


@pytest.mark.parametrize(("threshold", "count"), [(0.0, 9), (0.4, 1), (0.41, 0), (1.0, 0)])
def test_the_threshold_decides(threshold, count):
    assert len(inspect(scripted(items(), person=0.4), threshold=threshold)) == count


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_is_a_probability(threshold):
    with pytest.raises(ConfigError, match="from 0 to 1"):
        VlmInspector(ScriptedChat(), threshold=threshold)


def test_a_user_adds_criteria():
    def sure(prompt):
        return 0.8 if "logos of companies" in prompt.text else 0.1

    chat = ScriptedChat(lambda prompt: items(item("company_logos", [0, 0, 100, 100], "a swoosh")), sure)
    plain = VlmInspector(chat)
    own = plain.with_criteria({"company_logos": "logos of companies"})
    (found,) = own.inspect([IMAGE], ("company_logos", "person"))
    assert [(f.kind, f.score, f.item) for f in found.findings] == [("company_logos", 0.8, "a swoosh")]
    assert len(chat.prompts) == 3
    assert own.covers == (*plain.covers, "company_logos")
    assert own.fingerprint() != plain.fingerprint()


def test_a_criterion_has_a_name_of_its_own():
    with pytest.raises(ConfigError, match="face"):
        VlmInspector(ScriptedChat()).with_criteria({"face": "faces"})


def test_a_row_does_not_depend_on_its_neighbours():
    def reply(prompt):
        return items(item("person", [0, 0, int(prompt.image[0, 0, 0]), 500]))

    chat = ScriptedChat(reply, lambda prompt: prompt.image[0, 0, 0] / 255)
    images = [np.full((50, 50 + n, 3), n, np.uint8) for n in (10, 140, 200, 250)]
    together = VlmInspector(chat).inspect(images, KINDS)
    assert together == [VlmInspector(chat).inspect([rgb], KINDS)[0] for rgb in images]
    assert [len(one.findings) > 0 for one in together] == [False, True, True, True]


def test_no_images():
    assert VlmInspector(ScriptedChat()).inspect([], KINDS) == []


def test_settings_are_part_of_the_fingerprint():
    one, other = (VlmInspector(ScriptedChat(), threshold=t).fingerprint() for t in (0.5, 0.4))
    assert one != other
    assert (
        VlmInspector(ScriptedChat(), threshold=THRESHOLD).fingerprint()
        == VlmInspector(ScriptedChat()).fingerprint()
    )
    assert one != VlmInspector(ScriptedChat(), threshold=0.5, boxes="none").fingerprint()


def test_the_prompts_are_among_the_models():
    names = [model.name for model in VlmInspector(ScriptedChat()).models]
    assert names == ["scripted", "prompt-inspect", "prompt-items", "prompt-groups"]


def test_it_pickles_with_what_it_was_told():
    own = VlmInspector(_Still(), threshold=0.3).with_criteria({"logos": "logos"})
    again = pickle.loads(pickle.dumps(own))  # noqa: S301
    assert again.fingerprint() == own.fingerprint()
    assert again.covers == own.covers


class _Still(ScriptedChat):
    def __reduce__(self):
        return _Still, ()


def test_the_schema_is_what_replies_are_read_by():
    right = {"items": [item("person", [1, 2, 3, 4]), item("logos", None)]}
    assert fits(right, schema([*KINDS, "logos"]))
    assert not fits(right, schema(KINDS))
