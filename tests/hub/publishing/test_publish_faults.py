"""A Hub that fails while something is published, others who publish too, and who may not."""

import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from huggingface_hub import HfApi

from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub.asking import TRIES, ConflictError, UnreachableError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.publishing.publish import publish
from tests.hub.clients import ROOT, environment
from tests.hub.publishing.results import KEY, REPO, changing, hub, result, rows, settings, table
from tests.loopback_hub import LoopbackHub
from tests.loopback_hub.accounts import Account

FIXTURES = (hub, settings)

# What a push asks for that replaces an older content: method, and what is in the address.
REPLACING = {
    "look at the repo": ("GET", f"/api/datasets/{REPO}"),
    "ask for a file": ("HEAD", "/resolve/"),
    "read a file": ("GET", "/resolve/"),
    "list the files": ("GET", "/tree/"),
    "announce an upload": ("POST", "/preupload/"),
    "ask where to upload": ("POST", "/lfs/objects/batch"),
    "upload": ("PUT", "/lfs/"),
    "confirm an upload": ("POST", f"/lfs/{REPO}/"),
    "check the card": ("POST", "/validate-yaml"),
    "commit": ("POST", "/commit/"),
    "list the tags": ("GET", "/refs"),
    "set the tag": ("POST", "/tag/"),
}
CREATING = {
    "look at the repo": ("GET", f"/api/datasets/{REPO}"),
    "create the repo": ("POST", "/repos/create"),
    "restrict the access": ("PUT", "/settings"),
    "create the branch": ("POST", "/branch/"),
}
FAULTS = {
    "too many": {"status": 429, "headers": {"Retry-After": "0"}},
    "broken": {"status": 500},
    "a proxy's page": {"status": 502},
    "cut": {"cut": True},
    "cut after it was done": {"cut": "answer"},
}
# What is up is not sent again, and then nobody asks for it to be confirmed.
UP = [("upload", "cut after it was done"), *(("confirm an upload", fault) for fault in FAULTS)]
HUB_TRIES = 7  # at most, of the client of the Hub, for each of ours


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return an old and a new result of other settings, each with three files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_unsafe2safe.storage.shards.ROWS_A_GROUP", 4)
        folder = tmp_path_factory.mktemp("made")
        return result(folder / "old"), result(folder / "new", rows(9, first=3), seed=1)


def push_new(made):
    return publish(made[1], REPO, replace=True, max_shard_size=1)


@pytest.fixture
def old(made, hub):
    """Publish the old result, and return the files of the repo."""
    publish(made[0], REPO, max_shard_size=1)
    return dict(hub.files[REPO])


@pytest.fixture(scope="module")
def new(made):
    """Return the files of a repo where nothing failed."""
    with LoopbackHub() as hub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNSAFE2SAFE_KEY", KEY)
        api = HfApi(endpoint=hub.url, token="hf_loopback")
        for folder in made:
            publish(folder, REPO, replace=True, max_shard_size=1, api=api)
        return dict(hub.files[REPO])


def assert_complete(hub, new):
    assert hub.files[REPO] == new
    assert hub.tags(REPO)[f"unsafe2safe-{digest(new)}"] == hub.revision(REPO)


def digest(files):
    return read_published(files[PUBLISHED]).configs["default"].config_digest


@pytest.mark.parametrize(("what", "fault"), [("upload", "broken"), ("commit", "cut after it was done")])
def test_a_fault_that_passes(made, old, new, hub, what, fault):
    hub.fail(*REPLACING[what], **FAULTS[fault])
    push_new(made)
    assert_complete(hub, new)
    assert len(hub.history(REPO)) == 3  # none twice


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", REPLACING)
def test_every_fault_that_passes(made, old, new, hub, what, fault):
    test_a_fault_that_passes(made, old, new, hub, what, fault)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", REPLACING)
def test_a_fault_that_stays(made, old, new, hub, what, fault):
    hub.fail(*REPLACING[what], **FAULTS[fault], times=1000)
    if (what, fault) in UP:
        push_new(made)
        assert_complete(hub, new)
        return
    before = len(hub.requests)
    with pytest.raises(PublishError) as error:
        push_new(made)
    assert isinstance(error.value, UnreachableError | ConflictError)
    assert "http" not in str(error.value)
    method, contains = REPLACING[what]
    tries = [one for one in hub.requests[before:] if one[0] == method and contains in one[1]]
    assert len(tries) <= TRIES * HUB_TRIES
    # The commit is the one moment at which the content changes, and it may have been done.
    after = what in ("list the tags", "set the tag") or (what, fault) == ("commit", "cut after it was done")
    assert hub.files[REPO] == (new if after else old)
    hub.heal()
    push_new(made)
    assert_complete(hub, new)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", CREATING)
def test_faults_of_a_new_repo(made, new, hub, what, fault):
    hub.fail(*CREATING[what], **FAULTS[fault])
    publish(made[1], REPO, revision="next", gated="auto", max_shard_size=1)
    assert len(hub.history(REPO, "next")) == 2
    assert hub.settings[REPO] == {"kind": "datasets", "private": True, "gated": "auto"}
    data = {path: file for path, file in hub.at(REPO, "next").items() if path.startswith("data/")}
    assert data == {path: file for path, file in new.items() if path.startswith("data/")}


@pytest.mark.parametrize("fault", ["broken", "cut after it was done"])
def test_faults_while_the_tag_is_moved(made, old, hub, fault):
    tag = f"unsafe2safe-{digest(old)}"
    hub.fail("DELETE", "/tag/", **FAULTS[fault])
    publish(made[0], REPO, leave_out=["train/0"], max_shard_size=1)
    assert hub.tags(REPO) == {tag: hub.revision(REPO)}
    assert len(hub.history(REPO)) == 3


