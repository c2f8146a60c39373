"""The loopback Hub: parts of files, connections that break, search, and what is wrong with a card."""

import hashlib
import http.client
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

from hf_unsafe2safe.hub.http import HTTP_ERROR
from tests.hub import clients
from tests.hub.clients import commit, status_of
from tests.loopback_hub import LoopbackHub

REPO = "me/photos"
SHARD = b"PAR1" + bytes(range(256)) * 40


@pytest.fixture
def hub():
    with LoopbackHub() as hub:
        yield hub


@pytest.fixture
def me(hub) -> HfApi:
    return clients.api(hub)


@pytest.mark.parametrize(
    ("start", "length"), [(0, 4), (4, 100), (len(SHARD) - 8, 8), (len(SHARD) - 4, 100), (0, len(SHARD))]
)
def test_ranges(hub, start, length):
    hub.make(REPO, files={"a.parquet": SHARD})
    files = HfFileSystem(endpoint=hub.url, token=clients.TOKEN, skip_instance_cache=True)
    with files.open(f"datasets/{REPO}/a.parquet", block_size=64) as file:
        file.seek(start)
        assert file.read(length) == SHARD[start : start + length]
    assert 206 in [status for *_, status in hub.requests]


def test_metadata_of_a_file(hub, me):
    hub.make(REPO, files={"data/a.parquet": SHARD, "data/x/b.txt": b"b"})
    meta = me.get_hf_file_metadata(url=f"{hub.url}/datasets/{REPO}/resolve/main/data/a.parquet")
    assert (meta.size, meta.commit_hash) == (len(SHARD), hub.revision(REPO))
    assert meta.etag in hub.stored()
    assert [one.path for one in me.list_repo_tree(REPO, "data", repo_type="dataset")] == [
        "data/x",
        "data/a.parquet",
    ]
    found = me.get_paths_info(REPO, ["data/a.parquet", "data/x", "none"], expand=True, repo_type="dataset")
    assert [one.path for one in found] == ["data/a.parquet", "data/x"]
    assert found[0].last_commit.oid == hub.revision(REPO)
    with pytest.raises(EntryNotFoundError):
        list(me.list_repo_tree(REPO, "none", repo_type="dataset"))


def test_faults_are_counted(hub, me):
    hub.make(REPO)
    hub.fail("GET", f"/api/datasets/{REPO}", status=429, times=2, headers={"Retry-After": "3"})
    with pytest.raises(HfHubHTTPError) as caught:
        me.dataset_info(REPO)
    assert caught.value.response.headers["Retry-After"] == "3"
    assert status_of(lambda: me.dataset_info(REPO)) == 429
    assert me.dataset_info(REPO).id == REPO
    assert [status for *_, status in hub.requests] == [429, 429, 200]


@pytest.mark.parametrize(("where", "done"), [("body", False), ("answer", True), (True, False)])
def test_a_connection_that_ends(hub, me, where, done):
    """Where the answer was lost the commit is made all the same."""
    hub.make(REPO, files={"a.txt": b"a"})
    hub.fail("POST", "/commit/", cut=where)
    with pytest.raises(HTTP_ERROR) as caught:
        commit(me, REPO, {"b.txt": b"b" * 5000})
    assert getattr(caught.value, "response", None) is None
    assert ("b.txt" in hub.files[REPO]) == done
    assert hub.requests[-1] == ("POST", f"/api/datasets/{REPO}/commit/main", 0)


