"""A push that is killed: the Hub holds the old or the new content, and the same push goes on."""

import copy
import os
import random
import signal
import subprocess
import sys

import pytest
from datasets import Features, load_dataset

from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.publishing.publish import publish
from tests.hub.clients import ROOT, environment
from tests.hub.publishing.results import KEY, REPO, hub, result, rows, settings

pytestmark = pytest.mark.slow
FIXTURES = (hub, settings)
KILLED = 10

PUSH = """
import sys
from hf_unsafe2safe.hub.publishing.publish import publish
publish(sys.argv[1], sys.argv[2], replace=True, max_shard_size=1)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return an old and a new result, each of three files, some rows in both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_unsafe2safe.storage.shards.ROWS_A_GROUP", 4)
        folder = tmp_path_factory.mktemp("made")
        return result(folder / "old"), result(folder / "new", rows(11, first=3), seed=1)


def push(folder):
    return publish(folder, REPO, replace=True, max_shard_size=1)


def pushed_until(hub, tmp_path, folder, last):
    """Push in a new process, which is killed when its request of this number is there."""
    environ = {**environment(hub, tmp_path), "UNSAFE2SAFE_KEY": KEY}
    started = hub.requests[:]
    child = subprocess.Popen([sys.executable, "-c", PUSH, str(folder), REPO], env=environ, cwd=ROOT)

    def kill(number, method, path):
        if number - len(started) == last:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()

    hub.on_request = kill
    assert child.wait(timeout=120) == -signal.SIGKILL
    hub.on_request = None
    return hub.requests[-1][:2]


def loaded(hub, folder):
    """Return the rows as `load_dataset` reads the repo: by its card."""
    for path, data in hub.files[REPO].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    dataset = load_dataset(str(folder), cache_dir=str(folder.parent / "cache"), split="train")
    return dataset.num_rows, dataset.features


def test_killed_at_any_request(made, hub, tmp_path):
    old, new = made
    push(old)
    before, repo = dict(hub.files[REPO]), copy.deepcopy(hub.repos[REPO])
    start = len(hub.requests)
    push(new)
    after, count = dict(hub.files[REPO]), len(hub.requests) - start
    features = Features.from_dict(loaded(hub, tmp_path / "whole" / "repo")[1].to_dict())
    assert count > KILLED
    left = []
    # The last three are the commit, a look at the tags, and the tag.
    some = random.Random(7).sample(range(1, count - 2), KILLED)
    for last in [*sorted(some), count - 2, count - 1]:
        hub.repos[REPO] = copy.deepcopy(repo)
        request = pushed_until(hub, tmp_path, new, last)
        files = dict(hub.files[REPO])
        assert files in (before, after), request
        left.append(files == after)
        rows_of = {True: (11, features), False: (9, features)}
        assert loaded(hub, tmp_path / str(last) / "repo") == rows_of[files == after]
        push(new)
        assert hub.files[REPO] == after
        assert len(hub.history(REPO)) == 3  # the first, the old one, and one commit more
        digest = read_published(after[PUBLISHED]).configs["default"].config_digest
        assert hub.tags(REPO)[f"unsafe2safe-{digest}"] == hub.revision(REPO)
    assert left == [False] * KILLED + [True] * 2
