"""Interrupted anywhere and run again with the same arguments, a takedown is completed."""

import pytest

from hf_unsafe2safe.errors import ConfigError, DatasetError, PublishError
from hf_unsafe2safe.hub.asking import ConflictError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.retracting import retract
from tests.hub.clients import api, run
from tests.hub.retracting.repos import (
    DIGEST,
    KEY,
    NAMES,
    REPO,
    is_gone,
    key_of,
    parquet,
    repo_files,
    rows,
    two_splits,
)
from tests.hub.retracting.test_photos import saved_anew
from tests.loopback_hub import Account, LoopbackHub

TAG = f"unsafe2safe-{DIGEST}"
STEPS = {
    "upload": ("PUT", ""),
    "commit": ("POST", "/commit/"),
    "squash": ("POST", "super-squash"),
    "refs": ("GET", "/refs"),
    "delete a tag": ("DELETE", "/tag/"),
    "set a tag": ("POST", "/tag/"),
    "list what is stored": ("GET", "/lfs-files"),
    "delete what is stored": ("POST", "/lfs-files/batch"),
}


def assert_complete(hub, name):
    assert is_gone(hub, name)
    said = read_published(hub.files[REPO][PUBLISHED])
    assert said.retracted == (key_of(name),)  # and no other row
    assert sum(said.configs["default"].published.values()) == 10
    assert set(said.files) <= set(hub.files[REPO])
    assert len(hub.history(REPO)) == 1
    assert hub.tags(REPO) == {TAG: hub.revision(REPO)}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_completes_after_a_refusal_at_any_step(hub, settings, step):
    client = api(hub)
    client.create_tag(REPO, tag=TAG, repo_type="dataset")
    hub.fail(*step, status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=client)
    assert list((settings / "takedowns").iterdir())
    # by then another row may be at this place
    retract(REPO, rows=["train/1"], api=client)
    assert_complete(hub, NAMES[1])
    assert not list((settings / "takedowns").iterdir())


def test_a_place_is_what_it_is_now_where_nothing_was_committed(hub):
    hub.fail("POST", "/commit/", status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=api(hub))
    moved = {"default": {"data/train-00000-of-00001.parquet": parquet(rows(NAMES[1:4]))}}
    hub.make(REPO, files=repo_files(moved))
    assert retract(REPO, rows=["train/1"], api=api(hub)).keys == (key_of(NAMES[2]),)


