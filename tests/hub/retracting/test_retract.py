"""A takedown over HTTP: what was asked for is nowhere any more, and all else is as it was."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd

from hf_unsafe2safe.errors import DatasetError, PublishError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.retracting import retract
from tests.hub.clients import api, commit
from tests.hub.retracting.repos import (
    DIGEST,
    NAMES,
    REPO,
    is_gone,
    key_of,
    original,
    parquet,
    repo_files,
    rows,
    safe,
    two_splits,
)
from tests.loopback_hub import LoopbackHub

FIRST = "data/train-00000-of-00002.parquet"
TAG = f"unsafe2safe-{DIGEST}"


def table(data):
    return pq.ParquetFile(io.BytesIO(data)).read()


def test_the_search_for_what_is_left_can_find():
    with LoopbackHub() as hub:
        hub.make(REPO, files=repo_files(two_splits()))
        assert not any(is_gone(hub, name) for name in NAMES[:11])


def test_removes_a_row_with_all_that_shows_it(hub):
    before = dict(hub.files[REPO])
    api(hub).create_tag(REPO, tag=TAG, repo_type="dataset")
    api(hub).create_tag(REPO, tag="v1", repo_type="dataset")
    done = retract(REPO, rows=[key_of(NAMES[2])], api=api(hub))
    assert is_gone(hub, NAMES[2])
    assert not is_gone(hub, NAMES[3])
    assert done.rows == {"train": 1}
    assert len(hub.history(REPO)) == 1
    # the tag of this content names the new commit, that of the user pointed at the row
    assert list(hub.tags(REPO)) == [TAG]
    assert done.erased.tags == ["v1"]
    assert done.erased.files == 1
    assert "cannot be recalled" in done.text
    after = hub.files[REPO]
    assert {path for path in before if before[path] != after[path]} == {FIRST, PUBLISHED, "README.md"}
    said = read_published(after[PUBLISHED])
    assert said.retracted == (key_of(NAMES[2]),)
    assert said.configs["default"].published == {"train": 8, "test": 2}
    assert b"# Mine" in after["README.md"]


def test_other_rows_stay_byte_for_byte(hub):
    before = table(hub.files[REPO][FIRST])
    retract(REPO, rows=[key_of(NAMES[2])], api=api(hub))
    data = hub.files[REPO][FIRST]
    after = table(data)
    assert after.equals(before.filter(pa.array(i != 2 for i in range(6))))
    assert after.schema.equals(before.schema, check_metadata=True)
    # as it would have been written without the row, group by group
    groups = [rows(NAMES[:6]).take(part) for part in ([0, 1], [3], [4, 5])]
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, before.schema) as writer:
        for group in groups:
            writer.write_table(group.combine_chunks(), row_group_size=len(group))
    assert data == buffer.getvalue()


ASKED = {
    "by place": ["train/7"],
    "by place with the configuration": ["default/train/7"],
    "by key": [key_of(NAMES[7])],
    "twice": ["train/7", key_of(NAMES[7])],
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_finds_the_row(hub, asked):
    done = retract(REPO, rows=asked, api=api(hub))
    assert done.keys == (key_of(NAMES[7]),)
    assert done.rows == {"train": 1}


WRONG = {
    "no such split": "other/0",
    "behind the last row": "train/9",
    "before the first": "train/-1",
    "no such configuration": "birds/train/0",
    "no place": "train",
    "no such key": "0" * 32,
}


@pytest.mark.parametrize("asked", WRONG.values(), ids=WRONG)
def test_names_what_is_not_there_and_changes_nothing(hub, asked):
    before = dict(hub.files[REPO])
    with pytest.raises(DatasetError, match=f"No such row in the repo: {asked}"):
        retract(REPO, rows=["train/0", asked], api=api(hub))
    assert dict(hub.files[REPO]) == before


def test_rows_of_the_same_file_go_too(hub):
    twice = {"default": {"data/train-00000-of-00001.parquet": parquet(rows([NAMES[0], NAMES[1], NAMES[0]]))}}
    hub.make("me/twice", files=repo_files(twice))
    done = retract("me/twice", rows=["train/2"], api=api(hub))
    assert done.rows == {"train": 2}
    assert "train/0" in done.text
    assert "made from the same file as train/2" in done.text


def test_a_split_goes_with_its_last_row(hub):
    retract(REPO, rows=["test/0", "test/1"], api=api(hub))
    assert "data/test-00000-of-00001.parquet" not in hub.files[REPO]
    said = read_published(hub.files[REPO][PUBLISHED]).configs["default"]
    assert said.published == {"train": 9}
    assert not any(path.startswith("data/test") for path in said.files)
    assert b"split: test" not in hub.files[REPO]["README.md"]


def test_a_configuration_goes_with_its_last_row(hub):
    data = {
        "birds": {"data/birds/train-00000-of-00001.parquet": parquet(rows(NAMES[:1]))},
        "cats": {"data/cats/train-00000-of-00001.parquet": parquet(rows(NAMES[1:3]))},
    }
    hub.make("me/zoo", files=repo_files(data))
    done = retract("me/zoo", rows=["birds/train/0"], api=api(hub))
    assert done.rows == {"birds/train": 1}
    assert list(read_published(hub.files["me/zoo"][PUBLISHED]).configs) == ["cats"]
    assert "data/birds/train-00000-of-00001.parquet" not in hub.files["me/zoo"]


def test_all_rows_are_a_repo_to_delete(hub):
    one = {"default": {"data/train-00000-of-00001.parquet": parquet(rows(NAMES[:1]))}}
    hub.make("me/one", files=repo_files(one))
    with pytest.raises(PublishError, match=r"all rows of the repo.*Delete the repo"):
        retract("me/one", rows=["train/0"], api=api(hub))


def test_a_dry_run_changes_nothing(hub, tmp_path):
    before, requests = dict(hub.files[REPO]), len(hub.requests)
    done = retract(REPO, rows=["train/1"], dry_run=True, api=api(hub))
    assert done.rows == {"train": 1}
    assert "would be removed" in done.text
    assert done.erased is None
    assert dict(hub.files[REPO]) == before
    asked = {(method, path.rpartition("/")[0]) for method, path, _ in hub.requests[requests:]}
    assert all(method in ("GET", "HEAD") or "paths-info" in path for method, path in asked)
    assert not (tmp_path / "settings").exists()


def test_earlier_versions_of_the_files_are_deleted_too(hub):
    # published again with another order: the row is in a file of the history alone
    new = {"default": {**two_splits()["default"], FIRST: parquet(rows(NAMES[:6]), rows_a_group=3)}}
    changes = [CommitOperationAdd(path, data) for path, data in repo_files(new).items()]
    api(hub).create_commit(REPO, changes, commit_message="again", repo_type="dataset")
    done = retract(REPO, rows=["train/0"], api=api(hub))
    assert done.erased.files == 2
    assert is_gone(hub, NAMES[0])


def test_branches_and_pull_requests_lose_the_files_that_hold_the_row(hub):
    client = api(hub)
    client.create_branch(REPO, branch="dev", repo_type="dataset")
    client.create_branch(REPO, branch="old", repo_type="dataset")
    note = [CommitOperationAdd("note.txt", b"a note")]
    client.create_commit(REPO, note, commit_message="note", repo_type="dataset", create_pr=True)
    extra = [CommitOperationAdd("data/extra-00000-of-00001.parquet", parquet(rows(NAMES[11:])))]
    client.create_commit(REPO, extra, commit_message="more", repo_type="dataset", revision="dev")
    done = retract(REPO, rows=["train/0"], api=client)
    assert is_gone(hub, NAMES[0])
    assert done.erased.lost == {"dev": 1, "old": 1, "refs/pr/1": 1}
    assert "dev held these rows too and lost files: 1" in done.text
    # what holds other rows stays
    assert not is_gone(hub, NAMES[11])


def test_says_which_files_of_branches_it_cannot_check(hub):
    other = pa.table({"image": [safe(NAMES[11])[0]]})
    client = api(hub)
    client.create_branch(REPO, branch="raw", repo_type="dataset")
    extra = [CommitOperationAdd("raw.parquet", parquet(other))]
    client.create_commit(REPO, extra, commit_message="raw", repo_type="dataset", revision="raw")
    done = retract(REPO, rows=["train/0"], api=client)
    assert done.erased.unchecked == {"raw": 1}
    assert "raw has files that cannot be searched for these rows, which were left: 1." in done.text
    assert not is_gone(hub, NAMES[11])


def test_files_of_main_that_the_repo_does_not_speak_of_are_looked_at(hub):
    files = {
        "data/old-copy.parquet": parquet(rows(NAMES[:2])),
        "data/others.parquet": parquet(rows(NAMES[2:4])),
        "preview/1.webp": safe(NAMES[5])[0],
    }
    commit(api(hub), REPO, files)
    done = retract(REPO, rows=["train/1"], api=api(hub))
    assert is_gone(hub, NAMES[1])
    assert done.erased.lost == {"main": 1}
    assert done.erased.unchecked == {"main": 1}  # the picture
    assert {path: hub.files[REPO].get(path) for path in files} == {**files, "data/old-copy.parquet": None}


def test_a_repo_of_somebody_else_is_refused(hub):
    hub.make("me/raw", files={"README.md": b"# Raw"})
    with pytest.raises(DatasetError, match=f"no {PUBLISHED}"):
        retract("me/raw", rows=["train/0"], api=api(hub))
    with pytest.raises(DatasetError, match="no such repo"):
        retract("me/none", rows=["train/0"], api=api(hub))


def test_needs_something_to_look_for(hub):
    with pytest.raises(DatasetError, match="No row and no photo"):
        retract(REPO, api=api(hub))


def test_rows_taken_down_before_are_said_to_be_gone(hub):
    retract(REPO, rows=["train/1"], api=api(hub))
    again = retract(REPO, rows=[key_of(NAMES[1])], api=api(hub))
    assert again.rows == {}
    assert "gone already" in again.text
    # a place is what it is now: the next row
    assert retract(REPO, rows=["train/1"], api=api(hub)).keys == (key_of(NAMES[2]),)


def test_the_original_is_not_needed(hub, tmp_path):
    photo = tmp_path / "jane_at_home.jpg"
    photo.write_bytes(original(NAMES[4]))
    done = retract(REPO, images=[photo], api=api(hub))
    assert done.keys == (key_of(NAMES[4]),)
    assert is_gone(hub, NAMES[4])
    assert "jane" not in done.text
