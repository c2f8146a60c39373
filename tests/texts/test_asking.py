import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.errors import BackendError, ParseError, StageError
from hf_unsafe2safe.testing import ScriptedChat
from hf_unsafe2safe.texts.asking import TEMPERATURE, ask, settled


def read(_, reply):
    if "bad" in reply.text:
        raise ParseError("unreadable_reply", hint=reply.text)
    return reply.text


def prompts(*texts):
    return [Prompt("rules", text, seed=i) for i, text in enumerate(texts)]


def test_only_rows_that_could_not_be_read_are_asked_again():
    said = {"a": ["A"], "b": ["bad", "bad", "B"], "c": ["bad", "C"], "d": ["bad"] * 9}
    chat = ScriptedChat(reply=lambda prompt: said[prompt.text].pop(0))
    results = ask(chat, prompts("a", "b", "c", "d"), read, stage="caption")
    assert results[:3] == ["A", "B", "C"]
    assert str(results[3]) == "caption: unreadable_reply"
    assert "".join(prompt.text for prompt in chat.prompts) == "abcdbcdbd"
    assert chat.counts["asked_again"] == 5


def test_a_second_try_is_drawn_with_a_seed_of_its_own():
    chat = ScriptedChat(reply=lambda prompt: "bad")
    ask(chat, prompts("a", "b"), read, stage="caption")
    assert [prompt.temperature for prompt in chat.prompts] == [0, 0] + [TEMPERATURE] * 4
    assert len({prompt.seed for prompt in chat.prompts}) == 6


@given(st.lists(st.sampled_from(["good", "bad at first", "bad"]), min_size=1, max_size=6))
def test_a_row_does_not_depend_on_the_others(kinds):
    def reply(prompt):
        kind = prompt.text.partition(":")[0]
        return "bad" if kind == "bad" or (kind != "good" and not prompt.temperature) else f"{prompt.seed}"

    rows = [Prompt("", f"{kind}:{i}", seed=i) for i, kind in enumerate(kinds)]
    together = ask(ScriptedChat(reply=reply), rows, read, stage="caption")
    alone = [ask(ScriptedChat(reply=reply), [row], read, stage="caption")[0] for row in rows]
    assert list(map(str, together)) == list(map(str, alone))


def test_what_is_no_good_is_asked_again_and_taken_in_the_end():
    said = {"a": ["too long", "short"], "b": ["too long", "longer still", "bad"]}
    chat = ScriptedChat(reply=lambda prompt: said[prompt.text].pop(0))
    results = ask(chat, prompts("a", "b"), read, stage="caption", good=lambda text: "long" not in text)
    assert results == ["short", "longer still"]


def test_errors_of_the_backend_stay_except_that_it_could_not_read():
    down, unread = BackendError("backend_unavailable"), StageError("unreadable_reply")
    said = {"a": [down], "b": [unread, "B"], "c": ["bad", down]}
    chat = ScriptedChat(reply=lambda prompt: said[prompt.text].pop(0))
    results = ask(chat, prompts("a", "b", "c"), read, stage="caption")
    assert results == [down, "B", down]
    with pytest.raises(BackendError):
        settled(results)
    assert settled(["A", "B"]) == ["A", "B"]


def test_nothing_is_asked_for_no_rows():
    assert ask(ScriptedChat(), [], read, stage="caption") == []
