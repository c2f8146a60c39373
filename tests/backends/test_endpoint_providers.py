"""Inference Providers: what the client of the Hub makes of a prompt, seen where it would be sent."""

import json
import subprocess
import sys

import pytest

from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.served.endpoint import EndpointChat
from hf_unsafe2safe.errors import ConfigError

ANSWER = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "fine"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}
# Run apart: the client of the Hub is one for the whole process.
CODE = f"""
import json, httpx2, huggingface_hub
from hf_unsafe2safe.backends.served.endpoint import EndpointChat, Prompt

def answer(request):
    print(json.dumps([str(request.url), request.headers.get("authorization"), json.loads(request.content)]))
    return httpx2.Response(200, json={ANSWER!r})

huggingface_hub.set_client_factory(lambda: httpx2.Client(transport=httpx2.MockTransport(answer)))
model = EndpointChat("org/model@v2,max_requests=2", images=False)
print([r.text for r in model.generate([Prompt("Rules.", "What?", schema={{"type": "object"}}, seed=4)])])
print(dict(model.counts, busy_s=0), model.models)
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_the_router_of_the_hub_gets_the_prompt_and_the_token(tmp_path):
    done = run(CODE, HF_TOKEN="hf_mine", HF_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    request, replies, counts = done.stdout.splitlines()
    url, key, body = json.loads(request)
    assert url == "https://router.huggingface.co/v1/chat/completions"
    assert key == "Bearer hf_mine"
    assert (body["model"], body["seed"], body["max_tokens"]) == ("org/model", 4, 256)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert replies == "['fine']"
    assert counts == (
        "{'requests': 1, 'busy_s': 0, 'input_tokens': 10, 'output_tokens': 5} "
        "(ModelInfo(name='org/model', revision='v2'),)"
    )


def test_a_provider_that_is_none_stops_the_run(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    model = EndpointChat("org/model,provider=nobody", images=False)
    with pytest.raises(ConfigError, match="no such model"):
        model.generate([Prompt("", "What?")])


def test_an_offline_hub_is_told_at_once(tmp_path):
    code = (
        "from hf_unsafe2safe.backends.served.endpoint import EndpointChat as E; E('org/model', images=False)"
    )
    done = run(code, HF_TOKEN="hf_mine", HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE is set" in done.stderr