def test_a_photo_means_the_same_row_when_it_is_gone_already(hub, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(saved_anew(NAMES[4]))
    hub.fail("POST", "super-squash", status=403)
    with pytest.raises(PublishError):
        retract(REPO, images=[photo], api=api(hub))
    done = retract(REPO, images=[photo], api=api(hub))
    assert done.keys == (key_of(NAMES[4]),)
    assert done.missing == ()
    assert_complete(hub, NAMES[4])


def test_another_machine_completes_it_by_the_key(hub, settings, monkeypatch):
    hub.fail("POST", "super-squash", status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=api(hub))
    monkeypatch.setenv("UNSAFE2SAFE_SETTINGS", str(settings.with_name("elsewhere")))
    retract(REPO, rows=[key_of(NAMES[1])], api=api(hub))
    assert_complete(hub, NAMES[1])


PASSING = {
    "the Hub is busy": {"status": 429, "headers": {"Retry-After": "0"}},
    "the Hub fails": {"status": 500},
    "the connection ends before": {"cut": "body"},
    "the connection ends after": {"cut": "answer"},  # it was done, and nobody knows
}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_goes_on_after_what_passes(hub, step, fault):
    hub.fail(*step, **fault)
    retract(REPO, rows=["train/1"], api=api(hub))
    assert_complete(hub, NAMES[1])


def test_begins_anew_when_somebody_else_commits_in_between(hub):
    done = []

    def compete(number, method, path):
        if "/commit/" in path and not done:
            done.append(hub.commit(REPO, {"note.txt": b"a note"}))

    hub.on_request = compete
    retract(REPO, rows=["train/1"], api=api(hub))
    assert_complete(hub, NAMES[1])
    assert hub.files[REPO]["note.txt"] == b"a note"


@pytest.mark.parametrize("before", [("GET", "/lfs-files"), ("POST", "/lfs-files/batch")])
def test_what_somebody_publishes_while_files_are_deleted_stays(hub, before):
    path, data = "data/val-00000-of-00001.parquet", parquet(rows(NAMES[6:11]))
    done = []

    def compete(number, method, asked):
        if not done and method == before[0] and before[1] in asked:
            done.append(hub.commit(REPO, {path: data}))

    hub.on_request = compete
    retract(REPO, rows=["train/1"], api=api(hub))
    assert done
    assert hub.files[REPO][path] == data
    assert is_gone(hub, NAMES[1])


def test_what_was_completed_by_the_key_means_nothing_later(hub, settings):
    hub.fail("POST", "super-squash", status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=api(hub))
    retract(REPO, rows=[key_of(NAMES[1])], api=api(hub))
    assert not list((settings / "takedowns").iterdir())
    # another row is at this place now
    assert retract(REPO, rows=["train/1"], api=api(hub)).keys == (key_of(NAMES[2]),)


def test_says_that_a_place_means_what_was_begun(hub):
    hub.fail("POST", "super-squash", status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=api(hub))
    done = retract(REPO, rows=["train/1"], api=api(hub))
    assert f"gone already      {key_of(NAMES[1])}  named" in done.text
    assert "train/1 meant a row of a takedown that was begun before." in done.text


def test_what_was_not_confirmed_stays_when_it_begins_anew(hub, tmp_path):
    photo, done = tmp_path / "photo.jpg", []
    photo.write_bytes(saved_anew(NAMES[4]))

    def compete(number, method, path):
        if "/commit/" in path and not done:
            done.append(hub.commit(REPO, {"note.txt": b"a note"}))

    hub.on_request = compete
    named = retract(
        REPO,
        rows=["train/1"],
        images=[photo],
        confirm=lambda hits: [hit for hit in hits if hit.likeness is None],
        api=api(hub),
    )
    assert done
    assert named.keys == (key_of(NAMES[1]),)
    assert [hit.key for hit in named.left] == [key_of(NAMES[4])]
    assert_complete(hub, NAMES[1])


def test_gives_up_when_they_keep_committing(hub):
    def compete(number, method, path):
        if "/commit/" in path:
            hub.commit(REPO, {"note.txt": str(number).encode()})

    hub.on_request = compete
    with pytest.raises(ConflictError):
        retract(REPO, rows=["train/1"], api=api(hub))
    assert sum("/commit/" in path for _, path, _ in hub.requests) == 3
    assert not is_gone(hub, NAMES[1])


REFUSED = {
    "it may only read": ("hf_reader", PublishError, "this token may not do that"),
    "it is not valid": ("hf_wrong", PublishError, "the token is missing or not valid"),
    "it is somebody else's": ("hf_other", DatasetError, "this token may not see it"),
}


@pytest.mark.parametrize(("token", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_a_token_that_may_not_do_it_changes_nothing(hub, token, error, message):
    hub.tokens |= {"hf_reader": Account("me", role="read"), "hf_other": Account("somebody")}
    before = hub.files[REPO]
    with pytest.raises(error, match=message):
        retract(REPO, rows=["train/1"], api=api(hub, token))
    assert hub.files[REPO] == before


def test_a_broken_list_of_unfinished_takedowns_is_said(hub, settings):
    hub.fail("POST", "super-squash", status=403)
    with pytest.raises(PublishError):
        retract(REPO, rows=["train/1"], api=api(hub))
    (path,) = (settings / "takedowns").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("[")
    with pytest.raises(ConfigError, match="unfinished takedowns cannot be read"):
        retract(REPO, rows=["train/1"], api=api(hub))


KILLED = """
import sys
from hf_unsafe2safe.hub.retracting import retract
retract(sys.argv[1], rows=[sys.argv[2]])
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_completes_after_a_kill_at_any_step(tmp_path, step):
    with LoopbackHub() as hub:
        hub.make(REPO, files=repo_files(two_splits()))
        api(hub).create_tag(REPO, tag=TAG, repo_type="dataset")
        here = {"UNSAFE2SAFE_KEY": KEY.hex(), "KILLED_AT": " ".join(step)}
        hub.fail(*step, status=418)
        died = run(hub, tmp_path, "-c", _dying(KILLED), REPO, "train/1", **here)
        assert died.returncode == -9, died.stderr
        again = run(hub, tmp_path, "-c", KILLED, REPO, "train/1", **here)
        assert again.returncode == 0, again.stderr
        assert_complete(hub, NAMES[1])


def _dying(program):
    """Return a program that is killed the moment the Hub answers 418."""
    return (
        "import os, signal, threading, time\n"
        "import huggingface_hub.errors as e\n"
        "first = e.HfHubHTTPError.__init__\n"
        "def dies(self, *a, **k):\n"
        "    if getattr(k.get('response'), 'status_code', 0) == 418: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    first(self, *a, **k)\n"
        "e.HfHubHTTPError.__init__ = dies\n" + program
    )