def test_uploads_and_downloads_that_are_cut_go_on(hub, me, tmp_path):
    """The client does that by itself."""
    hub.make(REPO)
    hub.fail("PUT", "/lfs/", cut=True)
    commit(me, REPO, {"a.parquet": SHARD})
    assert [status for method, _, status in hub.requests if method == "PUT"] == [0, 200]
    hub.fail("GET", "/resolve/", cut=True)
    path = me.hf_hub_download(REPO, "a.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert Path(path).read_bytes() == SHARD
    assert [status for method, url, status in hub.requests[-2:]] == [0, 200]


@pytest.mark.parametrize(
    ("header", "start"),
    [(f"Content-Length: {len(SHARD)}", b""), ("Transfer-Encoding: chunked", b"64\r\n")],
)
def test_a_client_that_is_gone_in_the_middle_of_its_request(hub, header, start):
    """What it sent is kept, and nothing is done."""
    hub.make(REPO)
    oid = hashlib.sha256(SHARD).hexdigest()
    address = urlsplit(hub.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        head = f"PUT /lfs/{REPO}/{oid} HTTP/1.1\r\n{header}\r\n\r\n"
        client.sendall(head.encode() + start + SHARD[:100])
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert hub.requests == [("PUT", f"/lfs/{REPO}/{oid}", 0)]
    assert hub.received[0].endswith(SHARD[:100])
    assert not hub.stored()


def test_a_body_in_chunks(hub):
    hub.make(REPO)
    oid = hashlib.sha256(SHARD).hexdigest()
    client = http.client.HTTPConnection(urlsplit(hub.url).netloc)
    client.request("PUT", f"/lfs/{REPO}/{oid}", iter([SHARD[:100], SHARD[100:]]), encode_chunked=True)
    assert client.getresponse().status == 200
    client.close()
    assert hub.stored() == {oid: SHARD}


def test_what_breaks_in_the_hub_is_told():
    hub = LoopbackHub().__enter__()
    hub.on_request = lambda number, method, path: 1 / 0
    with pytest.raises(HTTP_ERROR):
        clients.api(hub).whoami()
    with pytest.raises(ExceptionGroup) as caught:
        hub.__exit__()
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)


CARD = """---
license: {licence}
tags: [unsafe2safe, {tag}]
source_datasets: [{source}]
---
Text
"""


def card(tag: str = "photos", source: str = "org/raw", licence: str = "cc-by-4.0") -> bytes:
    return CARD.format(licence=licence, tag=tag, source=source).encode()


def test_search(hub, me):
    hub.make("me/secret", files={"README.md": card()})
    hub.make("me/one", private=False, files={"README.md": card()})
    hub.make("other/two", private=False, files={"README.md": card(source="org/else")})
    hub.make("other/none", private=False)
    cases = [
        ({"filter": ["unsafe2safe"]}, ["me/one", "me/secret", "other/two"]),
        ({"filter": ["unsafe2safe", "source_datasets:org/raw"]}, ["me/one", "me/secret"]),
        ({"filter": "license:cc-by-4.0", "author": "other"}, ["other/two"]),
        ({"search": "ONE"}, ["me/one", "other/none"]),
        ({"filter": "source_datasets:nothing"}, []),
        ({"filter": "unsafe2safe", "limit": 1}, ["me/one"]),
    ]
    for asked, found in cases:
        assert [one.id for one in me.list_datasets(**asked)] == found
    nobody = clients.api(hub, False)
    assert [one.id for one in nobody.list_datasets(filter="unsafe2safe")] == ["me/one", "other/two"]
    assert "source_datasets:org/raw" in me.dataset_info("me/one").tags
    (full,) = me.list_datasets(search="two", full=True)
    assert full.card_data.source_datasets == ["org/else"]


GOOD = """license: other
license_name: mine
language: [en]
pretty_name: Photos
size_categories: [n<1K]
task_categories: [image-classification, image-to-image]
tags: [unsafe2safe, privacy]
source_datasets: [org/raw]
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train-*.parquet}
  - split: test
    path: [data/test-00000-of-00001.parquet]
- config_name: two
  data_files: data/two/*.parquet
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("license: other", "license: mine", '"license" must be one of'),
        ("license: other", "license: [other, CC-BY]", '"license" must be one of'),
        ("[en]", "[English]", '"language" must be'),
        ("n<1K", "1-1000", '"size_categories" must be one of'),
        ("image-to-image", "image-cleaning", '"task_categories" must be one of'),
        ("[unsafe2safe, privacy]", "[unsafe2safe, 2026]", '"tags" must be an array of strings'),
        ("[org/raw]", "org/raw", '"source_datasets" must be an array of strings'),
        ("pretty_name: Photos", "pretty_name: [a]", '"pretty_name" must be a string'),
        ("config_name: default", "name: default", '"configs[0].config_name" must be a name'),
        ("config_name: two", "config_name: default", '"configs" must not name a configuration twice'),
        ("config_name: two", "config_name: a/b", '"configs[1].config_name" must be a name'),
        ("split: train, path", "split: train, paths", '"configs[0].data_files" must be'),
        ("split: train", "split: a-b", '"configs[0].data_files" must be'),
        ("license: other", "license: 'other", "bad YAML"),
        ("language: [en]", "license: mit", 'duplicated mapping key "license"'),
        ("split: test", "split: test\n    split: train", 'duplicated mapping key "split"'),
    ],
)
def test_a_header_that_is_wrong(hub, me, old, new, message):
    hub.make(REPO)
    commit(me, REPO, {"README.md": f"---\n{GOOD}---\nText".encode()})
    assert old in GOOD
    wrong = f"---\n{GOOD.replace(old, new)}---\nText".encode()
    with pytest.raises(ValueError, match="Invalid metadata") as caught:
        commit(me, REPO, {"README.md": wrong})
    assert message in str(caught.value)


def test_a_card_without_a_header_is_warned_of(hub, me):
    hub.make(REPO)
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        commit(me, REPO, {"README.md": b"Text"})


def test_many_threads_at_once(hub, me):
    hub.make(REPO)
    shards = {f"data/{index}.parquet": SHARD * (index + 1) for index in range(12)}
    commit(me, REPO, shards, num_threads=6)
    apis = [clients.api(hub) for _ in range(4)]
    threads = [
        threading.Thread(target=commit, args=(api, REPO, {f"{index}.txt": b"1"}))
        for index, api in enumerate(apis)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(hub.files[REPO]) == {*shards, *(f"{index}.txt" for index in range(4))}
    assert len(hub.history(REPO)) == 6


def test_every_byte_is_kept(hub, me):
    hub.make(REPO)
    commit(me, REPO, {"a.parquet": SHARD})
    assert any(SHARD in request for request in hub.received)
    assert len(hub.received) == len(hub.requests)


def test_nobody_answers_after_the_end(hub, me):
    hub.make(REPO)
    assert me.dataset_info(REPO)
    hub.__exit__()
    with pytest.raises(HTTP_ERROR) as caught:
        me.dataset_info(REPO)
    assert getattr(caught.value, "response", None) is None
