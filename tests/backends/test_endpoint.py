"""What is sent to a server, in which order and how often, and what is told to nobody."""

import base64
import logging
import multiprocessing
import pickle
import random
import signal
import subprocess
import sys
import time
import traceback
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from hf_unsafe2safe.backends.chat import ChatModel, Prompt, Reply
from hf_unsafe2safe.backends.served import retrying
from hf_unsafe2safe.backends.served.endpoint import EndpointChat
from hf_unsafe2safe.errors import BudgetError, ConfigError, StageError
from tests.backends.misbehaving_server import MisbehavingServer, Says, chat, error, tops
from tests.runs import listening_to_ctrl_c

SECRET = "sk-verysecret1234"
PRIVATE = "Zebulon Quillfeather"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def prompts(count, **more):
    return [Prompt("Be brief.", f"number {i}", **more) for i in range(count)]


def echo(number, asked):
    """Answer with the question, after a while that differs."""
    says = chat(asked.body["messages"][-1]["content"])
    return Says(says.body, delay_s=random.Random(number).uniform(0, 0.03))


def test_it_is_a_chat_model():
    assert isinstance(EndpointChat("http://127.0.0.1:1/v1,model=m", images=True), ChatModel)


def test_the_request_says_what_the_prompt_says():
    schema = {"type": "object"}
    prompt = Prompt("Rules.", "What?", schema=schema, max_new_tokens=77, temperature=0.5, seed=9)
    with MisbehavingServer.in_turn(chat("x", finish="length")) as server:
        model = EndpointChat(f"{server.url},model=org/m", images=False)
        assert model.generate([prompt]) == [Reply("x", finished=False)]
    assert server.asked[0].path == "/v1/chat/completions"
    assert server.asked[0].body == {
        "model": "org/m",
        "messages": [{"role": "system", "content": "Rules."}, {"role": "user", "content": "What?"}],
        "max_tokens": 77,
        "temperature": 0.5,
        "seed": 9,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "strict": True, "schema": schema},
        },
    }


