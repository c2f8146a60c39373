"""What a push leaves on the Hub when nothing goes wrong, and what it refuses."""

import json
import socket

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, Value

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.errors import ConfigError, PublishError
from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.hub.publishing.checking import DigestError
from hf_unsafe2safe.hub.publishing.publish import publish
from hf_unsafe2safe.schema import PUBLIC_FEATURES
from hf_unsafe2safe.sources import IN_MEMORY, Source
from hf_unsafe2safe.taxonomy import STATUSES
from tests.hub.publishing.results import (
    DATA,
    REPO,
    changing,
    hub,
    of,
    result,
    rows,
    settings,
    table,
    tampered,
)
from tests.runs import picture

FIXTURES = (hub, settings)
FILES = [".gitattributes", "README.md", *DATA, PUBLISHED]


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hf_unsafe2safe.storage.shards.ROWS_A_GROUP", 4)
        return result(tmp_path_factory.mktemp("nine") / "out")


def said(hub, repo=REPO, revision="main"):
    return read_published(hub.at(repo, revision)[PUBLISHED])


def test_one_commit_with_everything(nine, hub):
    done = publish(nine, REPO, max_shard_size=1)
    assert sorted(hub.files[REPO]) == sorted(FILES)
    first, initial = hub.history(REPO)
    assert (done.changed, done.commit, first.parent) == (True, first.id, initial.id)
    assert hub.settings[REPO] == {"kind": "datasets", "private": True, "gated": False}
    config = said(hub).configs["default"]
    assert hub.tags(REPO) == {f"unsafe2safe-{config.config_digest}": first.id}
    assert config.published == {"train": 9}
    assert config.files == {path: first.files[path].oid for path in DATA}


def test_the_rows_are_those_of_the_result(nine, hub):
    publish(nine, REPO, max_shard_size=1)
    there, here = table(hub), pq.read_table(nine / "data")
    assert there["image"].to_pylist() == here["image"].to_pylist()
    features = Features.from_arrow_schema(pq.read_schema(next((nine / "data").iterdir())))
    expected = {**features, "row_key": Value("string")}
    assert Features.from_arrow_schema(there.schema) == expected
    assert expected == {"image": Image(), **PUBLIC_FEATURES, "row_key": Value("string")}
    assert len(set(there["row_key"].to_pylist())) == 9


def test_the_same_again_changes_nothing(nine, hub):
    publish(nine, REPO)
    before, count = dict(hub.files[REPO]), len(changing(hub))
    done = publish(nine, REPO)
    assert (done.changed, done.commit) == (False, hub.revision(REPO))
    assert hub.files[REPO] == before
    assert len(changing(hub)) == count


def test_other_settings_replace_or_get_a_name(nine, hub, tmp_path):
    publish(nine, REPO, max_shard_size=1)
    other = result(tmp_path / "other", rows(3, first=20), seed=1)
    sent = len(changing(hub))
    with pytest.raises(DigestError, match="published already, with other settings") as error:
        publish(other, REPO)
    assert "--replace" in error.value.hint
    assert len(changing(hub)) == sent
    publish(other, REPO, config_name="second")
    assert list(said(hub).configs) == ["default", "second"]
    assert len(table(hub)) == 12
    publish(other, REPO, replace=True)
    assert len(table(hub, start="data/train")) == 3  # three files before, one now
    assert len(table(hub, start="data/second")) == 3
    assert len(hub.tags(REPO)) == 2


def test_splits(hub, tmp_path):
    # a split with nothing to publish has no file
    parts = DatasetDict(train=rows(5), test=rows(2, first=9), validation=of([b"junk"]))
    publish(result(tmp_path / "out", parts), REPO, max_shard_size=1)
    assert said(hub).configs["default"].published == {"train": 5, "test": 2}
    names = [path for path in sorted(hub.files[REPO]) if path.startswith("data/")]
    assert names == [
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00002.parquet",
        "data/train-00001-of-00002.parquet",
    ]


