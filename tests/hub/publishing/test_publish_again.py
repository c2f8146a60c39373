"""What a later push must not do: bring rows back, replace what it should not, show what was private."""

import json

import pyarrow.parquet as pq
import pytest
from datasets import DatasetDict

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, DatasetError, PublishError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.publishing.checking import DigestError
from hf_unsafe2safe.hub.publishing.publish import publish
from hf_unsafe2safe.storage.store import cache_folder
from tests.hub.publishing.results import QUICK, REPO, changing, hub, result, rows, settings, table

FIXTURES = (hub, settings)


@pytest.fixture
def three(tmp_path):
    return result(tmp_path / "out", rows(3))


def take_down(hub, branch="main"):
    """Do to `unsafe2safe.json` what a takedown does; return the key of a row that is gone."""
    files = hub.at(REPO, branch)
    gone = table(hub)["row_key"][1].as_py()
    said = {**json.loads(files[PUBLISHED]), "retracted": [gone]}
    hub.commit(REPO, {PUBLISHED: json.dumps(said).encode()}, branch=branch)
    return gone


def test_a_takedown_on_main_holds_for_every_branch(three, hub):
    publish(three, REPO)
    publish(three, REPO, revision="dev")
    gone = take_down(hub)
    publish(three, REPO, revision="dev")
    said = read_published(hub.at(REPO, "dev")[PUBLISHED])
    assert said.retracted == (gone,)
    assert said.configs["default"].published == {"train": 2}


def test_another_key_is_refused(three, hub, monkeypatch):
    publish(three, REPO)
    take_down(hub)
    sent = len(changing(hub))
    monkeypatch.setenv("UNSAFE2SAFE_KEY", "ab" * 32)
    with pytest.raises(PublishError, match="made with another key than this machine's"):
        publish(three, REPO, config_name="second")
    assert len(changing(hub)) == sent


def test_rows_without_the_hash_of_their_original_stay_after_a_takedown(three, hub):
    publish(three, REPO)
    take_down(hub)
    plain, private = (Sanitizer(**testing.fakes(policy=QUICK, private_columns=p)) for p in (False, True))
    with pytest.raises(PublishError, match="hashes of these originals were not kept"):
        publish(plain.map(rows(3)), REPO, sanitizer=plain, replace=True)
    publish(private.map(rows(3)), REPO, sanitizer=private, replace=True)
    assert len(table(hub)) == 2


def test_splits_are_not_removed_in_silence(hub, tmp_path):
    publish(result(tmp_path / "a", DatasetDict(train=rows(2))), REPO)
    test = result(tmp_path / "b", DatasetDict(test=rows(2, first=5)))
    with pytest.raises(DigestError, match="with splits that would be gone: train"):
        publish(test, REPO)
    publish(test, REPO, replace=True)
    assert not [path for path in hub.files[REPO] if "train" in path]


@pytest.mark.parametrize("wrong", ["train/99", " train/1", "Train/1", "test/0"])
def test_rows_to_leave_out_must_be_there(three, hub, wrong):
    with pytest.raises(ConfigError, match="no such rows to leave out"):
        publish(three, REPO, leave_out=["train/1", wrong])
    assert changing(hub) == []


def test_a_repo_that_is_opened_meanwhile_gets_nothing(three, hub):
    hub.make(REPO, private=True)

    def opened(number, method, path):
        if "info/lfs/objects/batch" in path:
            hub.repos[REPO].private = False

    hub.on_request = opened
    with pytest.raises(PublishError, match="exists and is public"):
        publish(three, REPO, include_private=["private_caption"])
    assert PUBLISHED not in hub.files[REPO]


@pytest.mark.parametrize("name", ["../../evil", "jane/doe", "a-b", ""])
def test_splits_of_a_mapping_have_names_that_files_can_have(hub, name):
    sanitize = Sanitizer(**testing.fakes(policy=QUICK))
    with pytest.raises(DatasetError, match="names that no file can have"):
        publish({name: sanitize.map(rows(1))}, REPO, sanitizer=sanitize)


def test_a_proposal_whose_answer_was_lost_is_not_made_twice(three, hub):
    hub.make(REPO, private=True)
    hub.fail("POST", "/commit/", cut="answer")
    first = publish(three, REPO, create_pr=True)
    assert set(hub.pulls(REPO)) == {"refs/pr/1"}
    assert first.commit.endswith("/discussions/1")
    # one that is there already may be closed, or a stranger's: this is a proposal of its own
    assert publish(three, REPO, create_pr=True).commit.endswith("/discussions/2")


def test_no_seed_leaves(three, hub):
    inside = pq.read_table(next(three.glob("data/*.parquet")))["provenance"].to_pylist()
    assert all(row["seed"] for row in inside)
    publish(three, REPO)
    assert {row["seed"] for row in table(hub)["provenance"].to_pylist()} == {None}
    assert {row["config_digest"] for row in table(hub)["provenance"].to_pylist()} == {
        inside[0]["config_digest"]
    }


def test_the_licence_of_the_source_stays(three, hub):
    publish(three, REPO, licence="cc-by-4.0")
    assert not publish(three, REPO).changed
    assert read_published(hub.files[REPO][PUBLISHED]).configs["default"].source_licence == "cc-by-4.0"


def test_what_a_killed_push_left_goes(three, hub):
    left = cache_folder() / "publishing" / "0123456789abcdef"
    left.mkdir(parents=True)
    (left / "train-00000.parquet").write_bytes(b"rows")
    publish(three, REPO)
    assert not list(left.parent.iterdir())


def test_one_configuration_of_a_source_keeps_its_name(three, hub):
    manifest = three / "manifest.json"
    manifest.write_text(
        json.dumps({**json.loads(manifest.read_text()), "source_options": ["--config-name", "small"]})
    )
    publish(three, REPO)
    assert list(read_published(hub.files[REPO][PUBLISHED]).configs) == ["small"]