# Images as they are sent: (H, W), size, what arrives.
@pytest.mark.parametrize(
    ("shape", "size", "arrives"),
    [
        ((300, 400), 100, (75, 100)),  # made smaller, aspect kept
        ((60, 40), 1024, (60, 40)),  # never larger
        ((2000, 20), 1024, (1024, 28)),  # a strip gets borders: servers refuse what is too thin
    ],
)
def test_images_are_sent_before_the_text(shape, size, arrives):
    image = np.full((*shape, 3), (200, 30, 60), np.uint8)
    with MisbehavingServer.in_turn(chat()) as server:
        model = EndpointChat(f"{server.url},model=m,size={size}", images=True)
        model.generate([Prompt("", "What?", image)])
    (message,) = server.asked[0].body["messages"]
    assert [part["type"] for part in message["content"]] == ["image_url", "text"]
    kind, _, data = message["content"][0]["image_url"]["url"].partition(";base64,")
    with PIL.Image.open(BytesIO(base64.b64decode(data))) as sent:
        assert (kind, sent.format, sent.size) == ("data:image/jpeg", "JPEG", arrives[::-1])
        assert not sent.getexif()
        middle = sent.getpixel((sent.width // 2, sent.height // 2))
    assert np.abs(np.subtract(middle, (200, 30, 60))).max() <= 6


def test_a_model_without_images_never_sends_one():
    with MisbehavingServer.in_turn(chat()) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        with pytest.raises(ValueError, match="without images"):
            model.generate([Prompt("", "What?", np.zeros((8, 8, 3), np.uint8))])
        assert server.asked == []


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_order_is_kept_and_the_server_is_not_flooded(concurrency):
    with MisbehavingServer(echo) as server:
        model = EndpointChat(f"{server.url},model=m,concurrency={concurrency}", images=False)
        replies = model.generate(prompts(30))
        assert [reply.text for reply in replies] == [f"number {i}" for i in range(30)]
        assert server.most_at_once <= concurrency
        assert concurrency == 1 or server.most_at_once > 1
    assert model.counts["requests"] == len(server.asked) == 30
    assert (model.counts["input_tokens"], model.counts["output_tokens"]) == (300, 150)
    assert model.counts["busy_s"] > 0
    assert "cost_usd" not in model.counts
    assert model.generate([]) == []


def test_one_prompt_that_fails_leaves_the_others_alone():
    def answer(number, asked):
        return error(400) if asked.body["messages"][-1]["content"] == "number 2" else echo(number, asked)

    with MisbehavingServer(answer) as server:
        said = EndpointChat(f"{server.url},model=m", images=False).generate(prompts(5))
    assert [isinstance(one, StageError) for one in said] == [False, False, True, False, False]


def test_retries_and_cost_are_counted():
    with MisbehavingServer.in_turn(error(500), chat()) as server:
        priced = f"{server.url},model=m,input_price=2,output_price=8"
        model = EndpointChat(priced, images=False)
        model.generate(prompts(1))
        model.generate(prompts(1))
    assert (model.counts["requests"], model.counts["retries"]) == (2, 1)
    assert model.counts["cost_usd"] == pytest.approx(2 * (10 * 2 + 5 * 8) / 1e6)


def test_the_budget_of_requests_is_exact():
    with MisbehavingServer(lambda number, _: error(500) if number == 1 else chat()) as server:
        model = EndpointChat(f"{server.url},model=m,max_requests=10,concurrency=4", images=False)
        assert len(model.generate(prompts(5))) == 5  # and one retry
        with pytest.raises(BudgetError, match="10 requests"):
            model.generate(prompts(20))
        assert len(server.asked) == 10
        with pytest.raises(BudgetError):
            model.decide(prompts(1))
        assert len(server.asked) == 10


def test_the_budget_of_tokens_stops_new_requests():
    with MisbehavingServer.in_turn(chat()) as server:  # 15 tokens each
        model = EndpointChat(f"{server.url},model=m,max_tokens=40,concurrency=1", images=False)
        with pytest.raises(BudgetError, match="40 tokens"):
            model.generate(prompts(9))
        assert len(server.asked) == 3


def test_a_budget_of_tokens_needs_a_server_that_counts_them():
    with MisbehavingServer.in_turn(chat(tokens=None)) as server:
        model = EndpointChat(f"{server.url},model=m,max_tokens=40", images=False)
        with pytest.raises(ConfigError, match="max_tokens cannot be kept"):
            model.generate(prompts(1))


# Which key goes out: (option, the header that arrives).
@pytest.mark.parametrize(
    ("option", "header"),
    [
        ("", "Bearer none"),  # not OPENAI_API_KEY: this is not the server that it is for
        (",key=MY_KEY", f"Bearer {SECRET}"),
    ],
)
def test_a_key_goes_only_where_the_user_sends_it(monkeypatch, option, header):
    monkeypatch.setenv("MY_KEY", f"{SECRET}\n")
    foreign = ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HF_TOKEN")
    for name in foreign:
        monkeypatch.setenv(name, f"foreign-{name}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: foreign-header")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing for this machine goes through a proxy
    with MisbehavingServer.in_turn(chat()) as server:
        EndpointChat(f"{server.url},model=m{option}", images=False).generate(prompts(1))
    assert server.asked[0].headers["authorization"] == header
    assert "foreign" not in str(server.asked[0].headers)


@pytest.mark.parametrize(
    "answer", [error(500, SECRET), error(400, PRIVATE), error(401, SECRET), chat(PRIVATE), chat(None)]
)
def test_nothing_private_is_told(monkeypatch, caplog, answer):
    monkeypatch.setenv("MY_KEY", SECRET)
    caplog.set_level(logging.DEBUG, "hf_unsafe2safe")
    with MisbehavingServer.in_turn(answer) as server:
        model = EndpointChat(f"{server.url},model=m,key=MY_KEY,retries=1", images=False)
        try:
            told = [model.generate([Prompt(PRIVATE, PRIVATE, schema={"title": PRIVATE})])]
        except ConfigError as raised:
            told = ["".join(traceback.format_exception(raised))]
        told += [model, model.models, model.fingerprint(), model.counts]
        ours = [r.getMessage() for r in caplog.records if r.name.startswith("hf_unsafe2safe")]
        for text in (repr(told), str(told), *ours):
            assert not any(word in text for word in (SECRET, PRIVATE, server.url))
        assert SECRET.encode() not in pickle.dumps([model, model.counts])


def test_a_pickle_connects_again():
    with MisbehavingServer.in_turn(tops(("yes", -0.5), ("no", -1.5))) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        before = model.decide(prompts(1))
        again = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert again.decide(prompts(1)) == before == [0.7311]
    assert again.fingerprint() == model.fingerprint()


def test_ctrl_c_does_not_wait_for_the_server():
    with MisbehavingServer.in_turn(Says(b"", delay_s=60)) as server:
        code = (
            "from hf_unsafe2safe.backends.served.endpoint import EndpointChat, Prompt\n"
            f"model = EndpointChat('{server.url},model=m,concurrency=2', images=False)\n"
            "model.generate([Prompt('', 'x')] * 4)"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], stderr=subprocess.PIPE, preexec_fn=listening_to_ctrl_c
        )
        until = time.monotonic() + 60
        while len(server.asked) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=20)[1]
        assert len(server.asked) == 2


def _in_child(model):
    return model.generate(prompts(2))


def test_a_forked_child_connects_by_itself():
    with MisbehavingServer(echo) as server:
        model = EndpointChat(f"{server.url},model=m", images=False)
        here = model.generate(prompts(2))
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(_in_child, (model,)).get(timeout=60) == here