def test_a_commit_in_between(made, old, new, hub):
    hub.on_request = once(hub, "/commit/", lambda: hub.commit(REPO, {"notes.md": b"mine"}))
    push_new(made)
    assert hub.files[REPO] == {**new, "notes.md": b"mine"}
    assert [method for method, path, status in hub.requests if status == 412] == ["POST"]


@pytest.mark.slow
def test_commits_in_between_that_never_end(made, old, hub):
    def commit(number, method, path):
        if "/commit/" in path:
            hub.commit(REPO, {"notes.md": str(number).encode()})

    hub.on_request = commit
    with pytest.raises(ConflictError, match="somebody else changed the repo"):
        push_new(made)
    assert read_published(hub.files[REPO][PUBLISHED]) == read_published(old[PUBLISHED])
    hub.on_request = None
    assert push_new(made).changed


def test_a_takedown_in_between(made, old, hub):
    """What is retracted while files are up is not brought back."""
    gone = table(hub)["row_key"][3].as_py()
    text = old[PUBLISHED].decode().replace('"retracted": []', f'"retracted": ["{gone}"]')
    hub.on_request = once(hub, "/commit/", lambda: hub.commit(REPO, {PUBLISHED: text.encode()}))
    push_new(made)
    assert gone not in table(hub)["row_key"].to_pylist()
    assert len(table(hub)) == 8


def once(hub, contains, do):
    def on_request(number, method, path):
        if contains in path:
            hub.on_request = None
            do()

    return on_request


@pytest.mark.parametrize(
    ("token", "message"),
    [
        (None, "the token is missing or not valid"),
        ("hf_wrong", "the token is missing or not valid"),
        ("hf_read", "this token may not do that"),
    ],
)
def test_tokens_that_may_not(made, hub, monkeypatch, token, message):
    hub.tokens["hf_read"] = Account("me", role="read")
    api = HfApi(endpoint=hub.url, token=token or False)
    with pytest.raises(PublishError, match=message) as error:
        publish(made[0], REPO, api=api)
    assert "hf auth login" in error.value.hint
    assert not any(word in str(error.value) for word in ("hf_", hub.url))
    assert REPO not in hub.files


def test_repos_that_are_not_for_this(made, hub):
    hub.make("me/open", private=False)
    hub.make("me/closed", private=True)
    hub.make("other/open", private=False)
    hub.make("other/gated", private=False, gated="manual", files={"README.md": b"# Theirs"})
    cases = {
        "me/open": ({}, "The repo exists and is public"),
        "me/closed": ({"public": True}, "The repo exists and is private"),
        "other/open": ({"public": True}, "this token may not do that"),
        "other/gated": ({"public": True}, "access is restricted"),
        "not a name": ({}, "the Hub allows no such name"),
        "other/new": ({}, "this token may not do that"),
    }
    for repo, (options, message) in cases.items():
        with pytest.raises(PublishError, match=message):
            publish(made[0], repo, **options)
    assert set(hub.files) == {"me/open", "me/closed", "other/open", "other/gated"}
    assert not any(PUBLISHED in files for files in hub.files.values())
    assert not any("/preupload/" in path and status == 200 for _, path, status in changing(hub))


PUBLISH = """
import sys
from hf_unsafe2safe.hub.publishing.publish import publish
print(publish(sys.argv[1], sys.argv[2], config_name=sys.argv[3] or None, max_shard_size=1).changed)
"""


def start(hub, tmp_path, folder, config_name="", before=""):
    return subprocess.Popen(
        [sys.executable, "-c", before + PUBLISH, str(folder), REPO, config_name],
        env={**environment(hub, tmp_path), "UNSAFE2SAFE_KEY": KEY},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("names", [("", ""), ("first", "second")])
def test_two_publishers_at_once(made, hub, tmp_path, names):
    """Both have read the repo and sent their files before either commits."""
    hub.make(REPO)
    both = threading.Barrier(2)

    def wait(number, method, path):
        if "/commit/" in path:
            with suppress(threading.BrokenBarrierError):  # the second try of the one that was slower
                both.wait(60)
                both.abort()

    hub.on_request = wait
    folders = (made[0], made[0]) if names == ("", "") else made
    running = [start(hub, tmp_path, *one) for one in zip(folders, names, strict=True)]
    said = [(one.communicate(timeout=120), one.returncode) for one in running]
    assert [code for _, code in said] == [0, 0], said
    assert [status for _, path, status in hub.requests if "/commit/" in path].count(412) == 1
    configs = read_published(hub.files[REPO][PUBLISHED]).configs
    if names == ("", ""):
        assert sorted(out for (out, _), _ in said) == ["False\n", "True\n"]
        assert (len(table(hub)), list(configs)) == (9, ["default"])
    else:
        assert (len(table(hub)), list(configs)) == (18, ["first", "second"])


FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


@pytest.mark.slow
def test_a_full_disk(made, hub, tmp_path):
    """A limit on the size of files stands for the disk: the same call fails, with another number."""
    _, err = (running := start(hub, tmp_path, made[0], before=FULL_DISK)).communicate(timeout=120)
    assert running.returncode == 1
    assert "Unsafe2SafeError: The files to upload cannot be written: File too large." in err
    assert changing(hub) == []
    assert list((tmp_path / "cache").rglob("*.parquet")) == []
    publish(made[0], REPO)
    assert len(table(hub)) == 9
