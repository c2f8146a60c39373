"""The loopback Hub answers an unmodified client as the Hub would."""

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import clients
from tests.hub.clients import commit, status_of
from tests.loopback_hub import Account, LoopbackHub

REPO = "me/photos"
SHARD = b"PAR1" + bytes(range(256)) * 40
OTHERS = {
    "hf_other": Account("other"),
    "hf_reader": Account("me", role="read"),
    "hf_org": Account("x", orgs=("me",)),
}


@pytest.fixture
def hub():
    with LoopbackHub() as hub:
        hub.tokens |= OTHERS
        yield hub


@pytest.fixture
def me(hub) -> HfApi:
    return clients.api(hub)


def test_a_repo_is_made_once(hub, me):
    me.create_repo(REPO, repo_type="dataset", private=True)
    assert status_of(lambda: me.create_repo(REPO, repo_type="dataset")) == 409
    me.create_repo(REPO, repo_type="dataset", private=False, exist_ok=True)
    assert hub.settings[REPO] == {"kind": "datasets", "private": True, "gated": False}
    assert list(hub.files[REPO]) == [".gitattributes"]
    me.create_repo("me/open", repo_type="dataset")  # public where nothing is asked for, as on the Hub
    assert not hub.settings["me/open"]["private"]
    assert status_of(lambda: me.create_repo("other/photos", repo_type="dataset")) == 403
    me.delete_repo(REPO, repo_type="dataset")
    assert list(hub.files) == ["me/open"]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("hf_loopback", 200),  # its owner
        ("hf_org", 200),  # of its organization
        ("hf_other", 404),  # somebody else, who is not told that it is there
        (False, 401),  # nobody
        ("hf_wrong", 401),
    ],
)
def test_a_private_repo(hub, tmp_path, token, status):
    hub.make(REPO, files={"a.txt": b"a"})
    api = clients.api(hub, token)
    if status == 200:
        assert api.dataset_info(REPO).private
        return
    assert status_of(lambda: api.dataset_info(REPO)) == status
    assert (
        status_of(lambda: api.hf_hub_download(REPO, "a.txt", repo_type="dataset", cache_dir=tmp_path))
        == status
    )
    with pytest.raises(HfHubHTTPError) as caught:
        api.list_repo_files(REPO, repo_type="dataset")
    assert isinstance(caught.value, RepositoryNotFoundError) == (token != "hf_wrong")


