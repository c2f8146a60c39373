"""The checks of a repo: everything that a repo may say falsely of itself."""

import io
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image

from hf_unsafe2safe.errors import DatasetError, PublishError
from hf_unsafe2safe.hub.loading.rows import check_rows
from hf_unsafe2safe.hub.loading.trust import RefusedError, Wanted, checked, read_repo
from hf_unsafe2safe.hub.published import PUBLISHED, Published
from hf_unsafe2safe.policy import POLICIES
from tests.hub.clients import api
from tests.hub.loading.safe_repos import SOURCE, card, described, safe_repo, safe_rows
from tests.loopback_hub import LoopbackHub

FILE = "data/train-00000-of-00001.parquet"
WANTED = Wanted(SOURCE, None, (), POLICIES["default"])


@pytest.fixture(scope="module")
def hub():
    with LoopbackHub() as hub:
        yield hub


def check(hub, files, wanted=WANTED, **options):
    hub.make("org/raw-safe", files=files, private=False, **options)
    client = api(hub, token="hf_loopback")
    return checked(client, read_repo(client, "org/raw-safe", None), wanted)


def refusal(hub, files, wanted=WANTED):
    with pytest.raises(RefusedError) as caught:
        check(hub, files, wanted)
    assert SOURCE not in caught.value.message or "another dataset" in caught.value.message
    return caught.value


def test_a_published_repo_passes(hub):
    name, config = check(hub, safe_repo())
    assert (name, config.published) == ("default", {"train": 2})


def changed(**values):
    """Return a manifest that was edited by hand."""
    text = json.loads(safe_repo()[PUBLISHED])
    text["configs"]["default"] |= values
    return {PUBLISHED: json.dumps(text).encode()}


# files of the repo that are others -> the reason, and whether nothing of what it says is proven
FALSE = [
    ({PUBLISHED: None}, f"it has no {PUBLISHED}", True),  # only a tag
    ({PUBLISHED: b""}, "is damaged", True),
    ({PUBLISHED: b"[]"}, "is damaged", True),
    ({PUBLISHED: b'{"format": "unsafe2safe/9"}'}, "a form that this version does not read", True),
    (changed(config_digest="none"), "is damaged", True),
    (changed(files={}), "is damaged", True),
    # it speaks of other files
    ({FILE: safe_rows("faces")}, "1 files are not those that unsafe2safe.json speaks of", True),
    ({FILE: None}, "1 of the files that unsafe2safe.json names are not there", True),
    (changed(files={FILE: "0" * 64}), "1 files are not those", True),
    # a file that is not kept by its sha256 cannot be compared
    (changed(files={"README.md": "0" * 64}), "are not there", True),
    # values that no publisher writes, and that would end up in messages and comparisons
    (changed(source=5), "holds what no publisher of ours writes", True),
    (changed(image_column=["image"]), "holds what no publisher of ours writes", True),
    (changed(published={"train\x1b[2J": 2}), "holds what no publisher of ours writes", True),
    (changed(source="org/raw\nWARNING"), "holds what no publisher of ours writes", True),
    (changed(kept_by_consent="many"), "holds what no publisher of ours writes", True),
    *((changed(statuses=junk), "is damaged", True) for junk in (None, [], "x", {"safe": "all"})),
    ({PUBLISHED: b"[" * 100_000}, "is damaged", True),
    (changed(source_options=[["a"]]), "is damaged", True),
    (changed(private_columns=["a\x1b[2J"]), "holds what no publisher of ours writes", True),
    (changed(schema_version=3), "holds what no publisher of ours writes", True),
    (changed(schema_version="4"), "a newer version", False),
    (changed(schema_version="03"), "a newer version", False),
    (changed(source="org/other@" + "0" * 40), "made from another dataset, 'org/other'", False),
    (changed(source="mnist@" + "0" * 40), "made from another dataset, 'mnist'", False),
    (changed(config={"policy": {"edit": {"aura": 0.5}}}), "its policy cannot be read", False),
    (changed(config={"policy": {"edit": {"face": True}}}), "its policy cannot be read", False),
    (
        changed(config={"policy": {"edit": {"face": 0.1}}}),
        "its policy is milder than 'default': address",
        False,
    ),
    (changed(not_inspected=["face"]), "face was not looked for", False),
    (changed(published={"train": 0}), "it has no split 'train'", False),
]


