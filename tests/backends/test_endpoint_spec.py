"""What an endpoint may be called, and which key belongs to it."""

import subprocess
import sys

import pytest

from hf_unsafe2safe.backends.served import spec as endpoint_spec
from hf_unsafe2safe.backends.served.endpoint import EndpointChat
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.records import ModelInfo

SECRET = "sk-verysecret1234"
LOCAL = "http://127.0.0.1:8000/v1"
KEYS = ("OPENAI_API_KEY", "HF_TOKEN", "MY_KEY")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch, tmp_path):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))


# What is refused at construction: (argument, a word of the message).
REFUSED = [
    (f"http://me:{SECRET}@127.0.0.1:8000/v1,model=m", "no user, password or query"),
    (f"https://{SECRET}@example.com/v1,model=m", "no user"),
    (f"https://example.com/v1?key={SECRET},model=m", "query"),
    ("https://example.com/v1?,model=m", "query"),
    (f"https://example.com/v1#{SECRET},model=m", "query"),
    ("http://example.com/v1,model=m", "unencrypted"),
    ("http://10.0.0.5:8000/v1,model=m", "unencrypted"),  # a network, however private
    ("http://127.0.0.1.example.com/v1,model=m", "unencrypted"),
    ("http://0.0.0.0:8000/v1,model=m", "unencrypted"),
    ("ftp://127.0.0.1/v1,model=m", "cannot be read"),
    ("http://,model=m", "cannot be read"),
    ("http://[::1/v1,model=m", "cannot be read"),
    ("http://127.0.0.1:99999/v1,model=m", "cannot be read"),
    (LOCAL, "needs model=NAME"),
    (f"{LOCAL},model=", "needs model=NAME"),
    (f"{LOCAL},model=m,provider=auto", "no provider"),
    ("127.0.0.1:8000/v1,model=m", "without one"),
    ("org/model,model=m", "without one"),
    ("model", "org/model"),
    ("", "names no model"),
    (f"{LOCAL},model=m,key={SECRET}", "name of an environment variable"),
    (f"{LOCAL},model=m,{SECRET}", "no option"),
    (f"{LOCAL},model=m,key=MY_KEY", "no key in the environment variable MY_KEY"),
    (f"{LOCAL},model=m,concurrency=0", "concurrency"),
    (f"{LOCAL},model=m,timeout_s=nan", "timeout_s"),
    (f"{LOCAL},model=m,retries=1.5", "retries"),
    (f"{LOCAL},model=m,schema=maybe", "schema"),
    (f"{LOCAL},model=m,input_price=-1", "input_price"),
    ("https://api.openai.com/v1,model=m", "OPENAI_API_KEY"),
    ("org/model", "HF_TOKEN"),
]


@pytest.mark.parametrize(("argument", "word"), REFUSED)
def test_refused_with_nothing_private_in_the_message(argument, word):
    with pytest.raises(ConfigError, match=word) as caught:
        EndpointChat(argument, images=False)
    assert SECRET not in str(caught.value)
    assert "example.com" not in str(caught.value)


@pytest.mark.parametrize("key", ["with a space", "with\nlines", "naïve", "", " "])
def test_what_cannot_be_a_key(monkeypatch, key):
    monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(ConfigError, match="MY_KEY"):
        EndpointChat(f"{LOCAL},model=m,key=MY_KEY", images=False)


def test_unknown_options_are_named():
    with pytest.raises(UnknownNameError, match="concurency"):
        EndpointChat(f"{LOCAL},model=m,concurency=3", images=False)


# Addresses, and the key that goes there.
@pytest.mark.parametrize(
    ("argument", "key"),
    [
        (f"{LOCAL},model=m", "none"),
        ("http://localhost:8000/v1/,model=m", "none"),
        ("http://[::1]:8000/v1,model=m", "none"),
        ("http://127.1.2.3/v1,model=m", "none"),
        ("https://example.com/v1,model=m", "none"),
        ("https://api.openai.com.example.com/v1,model=m", "none"),
        ("https://example.com/v1,model=m,key=MY_KEY", "mine"),
        ("https://api.openai.com/v1,model=m", "sk-openai"),
        ("https://eu.api.openai.com/v1,model=m", "sk-openai"),
        ("org/model", "hf_token"),
        ("org/model,provider=auto,key=MY_KEY", "mine"),
    ],
)
def test_each_host_gets_its_own_key(monkeypatch, argument, key):
    for name, value in zip(KEYS, ("sk-openai", "hf_token", "mine"), strict=True):
        monkeypatch.setenv(name, value)
    assert endpoint_spec.read(argument).secret() == key


def test_the_router_needs_a_token_of_the_hub(monkeypatch):
    monkeypatch.setenv("MY_KEY", SECRET)
    with pytest.raises(ConfigError, match="token of the Hub"):
        EndpointChat("org/model,key=MY_KEY", images=False)
    assert EndpointChat("org/model,key=MY_KEY,provider=together", images=False)


# What is published of it.
@pytest.mark.parametrize(
    ("argument", "name", "revision"),
    [
        (f"{LOCAL},model=org/m", "org/m", "unknown"),
        (f"{LOCAL},model=org/m,revision=v3", "org/m", "v3"),
        (f"{LOCAL},model=/home/me/model", "served-model", "unknown"),
        (f"{LOCAL},model=./model", "served-model", "unknown"),
        ("org/m@v1", "org/m", "v1"),
    ],
)
def test_the_model_is_published_and_no_address(monkeypatch, argument, name, revision):
    monkeypatch.setenv("HF_TOKEN", "hf_token")
    assert EndpointChat(argument, images=False).models == (ModelInfo(name, revision),)


# Whether a digest changes: only with what may change a reply.
@pytest.mark.parametrize(
    ("other", "same"),
    [
        (f"{LOCAL},model=m,concurrency=2,retries=1,timeout_s=9,max_requests=5,input_price=1", True),
        ("https://example.com/v1,model=m", True),
        (f"{LOCAL},model=n", False),
        (f"{LOCAL},model=m,revision=2", False),
        (f"{LOCAL},model=m,size=512", False),
        (f"{LOCAL},model=m,schema=off", False),
    ],
)
def test_the_fingerprint(other, same):
    plain = EndpointChat(f"{LOCAL},model=m", images=False).fingerprint()
    assert (EndpointChat(other, images=False).fingerprint() == plain) is same
    assert EndpointChat(f"{LOCAL},model=m", images=True).fingerprint() != plain


def test_making_one_imports_no_client():
    code = (
        "import sys; from hf_unsafe2safe.backends.served.endpoint import EndpointChat\n"
        f"EndpointChat('{LOCAL},model=m', images=True)\n"
        "assert not {'openai', 'httpx2', 'torch', 'transformers', 'datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
