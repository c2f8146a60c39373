"""Calls to the Hub: how often they are tried, how long is waited, and what their errors say."""

import logging
from types import SimpleNamespace

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RevisionNotFoundError

from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub import asking
from hf_unsafe2safe.hub.asking import TRIES, ConflictError, UnreachableError, ask, status_of
from tests.loopback_hub import LoopbackHub

REPO = "me/photos"


@pytest.fixture
def waits(monkeypatch):
    """Wait for nothing, and return for how long it would have been."""
    waited = []
    monkeypatch.setattr(asking, "time", SimpleNamespace(sleep=waited.append))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return waited


@pytest.fixture
def hub():
    with LoopbackHub() as hub:
        hub.make(REPO, files={"README.md": b"# Mine"})
        yield hub


def look(hub, token="hf_loopback"):
    api = HfApi(endpoint=hub.url, token=token)
    return ask("look at the repo", lambda: api.dataset_info(REPO).id)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(hub, waits, status):
    hub.fail("GET", "/api/datasets", status=status, times=TRIES - 1)
    assert look(hub) == REPO
    assert waits == [1.0, 2.0, 4.0, 8.0]
    hub.fail("GET", "/api/datasets", status=status, times=TRIES)
    with pytest.raises(UnreachableError, match=rf"did not answer as it should, 5 times \(status {status}\)"):
        look(hub)
    assert len(hub.requests) == 2 * TRIES


@pytest.mark.parametrize(("asked", "wait"), [("7", 7.0), ("0", 1.0), ("9999", 300.0), ("Mon, 1 Jan", 1.0)])
def test_the_hub_says_how_long(hub, waits, asked, wait):
    hub.fail("GET", "/api/datasets", status=429, headers={"Retry-After": asked})
    assert look(hub) == REPO
    assert waits == [wait]


def test_a_connection_that_breaks(hub, waits):
    hub.fail("GET", "/api/datasets", cut=True, times=2)
    assert look(hub) == REPO
    assert len(waits) == 2


def test_no_hub_at_all(waits):
    with LoopbackHub() as hub:
        pass
    with pytest.raises(UnreachableError, match=r"5 times \(ConnectError\)") as error:
        look(hub)
    assert error.value.retryable
    assert "127.0.0.1" not in str(error.value)


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (400, PublishError, "the Hub refused it (status 400)"),
        (401, PublishError, "the token is missing or not valid"),
        (403, PublishError, "this token may not do that"),
        (404, PublishError, "there is no such repo or revision"),
        (412, ConflictError, "somebody else changed the repo"),
        (418, PublishError, "the Hub refused it (status 418)"),
    ],
)
def test_what_will_not_pass_is_said_at_once(hub, waits, status, kind, message):
    hub.fail("GET", "/api/datasets", status=status, times=9)
    with pytest.raises(PublishError) as error:
        look(hub)
    assert type(error.value) is kind
    assert error.value.message.startswith("Cannot look at the repo: ")
    assert message in error.value.message
    assert waits == []
    assert len(hub.requests) == 1


def test_a_file_that_the_hub_does_not_give_is_not_one_that_is_missing(hub, waits, tmp_path, monkeypatch):
    """The client says of both that there is no such file here."""
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda _: None))
    api = HfApi(endpoint=hub.url, token="hf_loopback")
    hub.fail("HEAD", "/resolve/", times=999)
    with pytest.raises(UnreachableError, match="status 500"):
        ask(
            "read it", lambda: api.hf_hub_download(REPO, "README.md", repo_type="dataset", local_dir=tmp_path)
        )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("failed for https://secret.example"), "did not answer as it should, 5 times"),
        # as the storage behind the Hub refuses
        (
            ConnectionError("HTTP status client error (403 Forbidden) for https://secret.example"),
            "may not do that",
        ),
        (RuntimeError("token refresh: 401 Unauthorized"), "missing or not valid"),
    ],
)
def test_uploads_that_fail_without_an_answer(waits, error, said):
    def broken():
        raise error

    with pytest.raises(PublishError, match=said) as raised:
        ask("do it", broken)
    assert "secret" not in str(raised.value)


def test_a_name_with_a_number_is_no_refusal():
    assert status_of(ConnectionError("Couldn't reach 'me/food-401' on the Hub")) is None


def test_errors_that_are_none_of_the_hub_stay(waits):
    def broken():
        raise RecursionError("a bug")

    with pytest.raises(RecursionError, match="a bug"):
        ask("do it", broken)

    def full():
        raise OSError(28, "No space left on device", "/home/Rumpelstilz/x")

    with pytest.raises(PublishError, match="Cannot do it: No space left on device") as error:
        ask("do it", full)
    assert "Rumpelstilz" not in str(error.value)
    assert waits == []


@pytest.mark.parametrize("token", ["hf_loopback", "hf_wrong", False])
def test_nothing_of_the_request_is_told(hub, waits, caplog, token):
    with caplog.at_level(logging.DEBUG, "hf_unsafe2safe"):
        hub.fail("GET", "/api/datasets", times=1)
        hub.fail("GET", "/api/datasets", status=403, times=1)
        with pytest.raises(PublishError) as error:
            look(hub, token)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("hf_unsafe2safe")]
    assert len(ours) == 1
    assert not any(word in f"{error.value} {ours}" for word in ("hf_loopback", "hf_wrong", hub.url, REPO))


def test_other_errors_of_the_client_come_through_where_they_are_expected(hub, waits):
    """Whoever asks may catch them inside the call."""
    api = HfApi(endpoint=hub.url, token="hf_loopback")

    def info():
        try:
            return api.dataset_info(REPO, revision="next")
        except RevisionNotFoundError:
            return None

    assert ask("look", info) is None