@pytest.mark.parametrize(("others", "reason", "unverified"), FALSE)
def test_what_is_false_is_refused(hub, others, reason, unverified):
    files = {path: data for path, data in {**safe_repo(), **others}.items() if data is not None}
    error = refusal(hub, files, replace(WANTED, splits=("train",)))
    assert reason in error.message
    assert error.unverified is unverified


# what is asked for -> the reason, none where it passes
ASKED = [
    ({}, None),
    ({"config": "default"}, None),
    ({"config": "small"}, "it has no configuration 'small', but: default"),
    ({"splits": ("train",)}, None),
    ({"splits": ("train", "test")}, "it has no split 'test', but: train"),
    ({"policy": None}, None),  # anything
    ({"policy": POLICIES["faces"]}, None),  # less
    ({"policy": POLICIES["people"]}, "its policy is milder than 'people': person is not edited"),
    ({"config_digest": described({}).config_digest}, None),
    ({"config_digest": "f" * 16}, "its config digest is "),
    ({"commit": "0" * 40}, None),
    ({"commit": "1" * 40}, "it was made from 0000000, not from 1111111"),
    ({"name": "ORG/RAW"}, None),  # the Hub knows no capitals either
    ({"name": "org/raw2"}, "made from another dataset"),
    ({"name": None}, None),  # the repo itself was named
]


@pytest.mark.parametrize(("asked", "reason"), ASKED)
def test_what_is_asked_for(hub, asked, reason):
    wanted = replace(WANTED, **asked)
    if reason is None:
        assert check(hub, safe_repo(), wanted)[0] == "default"
    else:
        assert reason in refusal(hub, safe_repo(), wanted).message


def test_a_local_copy_has_no_name_to_compare_but_no_known_state_either(hub):
    files = safe_repo(source="LOCAL_FOLDER")
    assert check(hub, files)[1].source == "LOCAL_FOLDER"
    wanted = replace(WANTED, commit="1" * 40)
    assert "made from an unknown state, not from 1111111" in refusal(hub, files, wanted).message


def several(*names, **changes):
    """Return a repo with two configurations, the second made with the policy `strict`."""
    files = {FILE: safe_rows(), "data/strict/train-00000-of-00001.parquet": safe_rows("strict")}
    said = Published(
        {
            name: described({path: files[path]}, policy, **changes)
            for name, path, policy in zip(names, files, ("default", "strict"), strict=True)
        }
    )
    return files | {PUBLISHED: said.json().encode(), "README.md": card()}


# configurations, what is asked for -> the one that is taken
SEVERAL = [
    (("default", "all"), {}, "default"),
    (("default", "all"), {"config": "all"}, "all"),
    # `default` does not pass: the only one that does
    (("default", "all"), {"policy": POLICIES["strict"]}, "all"),
    (("mild", "all"), {"policy": POLICIES["strict"]}, "all"),
]


@pytest.mark.parametrize(("names", "asked", "taken"), SEVERAL)
def test_of_several_configurations_the_default_or_the_only_one_is_taken(hub, names, asked, taken):
    assert check(hub, several(*names), replace(WANTED, **asked))[0] == taken


def test_where_it_stays_open_one_must_be_named(hub):
    with pytest.raises(DatasetError, match=r"has several configurations: all, mild.*config='all'"):
        check(hub, several("mild", "all"))
    assert (
        "config digest is"
        in refusal(hub, several("default", "all"), replace(WANTED, config_digest="f" * 16)).message
    )


SMALL = {"source_options": ("--split", "train", "--config-name", "small")}

# what is asked for of a repo made from one split of one configuration -> the reason, none where it passes
NARROWED = [
    ({"config": "small", "splits": ("train",)}, None),
    ({"config": "default", "splits": ("train",)}, "no configuration 'default', but: small"),
    ({"splits": ("train",)}, "no configuration for all of it, but: small"),
    ({"config": "small"}, "it was made from 'train' alone, and all splits are asked for"),
    # the repo itself was named
    ({"name": None}, None),
    ({"name": None, "config": "default"}, None),
]