def test_configurations(hub, tmp_path):
    parts = {"one/train": rows(2), "one/test": rows(1, first=2), "two/train": rows(3, first=4)}
    raw = {name: part.cast_column("image", Image(decode=False)) for name, part in parts.items()}
    out = result(tmp_path / "out", Source(raw, "python", IN_MEMORY))
    with pytest.raises(ConfigError, match="configurations one, two; one name was given"):
        publish(out, REPO, config_name="three")
    publish(out, REPO)
    published = {name: config.published for name, config in said(hub).configs.items()}
    assert published == {"one": {"train": 2, "test": 1}, "two": {"train": 3}}
    assert [len(table(hub, start=f"data/{name}/")) for name in published] == [3, 3]
    header = yaml.safe_load(hub.files[REPO]["README.md"].split(b"---")[1])
    assert [one["config_name"] for one in header["configs"]] == ["one", "two"]


def test_branches_and_pull_requests(nine, hub):
    publish(nine, REPO, revision="next")
    assert set(hub.branches(REPO)) == {"main", "next"}
    assert PUBLISHED not in hub.files[REPO]
    assert PUBLISHED in hub.at(REPO, "next")
    tags = hub.tags(REPO)
    done = publish(nine, REPO, create_pr=True)
    assert set(hub.pulls(REPO)) == {"refs/pr/1"}
    assert done.commit.endswith("/discussions/1")
    assert PUBLISHED in hub.at(REPO, "refs/pr/1")
    assert PUBLISHED not in hub.files[REPO]
    assert hub.tags(REPO) == tags  # a proposal is not what the tag names


def test_a_dry_run_asks_nothing_of_any_network(nine, hub, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    done = publish(nine, REPO, dry_run=True)
    assert (done.commit, done.changed, hub.received) == (None, False, [])
    assert f"To {REPO} (private)" in done.text
    assert "Rows: 9 in 1 file" in done.text
    # and the refusal works
    with pytest.raises(AssertionError, match="a connection"):
        publish(nine, REPO)


def test_planted_strings_stop_a_push(hub, tmp_path):
    out = result(tmp_path / "out", rows(2, note=["wild cat", "the Wolpertinger"]))
    with pytest.raises(PublishError, match="train/1: a planted string") as error:
        publish(out, REPO, columns=["note"], planted=["wolpertinger"])
    assert "olpertinger" not in str(error.value)
    assert changing(hub) == []
    publish(out, REPO, columns=["note"], planted=["Rumpelstilz"])
    assert table(hub)["note"].to_pylist() == ["wild cat", "the Wolpertinger"]


@pytest.mark.parametrize(
    ("string", "where"),
    [
        ("wild cat", "names of columns and classes: a planted string"),
        ("leaky_column", "names of columns and classes"),
        ("by_hand_detector", "train/0: a planted string"),  # in risk_regions
        ("all_in_order", "train/0: a planted string"),  # in provenance.reason
        ("a private text", "train/0: a planted string"),  # in a column that was named in include_private
        ("Tell nobody", "the card: a planted string"),
    ],
)
def test_planted_strings_are_looked_for_everywhere(hub, tmp_path, string, where):
    features = Features({"image": Image(), "leaky_column": ClassLabel(names=["wild cat", "dog"])})
    cells = [{"bytes": picture(i), "path": None} for i in range(2)]
    out = result(tmp_path / "out", Dataset.from_dict({"image": cells, "leaky_column": [0, 1]}, features))
    region = {"label": 0, "kind": "face", "score": 1.0, "box": [0, 0, 1, 1], "source": "by_hand_detector"}

    def change(row):
        told = {**row["provenance"], "reason": "all_in_order"}
        return {**row, "risk_regions": [{**region, "action": 1}], "provenance": told}

    tampered(out, change)
    beside = next(out.glob("private/*.parquet"))
    private = pq.read_table(beside)
    i = private.column_names.index("private_caption")
    texts = pa.array(["a private text"] * len(private))
    pq.write_table(private.set_column(i, private.schema.field(i), texts), beside)
    hub.make(REPO, files={"README.md": b"# Mine\n\nTell nobody.\n"})
    with pytest.raises(PublishError, match=where) as error:
        publish(out, REPO, include_private=["private_caption"], planted=[string.upper() + "\n"])
    assert string not in str(error.value)
    assert changing(hub) == []


def test_planted_strings_must_be_long_enough(nine, hub):
    with pytest.raises(PublishError, match="shorter than 4 characters"):
        publish(nine, REPO, planted=[" cat "])
    assert hub.requests == [] or changing(hub) == []


def test_leave_out(nine, hub):
    done = publish(nine, REPO, leave_out=["train/1", "train/8"])
    kept = pq.read_table(nine / "data")["image"].to_pylist()
    assert table(hub)["image"].to_pylist() == [kept[i] for i in (0, 2, 3, 4, 5, 6, 7)]
    assert "Rows with an image that are left out: 2" in done.text


def test_rows_without_an_image(hub, tmp_path):
    out = result(tmp_path / "out", of([b"junk", picture(1)]))
    done = publish(out, REPO)
    assert len(table(hub)) == 1
    assert "Rows without an image (rejected and failed): 1, left out" in done.text
    done = publish(out, REPO, without_image="null")
    assert [cell is None for cell in table(hub)["image"].to_pylist()] == [True, False]
    assert STATUSES[table(hub)["privacy_status"][0].as_py()] == "failed"
    assert "1, published without an image" in done.text
    assert said(hub).configs["default"].without_image == "null"


def test_rows_that_were_taken_down_stay_away(nine, hub):
    publish(nine, REPO)
    gone = table(hub)["row_key"][4].as_py()
    values = json.loads(hub.files[REPO][PUBLISHED])
    hub.commit(REPO, {PUBLISHED: json.dumps({**values, "retracted": [gone]}).encode()})
    publish(nine, REPO)
    assert len(table(hub)) == 8
    assert gone not in table(hub)["row_key"].to_pylist()
    assert said(hub).retracted == (gone,)


def test_private_columns_only_in_private_repos(hub, tmp_path):
    out = result(tmp_path / "out", rows(2))
    with pytest.raises(PublishError, match="private columns in a public repo: private_caption"):
        publish(out, REPO, include_private=["private_caption"], public=True)
    assert changing(hub) == []
    done = publish(out, REPO, include_private=["private_caption"])
    assert "PRIVATE columns that leave, as asked: private_caption" in done.text
    assert len(table(hub)["private_caption"].drop_null()) == 2
    assert said(hub).configs["default"].private_columns == ("private_caption",)


def test_public_and_gated(nine, hub):
    publish(nine, REPO, public=True, gated="manual")
    assert hub.settings[REPO] == {"kind": "datasets", "private": False, "gated": "manual"}
    paths = [path for method, path, _ in changing(hub)]
    assert paths.index(f"/api/datasets/{REPO}/settings") == 1  # before any file, right after the repo


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"verify": 0}, "verify must be a number of rows from 1"),
        ({"verify": True}, "verify must be a number of rows from 1"),
        ({"without_image": "maybe"}, "without_image must be"),
        ({"gated": "yes"}, "gated must be"),
        ({"config_name": "../up"}, "config_name becomes the name of a folder"),
        ({"sanitizer": Sanitizer(**testing.fakes())}, "sanitizer is for a dataset in Python"),
    ],
)
def test_settings_that_cannot_work(nine, hub, options, message):
    with pytest.raises(ConfigError, match=message):
        publish(nine, REPO, **options)
    assert hub.received == []


