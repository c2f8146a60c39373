"""What comes of every way in which a server can fail: one table, exact outcomes and numbers of requests."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from huggingface_hub import InferenceClient

from hf_unsafe2safe.backends.chat import Prompt, Reply
from hf_unsafe2safe.backends.served import endpoint, retrying
from hf_unsafe2safe.backends.served.endpoint import EndpointChat
from hf_unsafe2safe.backends.served.servers import LARGEST_ANSWER, Provider
from hf_unsafe2safe.errors import BudgetError, ConfigError, StageError
from tests.backends.misbehaving_server import JSON, MisbehavingServer, Says, chat, error, tops

pytestmark = pytest.mark.slow  # models, servers or photos, many times over

RETRIES = 3
PROMPT = Prompt("Be brief.", "What is to be seen?")
WITH_SCHEMA = Prompt("Be brief.", "What?", schema={"type": "object"})
GOOD = chat("fine")
FINE = "fine"
UNAVAILABLE, UNREADABLE = "backend_unavailable", "unreadable_reply"
SILENT = "has given no answer at all"  # the run stops


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def said(outcome):
    """Return the text of a reply, the reason of an error, or a probability."""
    if isinstance(outcome, StageError):
        return outcome.reason
    return outcome.text if isinstance(outcome, Reply) else outcome


def ask(server, prompt=PROMPT, extra="", *, decide=False):
    model = EndpointChat(f"{server.url},model=m,retries={RETRIES}{extra}", images=False)
    return answered(model.decide if decide else model.generate, prompt)


def answered(call, prompt):
    try:
        return said(call([prompt])[0])
    except ConfigError as error:
        if SILENT in str(error):
            return SILENT
        raise


# Whole failures that pass: (answers in turn, what comes of it, requests).
PASSING = {
    "two errors, then fine": ([error(500), error(500), GOOD], FINE, 3),
    "errors for ever": ([error(503)], UNAVAILABLE, RETRIES + 1),
    "too slow once": ([Says(GOOD.body, delay_s=0.9), GOOD], FINE, 2),
    "too slow for ever": ([Says(GOOD.body, delay_s=0.8)], SILENT, RETRIES + 1),
    "a byte now and then": ([Says(GOOD.body, each_s=0.05), GOOD], FINE, 2),
    "request timeout": ([error(408), GOOD], FINE, 2),
    "conflict": ([error(409), GOOD], FINE, 2),
    "too many, no hint": ([error(429), GOOD], FINE, 2),
    "too many, unreadable hint": ([error(429, **{"Retry-After": "soon"}), GOOD], FINE, 2),
    "cut JSON": ([Says(b'{"choices": [{"mess'), GOOD], FINE, 2),
    "nested JSON": ([Says(b"[" * 100_000), GOOD], FINE, 2),
    "no JSON for ever": ([Says(b"<html>a proxy</html>")], SILENT, RETRIES + 1),
    "JSON that says it is HTML": ([Says(GOOD.body, kind="text/html"), GOOD], FINE, 2),
    "HTML": ([Says(b"<html>a proxy</html>", kind="text/html"), GOOD], FINE, 2),
    "not UTF-8": ([Says(b'{"choices": "\xff\xfe"}'), GOOD], FINE, 2),
    "a list": ([Says([]), GOOD], FINE, 2),
    "a number": ([Says(b"7"), GOOD], FINE, 2),
    "empty body": ([Says(b""), GOOD], FINE, 2),
    "gone before the answer": ([Says(GOOD.body, sends="nothing"), GOOD], FINE, 2),
    "gone in the middle": ([Says(GOOD.body, sends="half"), GOOD], FINE, 2),
    "gone in the middle of an error": ([Says(GOOD.body, 400, sends="half"), GOOD], FINE, 2),
    "no choices": ([Says({"id": "x"}), GOOD], FINE, 2),
    "choices are nothing": ([Says({"choices": None}), GOOD], FINE, 2),
    "an empty list of choices": ([Says({"choices": []}), GOOD], FINE, 2),
    "a choice that is a word": ([Says({"choices": ["x"]}), GOOD], FINE, 2),
    "no message": ([Says({"choices": [{"index": 0}]}), GOOD], FINE, 2),
    "a message that is a word": ([Says({"choices": [{"message": "x"}]}), GOOD], FINE, 2),
    "null content": ([chat(None), GOOD], FINE, 2),
    "null content for ever": ([chat(None)], UNAVAILABLE, RETRIES + 1),
    "content in parts": ([chat([{"type": "text", "text": "x"}]), GOOD], FINE, 2),
    "a huge body": ([chat("x" * LARGEST_ANSWER), GOOD], FINE, 2),
    "a huge error": ([Says(b"x" * (4 * LARGEST_ANSWER), 500), GOOD], FINE, 2),
}
SLOW = ("too slow once", "too slow for ever", "a byte now and then")
# What stays: one prompt fails, at once.
STAYING = {
    "a prompt it refuses": ([error(400, "bad prompt")], UNREADABLE, 1),
    "too large": ([error(413)], UNREADABLE, 1),
    "cannot be processed": ([error(422)], UNREADABLE, 1),
    "another refusal": ([error(451)], UNREADABLE, 1),
    "a refusal in words": ([chat(None, refusal="I cannot")], UNREADABLE, 1),
    "a refusal beside content": ([chat("x", refusal="I cannot")], UNREADABLE, 1),
    "filtered": ([chat("", finish="content_filter")], UNREADABLE, 1),
    "thoughts only": ([chat(None, reasoning_content="hm")], UNREADABLE, 1),
    "cut while it thought": ([chat("<think>hm", finish="length")], UNREADABLE, 1),
    "thoughts, then a reply": ([chat("<think>hm</think>\n\nfine")], FINE, 1),
    "an empty reply": ([chat("")], "", 1),
    "no usage": ([chat("fine", tokens=None)], FINE, 1),
    "odd usage": ([chat("fine", tokens=(-1, 2))], FINE, 1),
    "another good status": ([Says(GOOD.body, 201)], FINE, 1),
    "JSON with a charset": ([Says(GOOD.body, kind=f"{JSON}; charset=utf-8")], FINE, 1),
}
CASES = PASSING | STAYING


@pytest.mark.parametrize("case", CASES)
def test_what_comes_of_it(case):
    answers, outcome, requests = CASES[case]
    with MisbehavingServer.in_turn(*answers) as server:
        assert ask(server, extra=",timeout_s=0.6" if case in SLOW else "") == outcome
        assert len(server.asked) == requests


# The run stops: no row could be answered.
@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (error(401, "key sk-1234 is wrong"), ConfigError, "key"),
        (error(403), ConfigError, "key"),
        (error(404, "no model m"), ConfigError, "model"),
        (error(402), BudgetError, "payment"),
        (Says(b"", 307, headers={"Location": "http://127.0.0.1:9/v1"}), ConfigError, "points elsewhere"),
        (Says(b"", 301), ConfigError, "points elsewhere"),
    ],
)
def test_the_run_stops_at_what_no_row_survives(answer, kind, word):
    with MisbehavingServer.in_turn(answer) as server:
        with pytest.raises(kind, match=word) as caught:
            ask(server)
        assert len(server.asked) == 1
    assert "sk-1234" not in str(caught.value)


def test_no_redirect_is_followed():
    with MisbehavingServer.in_turn(GOOD) as other:
        moved = Says(b"", 307, headers={"Location": f"{other.url}/chat/completions"})
        with MisbehavingServer.in_turn(moved) as server, pytest.raises(ConfigError):
            ask(server)
        assert other.asked == []


def test_an_error_is_not_read_for_ever():
    with MisbehavingServer.in_turn(Says(b"x" * 4000, 500, each_s=0.05), GOOD) as server:
        assert ask(server, extra=",timeout_s=0.6") == FINE
        assert server.asked[1].at - server.asked[0].at < 60  # of 200 seconds


def test_nobody_listens():
    with MisbehavingServer.in_turn(GOOD) as server:
        pass
    assert ask(server) == SILENT


def test_a_server_that_stops_answering_fails_rows_and_is_waited_for_once():
    nothing = Says(GOOD.body, sends="nothing")
    answers = [GOOD, *[nothing] * (RETRIES + 2), GOOD, error(500), GOOD]
    with MisbehavingServer.in_turn(*answers) as server:
        model = EndpointChat(f"{server.url},model=m,retries={RETRIES}", images=False)
        outcomes = [(answered(model.generate, PROMPT), len(server.asked)) for _ in range(5)]
    first, waited, quick, back, patient = outcomes
    assert first == (FINE, 1)
    assert waited == (UNAVAILABLE, 1 + RETRIES + 1)
    assert quick == (UNAVAILABLE, waited[1] + 1)  # waiting had not helped
    assert back == (FINE, quick[1] + 1)
    assert patient == (FINE, back[1] + 2)  # it answers again, so an error is waited for again


def test_a_server_that_says_wait_is_waited_for_after_silence_too():
    nothing = Says(GOOD.body, sends="nothing")
    answers = [GOOD, *[nothing] * (RETRIES + 1), error(429), GOOD]
    with MisbehavingServer.in_turn(*answers) as server:
        model = EndpointChat(f"{server.url},model=m,retries={RETRIES}", images=False)
        assert [answered(model.generate, PROMPT) for _ in range(3)] == [FINE, UNAVAILABLE, FINE]


# Answers to `decide`: the log probabilities of the first token.
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (tops(("yes", -0.1), ("no", -2.4)), 0.9089),
        (tops(("Yes", -1.0), (" yes", -1.0), ("NO", -1.0)), 0.6667),  # all spellings count
        (tops(("▁Yes", -1.0), ("Ġno", -1.0)), 0.5),  # as tokenizers mark a space
        (tops(("Yes", -0.01)), 1.0),
        (tops(("no", -0.01), ("yes", float("-inf"))), 0.0),
        (tops(("no", -0.01), ("yes", -(10**400))), 0.0),
        (tops(("The", -0.01), ("A", -3.0)), UNREADABLE),  # no answer
        (tops(("<think>", -0.0), ("yes", -12.0), ("no", -15.0)), UNREADABLE),  # it begins to think
        (tops(("yes", float("nan")), ("no", -1.0)), UNREADABLE),
        (tops(("yes", 5.0), ("no", -1.0)), UNREADABLE),  # no probability
        (tops(("yes", "-0.1"), ("no", -1.0)), UNREADABLE),
        (tops(("yes", True), ("no", -1.0)), UNREADABLE),
        (tops((None, -0.1), ("no", -1.0)), UNREADABLE),
        (chat("Yes"), 1.0),  # no log probabilities: the text counts
        (chat("**No.**"), 0.0),
        (chat(" yes, a man"), 1.0),
        (chat("Nothing"), UNREADABLE),
        (chat("<think>yes", finish="length"), UNREADABLE),
        (chat(""), UNREADABLE),
    ],
)
def test_probabilities(answer, outcome):
    with MisbehavingServer.in_turn(answer) as server:
        assert ask(server, decide=True) == outcome


def takes(**limits):
    """Return a server that refuses what is not in it, with the message given."""

    def answer(number, asked):
        for name, (allowed, message) in limits.items():
            if name in asked.body and not allowed(asked.body[name]):
                return error(400, message)
        return chat("yes") if "logprobs" not in asked.body else tops(("yes", -1.0), ("no", -1.0))

    return MisbehavingServer(answer)


NEVER = (lambda value: False, "no")


def named(name):
    return (lambda value: False, f"Unsupported parameter: '{name}'.")


# What a server does not take is left out, and not tried again: (server, decide, result, requests for three).
@pytest.mark.parametrize(
    ("limits", "decide", "outcome", "requests"),
    [
        ({}, False, "yes", 3),
        ({"response_format": NEVER}, False, "yes", 4),
        ({"top_logprobs": (lambda n: n <= 5, "at most 5")}, True, 0.5, 4),
        ({"logprobs": NEVER}, True, 1.0, 5),  # fewer, then none
        ({"logprobs": named("logprobs")}, True, 1.0, 4),
        ({"seed": named("seed")}, False, "yes", 4),
        ({"temperature": named("temperature"), "seed": named("seed")}, False, "yes", 5),
        ({"max_tokens": named("max_tokens")}, False, "yes", 4),
        ({"seed": NEVER}, False, UNREADABLE, 6),  # not named: only the schema is suspected
    ],
)
def test_what_a_server_does_not_take_is_left_out(limits, decide, outcome, requests):
    with takes(**limits) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        for _ in range(3):
            assert said((model.decide if decide else model.generate)([WITH_SCHEMA])[0]) == outcome
        assert len(server.asked) == requests


def test_a_server_without_log_probabilities_is_asked_for_words():
    with MisbehavingServer.in_turn(chat("yes")) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        assert model.decide([PROMPT]) + model.decide([PROMPT]) == [1.0, 1.0]
        asked = [("logprobs" in one.body, one.body["max_tokens"]) for one in server.asked]
    assert asked == [(True, 1), (False, 8), (False, 8)]


def test_a_prompt_that_is_refused_for_itself_turns_nothing_off():
    long = Prompt("", "long", schema={"type": "object"})

    def answer(number, asked):
        return error(400, "too long") if asked.body["messages"][-1]["content"] == "long" else GOOD

    with MisbehavingServer(answer) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        assert [said(r) for r in model.generate([long])] == [UNREADABLE]
        assert [said(r) for r in model.generate([WITH_SCHEMA])] == [FINE]
        assert ["response_format" in one.body for one in server.asked] == [True, False, True]


@pytest.mark.parametrize(("schema", "sent"), [("on", [True]), ("off", [False]), ("auto", [True, False])])
def test_the_schema_is_a_choice(schema, sent):
    with takes(response_format=NEVER) as server:
        ask(server, WITH_SCHEMA, f",schema={schema}")
        assert ["response_format" in one.body for one in server.asked] == sent


@pytest.mark.parametrize(
    "hint", [lambda: "1", lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)]
)
def test_a_server_says_how_long_to_wait(hint):
    with MisbehavingServer(lambda n, _: GOOD if n else error(429, **{"Retry-After": hint()})) as server:
        assert ask(server) == FINE
        assert server.asked[1].at - server.asked[0].at >= 0.95


# The same through the client of the Hub, which reads answers by itself: it bounds neither their size nor
# their whole time, looks at no content type, and an answer that is no object cannot be told from a model that
# the provider does not have.
OTHERWISE = ("a byte now and then", "too slow for ever", "JSON that says it is HTML", "a list", "a number")


@pytest.mark.parametrize("case", [case for case in CASES if case not in (*OTHERWISE, "a huge body")])
def test_what_comes_of_it_through_the_client_of_the_hub(case, monkeypatch):
    answers, outcome, requests = CASES[case]
    with MisbehavingServer.in_turn(*answers) as server:
        timeout_s = 0.6 if case in SLOW else 30
        client = InferenceClient(base_url=server.url, api_key="hf_x", timeout=timeout_s)
        monkeypatch.setattr(endpoint, "_send", lambda spec: Provider(client))
        monkeypatch.setenv("HF_TOKEN", "hf_x")
        model = EndpointChat(f"org/model,retries={RETRIES}", images=False)
        assert answered(model.generate, PROMPT) == outcome
        assert len(server.asked) == requests