@pytest.mark.parametrize(("asked", "reason"), NARROWED)
def test_a_part_of_a_dataset_stands_for_that_part(hub, asked, reason):
    wanted = replace(WANTED, **asked)
    if reason is None:
        assert check(hub, safe_repo(**SMALL), wanted)[0] == "default"
    else:
        assert reason in refusal(hub, safe_repo(**SMALL), wanted).message


def test_another_part_of_the_same_name_does_not_count(hub):
    files = several("small", "big", source_options=("--config-name", "small"))
    assert "no configuration 'big', but: small" in refusal(hub, files, replace(WANTED, config="big")).message


def test_later_reads_are_of_the_same_commit(hub):
    hub.make("org/raw-safe", files=safe_repo(), private=False)
    repo = read_repo(api(hub), "org/raw-safe", None)
    hub.commit("org/raw-safe", {FILE: b"replaced"})
    assert checked(api(hub), repo, WANTED)[0] == "default"
    now = read_repo(api(hub), "org/raw-safe", None)
    assert now.commit != repo.commit
    with pytest.raises(RefusedError, match="are not those"):
        checked(api(hub), now, WANTED)


def test_a_dataset_that_claims_nothing(hub):
    hub.make("org/raw-safe", files={"README.md": card(tags="photos")}, private=False)
    repo = read_repo(api(hub), "org/raw-safe", None)
    assert (repo.claims, repo.published) == (False, None)


@pytest.mark.parametrize(
    ("options", "revision", "message"),
    [
        ({"private": True}, None, "there is no such repo or revision"),
        ({"gated": "auto"}, None, "access is restricted"),
        ({}, "v7", "there is no such repo or revision"),
    ],
)
def test_what_the_hub_does_not_give(hub, options, revision, message):
    files = safe_repo(source_licence=message)  # which no other test has in the cache of the Hub
    hub.make("org/raw-safe", files=files, **{"private": False, **options})
    with pytest.raises(PublishError, match=message) as caught:
        read_repo(api(hub), "org/raw-safe", revision)
    assert hub.url not in str(caught.value)


def rows():
    return Dataset(pq.read_table(io.BytesIO(safe_rows())))


def test_rows_that_are_what_the_repo_says_pass():
    check_rows(rows(), described({}))
    check_rows({"train": rows(), "test": rows().select([])}, described({}))


def test_rows_of_another_configuration_are_refused():
    for loaded in ([rows()], {"a": [rows()]}):
        with pytest.raises(RefusedError, match="made with another configuration"):
            check_rows(loaded, described({}, config_digest="0" * 16))
    with pytest.raises(RefusedError, match="made with another configuration"):
        check_rows({"test": rows(), "train": rows()}, described({}, config_digest="0" * 16))


def test_rows_without_provenance_are_refused():
    part = rows()
    blank = part.remove_columns("provenance").add_column("provenance", [part[0]["provenance"], None])
    with pytest.raises(RefusedError, match="made with another configuration"):
        check_rows(blank, described({}))
    with pytest.raises(RefusedError, match="do not have the columns"):
        check_rows(part.remove_columns("provenance"), described({}))
    with pytest.raises(RefusedError, match="do not have the columns"):
        check_rows(part, described({}, image_column="photo"))


@pytest.mark.parametrize("column", ["image", "mask"])  # any image may name a file
def test_images_that_name_a_file_are_refused(column):
    table = rows().data.table
    cells = [{"bytes": None, "path": "/home/someone/a.jpg"}, None]
    features = Features({**rows().features, column: Image()})
    cell = pa.array(cells, features[column].pa_type)
    names = [name for name in table.column_names if name != column]
    columns = {**{name: table[name] for name in names}, column: cell}
    changed = Dataset(pa.table({n: columns[n] for n in features}, schema=features.arrow_schema))
    with pytest.raises(RefusedError, match="images that name a file") as caught:
        check_rows(changed, described({}))
    assert "someone" not in str(caught.value)


def test_streams_are_left_alone():
    check_rows(rows().to_iterable_dataset(), described({}, config_digest="0" * 16))