def test_a_gated_repo_shows_what_it_has_and_keeps_it(hub, tmp_path):
    hub.make(REPO, private=False, files={"data/a.parquet": SHARD})
    clients.api(hub).update_repo_settings(REPO, gated="manual", repo_type="dataset")
    other = clients.api(hub, "hf_other")
    assert other.dataset_info(REPO).gated == "manual"
    assert other.list_repo_files(REPO, repo_type="dataset") == ["data/a.parquet"]
    with pytest.raises(GatedRepoError):
        other.hf_hub_download(REPO, "data/a.parquet", repo_type="dataset", cache_dir=tmp_path)
    mine = clients.api(hub).hf_hub_download(REPO, "data/a.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert Path(mine).read_bytes() == SHARD


@pytest.mark.parametrize("token", ["hf_reader", "hf_other"])
def test_who_may_not_write(hub, token):
    hub.make(REPO, private=False, files={"a.txt": b"a"})
    api = clients.api(hub, token)
    assert api.whoami()["auth"]["accessToken"]["role"] == OTHERS[token].role
    assert status_of(lambda: commit(api, REPO, {"b.txt": b"b"})) == 403
    assert status_of(lambda: api.create_tag(REPO, tag="one", repo_type="dataset")) == 403
    assert status_of(lambda: api.update_repo_settings(REPO, private=True, repo_type="dataset")) == 403
    assert hub.files[REPO] == {"a.txt": b"a"}


def test_uploaded_ahead_and_committed_once(hub, me, tmp_path):
    me.create_repo(REPO, repo_type="dataset")
    path = tmp_path / "a.parquet"
    path.write_bytes(SHARD)
    ahead = [
        CommitOperationAdd("data/a.parquet", str(path)),
        CommitOperationAdd("data/b.parquet", SHARD[::-1]),
    ]
    me.preupload_lfs_files(REPO, ahead, repo_type="dataset")
    assert list(hub.files[REPO]) == [".gitattributes"]
    assert sorted(hub.stored().values()) == sorted([SHARD, SHARD[::-1]])
    done = me.create_commit(
        REPO, [*ahead, CommitOperationAdd("a.txt", b"a")], commit_message="All", repo_type="dataset"
    )
    assert done.oid == hub.revision(REPO)
    assert hub.at(REPO, done.oid) == hub.files[REPO]
    assert hub.files[REPO]["data/a.parquet"] == SHARD
    assert [one.title for one in hub.history(REPO)] == ["All", "initial commit"]
    listed = {one.path: one for one in me.list_repo_tree(REPO, recursive=True, repo_type="dataset")}
    assert listed["data/a.parquet"].lfs.sha256 in hub.stored()
    assert listed["a.txt"].lfs is None
    before = sum(method == "PUT" for method, *_ in hub.requests)
    commit(me, REPO, {"data/again.parquet": SHARD, "a.txt": None})
    assert sum(method == "PUT" for method, *_ in hub.requests) == before  # it is there already
    assert sorted(hub.files[REPO]) == [
        ".gitattributes",
        "data/a.parquet",
        "data/again.parquet",
        "data/b.parquet",
    ]
    assert len(me.list_repo_commits(REPO, repo_type="dataset")) == 3


def test_a_commit_in_between(hub, me):
    hub.make(REPO, files={"a.txt": b"a"})
    head = hub.revision(REPO)

    def other(number: int, method: str, path: str) -> None:
        if "/commit/" in path:
            hub.on_request = None
            hub.commit(REPO, {"theirs.txt": b"1"})

    hub.on_request = other
    assert status_of(lambda: commit(me, REPO, {"b.txt": b"b"}, parent_commit=head)) == 412
    assert sorted(hub.files[REPO]) == ["a.txt", "theirs.txt"]
    commit(me, REPO, {"b.txt": b"b"}, parent_commit=hub.revision(REPO))
    assert status_of(lambda: commit(me, REPO, {"no.txt": None})) == 404
    with pytest.raises(RevisionNotFoundError):
        commit(me, REPO, {"c.txt": b"c"}, revision="nowhere")


def test_pull_requests(hub, me):
    hub.make(REPO, private=False, files={"a.txt": b"a"})
    first = commit(me, REPO, {"b.parquet": SHARD}, create_pr=True)
    assert first.pr_revision == "refs/pr/1"
    assert hub.files[REPO] == {"a.txt": b"a"}
    commit(me, REPO, {"c.txt": b"c"}, revision="refs/pr/1")
    assert list(hub.branches(REPO)) == ["main"]
    assert list(hub.pulls(REPO)) == ["refs/pr/1"]
    assert sorted(hub.at(REPO, "refs/pr/1")) == ["a.txt", "b.parquet", "c.txt"]
    assert commit(clients.api(hub, "hf_other"), REPO, {"d.txt": b"d"}, create_pr=True).pr_num == 2
    refs = me.list_repo_refs(REPO, repo_type="dataset", include_pull_requests=True)
    assert [one.name for one in refs.branches] == ["main"]
    assert [one.ref for one in refs.pull_requests] == ["refs/pr/1", "refs/pr/2"]


def test_branches_and_tags(hub, me):
    hub.make(REPO, files={"a.txt": b"a"})
    start = hub.revision(REPO)
    me.create_branch(REPO, branch="v 1/x", repo_type="dataset")
    me.create_tag(REPO, tag="one", revision="v 1/x", repo_type="dataset")
    commit(me, REPO, {"b.txt": b"b"}, revision="v 1/x")
    assert hub.tags(REPO) == {"one": start}
    assert hub.branches(REPO)["main"] == start
    assert me.dataset_info(REPO, revision="v 1/x").sha == hub.branches(REPO)["v 1/x"] != start
    assert me.dataset_info(REPO, revision="one").sha == start
    assert status_of(lambda: me.create_branch(REPO, branch="v 1/x", repo_type="dataset")) == 409
    assert status_of(lambda: me.create_tag(REPO, tag="one", repo_type="dataset")) == 409
    assert status_of(lambda: me.delete_branch(REPO, branch="main", repo_type="dataset")) == 403
    me.delete_branch(REPO, branch="v 1/x", repo_type="dataset")
    me.delete_tag(REPO, tag="one", repo_type="dataset")
    refs = me.list_repo_refs(REPO, repo_type="dataset")
    assert ([one.name for one in refs.branches], refs.tags) == (["main"], [])
    with pytest.raises(RevisionNotFoundError):
        me.dataset_info(REPO, revision="one")


def test_squashed_history_still_holds_the_files_until_they_are_deleted(hub, me):
    hub.make(REPO, files={"data/a.parquet": SHARD, "a.txt": b"a"})
    me.create_tag(REPO, tag="old", repo_type="dataset")
    commit(me, REPO, {"data/a.parquet": None, "data/b.parquet": SHARD[::-1]})
    me.super_squash_history(REPO, repo_type="dataset")
    assert [sorted(one.files) for one in hub.history(REPO)] == [["a.txt", "data/b.parquet"]]
    assert SHARD in hub.stored().values()
    assert SHARD in hub.at(REPO, "old").values()
    head = hub.revision(REPO)
    gone = [one for one in me.list_lfs_files(REPO, repo_type="dataset") if one.filename == "data/a.parquet"]
    assert [one.size for one in gone] == [len(SHARD)]
    me.permanently_delete_lfs_files(REPO, gone, repo_type="dataset")
    assert list(hub.stored().values()) == [SHARD[::-1]]
    assert hub.at(REPO, "old") == {"a.txt": b"a"}
    assert hub.revision(REPO) == head  # it did not hold them
    everywhere = [path for one in hub.repos[REPO].commits.values() for path in one.files]
    assert "data/a.parquet" not in everywhere


def test_deleted_without_rewriting_leaves_names_of_nothing(hub, me, tmp_path):
    hub.make(REPO, files={"a.parquet": SHARD})
    files = list(me.list_lfs_files(REPO, repo_type="dataset"))
    me.permanently_delete_lfs_files(REPO, files, rewrite_history=False, repo_type="dataset")
    assert not hub.stored()
    assert me.list_repo_files(REPO, repo_type="dataset") == ["a.parquet"]
    with pytest.raises(EntryNotFoundError):
        me.hf_hub_download(REPO, "a.parquet", repo_type="dataset", cache_dir=tmp_path)
