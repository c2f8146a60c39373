import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.backends.chat import Reply
from hf_unsafe2safe.errors import BackendError, ParseError, StageError
from hf_unsafe2safe.inspection.questions import schema
from hf_unsafe2safe.records import Inspection
from hf_unsafe2safe.testing import ScriptedChat
from hf_unsafe2safe.texts.llm_instructions import LlmInstructor
from hf_unsafe2safe.texts.replies import LONGEST, read_json, read_text
from hf_unsafe2safe.texts.shapes import fits
from hf_unsafe2safe.texts.vlm_captions import SCHEMA, VlmCaptioner

from .bad_replies import CAPTIONS, INSTRUCTIONS, ITEMS

IMAGE = np.zeros((4, 4, 3), np.uint8)
ITEMS_SCHEMA = schema(["belonging", "person"])


def asked_three_times(chat, call):
    """Run a call that fails; its error tells nothing of the reply."""
    with pytest.raises(ParseError) as caught:
        call()
    assert chat.counts["asked_again"] == 2
    return str(caught.value)


@pytest.mark.parametrize(("said", "outcome"), CAPTIONS)
def test_captions(said, outcome):
    chat = ScriptedChat(reply=lambda prompt: said)
    captioner = VlmCaptioner(chat)
    if outcome is None:
        message = asked_three_times(chat, lambda: captioner.caption([IMAGE], [Inspection()]))
        assert message == "caption: unreadable_reply"
    else:
        (captions,) = captioner.caption([IMAGE], [Inspection()])
        assert (captions.private, captions.public) == outcome


@pytest.mark.parametrize(("said", "outcome"), INSTRUCTIONS)
def test_instructions(said, outcome):
    chat = ScriptedChat(reply=lambda prompt: said)
    instructor = LlmInstructor(chat)
    if outcome is None:
        message = asked_three_times(chat, lambda: instructor.instruct(["A photo."], [1]))
        assert message == "instruct: unreadable_reply"
    else:
        assert instructor.instruct(["A photo."], [1]) == [outcome]


@pytest.mark.parametrize(("said", "outcome"), ITEMS)
def test_items(said, outcome):
    if outcome is None:
        with pytest.raises(ParseError, match=r"^unreadable_reply$"):
            read_json(Reply(said), ITEMS_SCHEMA)
    else:
        assert read_json(Reply(said), ITEMS_SCHEMA) == {"items": outcome}


def test_the_table_is_long():
    assert len(CAPTIONS) + len(INSTRUCTIONS) + len(ITEMS) >= 60


def test_a_text_that_was_cut_cannot_be_read_but_a_whole_object_can():
    said = Reply("Replace the face, keep the", finished=False)
    with pytest.raises(ParseError):
        read_text(said)
    assert read_json(Reply('{"items": []} and', finished=False), ITEMS_SCHEMA) == {"items": []}


# Values, schemas, and whether the one fits the other.
@pytest.mark.parametrize(
    ("value", "shape", "outcome"),
    [
        (1, {"type": "integer"}, True),
        (1.0, {"type": "integer"}, False),
        (True, {"type": "integer"}, False),
        (True, {"type": "boolean"}, True),
        (1, {"type": "boolean"}, False),
        ("true", {"type": "boolean"}, False),
        (1, {"type": "number"}, True),
        (1001, {"type": "number", "minimum": 0, "maximum": 1000}, False),
        (-1, {"type": "number", "minimum": 0}, False),
        (10**400, {"type": "number"}, False),  # longer than any float
        (float("nan"), {"type": "number"}, False),
        (-float("inf"), {"type": "number"}, False),
        (None, {"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ([], {"type": "array", "items": {"type": "null"}, "minItems": 1}, False),
        ([None] * 3, {"type": "array", "items": {"type": "null"}, "maxItems": 2}, False),
        ([None] * 65, {"type": "array", "items": {"type": "null"}, "maxItems": 99}, False),
        ("c", {"type": "string", "enum": ["a", "b"]}, False),
        ({"a": None}, {"type": "object", "properties": {"a": {"type": "null"}}}, True),
        ({"b": None}, {"type": "object", "properties": {"a": {"type": "null"}}}, False),
    ],
)
def test_shapes(value, shape, outcome):
    assert fits(value, shape) is outcome


BITS = """{ } [ ] " : , ``` <think> </think> "items" null NaN 1e999 A {"items":[]} Edit: \\ \ud800 \u202e"""
SAID = st.lists(st.sampled_from([*BITS.split(), "\n"]) | st.text(max_size=8), max_size=30).map("".join)


@settings(deadline=None)
@given(SAID, st.booleans(), st.sampled_from([None, SCHEMA, ITEMS_SCHEMA]))
def test_any_text_is_read_or_refused(said, finished, shape):
    reply, refused, value = Reply(said, finished), None, None
    try:
        value = read_json(reply, shape) if shape else read_text(reply)
    except ParseError as error:
        refused = error
    if refused:
        assert str(refused) == "unreadable_reply"
        assert refused.__cause__ is None
    else:
        assert not re.search(r"[\u200b-\u200f\u202a-\u202e\ud800-\udfff]", str(value))


# Replies that would keep a careless reader busy for ever.
@pytest.mark.parametrize(
    "piece", ['{"a":', "{", '"', "```", "<think>", "</think>", "[", "a ", "I can't ", "'", "-", " "]
)
def test_long_replies_are_refused_at_once(piece):
    said = Reply(piece * (LONGEST // len(piece)))
    for read in (read_text, lambda one: read_json(one, ITEMS_SCHEMA)):
        with pytest.raises(ParseError):
            read(said)


@pytest.mark.parametrize("error", [BackendError("backend_unavailable"), StageError("caption_failed")])
def test_what_the_backend_could_not_do_is_not_asked_again(error):
    chat = ScriptedChat(reply=lambda prompt: error)
    with pytest.raises(StageError) as caught:
        VlmCaptioner(chat).caption([IMAGE], [Inspection()])
    assert caught.value is error
    assert len(chat.prompts) == 1