def test_text_in_the_card_stays(nine, hub):
    publish(nine, REPO)
    card = hub.files[REPO]["README.md"].decode()
    hub.commit(REPO, {"README.md": f"{card}\nWritten by hand.\n".encode()})
    publish(nine, REPO, leave_out=["train/0"])
    assert "Written by hand." in hub.files[REPO]["README.md"].decode()


@pytest.mark.parametrize("path", ["data/train-00000-of-00001.parquet", "images/a.jpg", "train.parquet"])
def test_repos_with_data_of_others(nine, hub, path):
    hub.make(REPO, files={path: b"PAR1", "README.md": b"# Mine"})
    with pytest.raises(PublishError, match="holds 1 files that were not published with this tool"):
        publish(nine, REPO)
    assert changing(hub) == []


def test_only_files_with_changes_are_sent(hub, tmp_path):
    out = result(tmp_path / "out")
    publish(out, REPO, max_shard_size=1)
    sent = [path for method, path, _ in hub.requests if method == "PUT"]
    assert len(sent) == len(DATA)
    first = next(out.glob("data/*-00000-*"))
    image = pq.read_table(first)["image"][0].as_py()
    tampered(out, lambda row: {**row, "public_caption": "A hill."} if row["image"] == image else row)
    publish(out, REPO, max_shard_size=1)
    assert len([path for method, path, _ in hub.requests if method == "PUT"]) == len(DATA) + 1
    assert table(hub)["public_caption"].to_pylist().count("A hill.") == 1
