"""`load_safe_dataset` in processes of their own, against a Hub on the loopback interface."""

from typing import Any

import pytest

from hf_unsafe2safe.hub.published import PUBLISHED, Published
from tests.hub.clients import run
from tests.hub.loading.by_name import load, of
from tests.hub.loading.safe_repos import card, described, parquet, pictures, raw_repo, safe_repo, safe_rows
from tests.loopback_hub import LoopbackHub

pytestmark = pytest.mark.slow  # processes that import all of `datasets`

FILE = "data/train-00000-of-00001.parquet"


def claims(source):
    """Return a repo that has the tags alone."""
    return {"README.md": card(source=source), FILE: safe_rows()}


def two_configs(source):
    files = {FILE: safe_rows(), "data/strict/train-00000-of-00001.parquet": safe_rows("strict")}
    configs = {
        name: described({path: files[path]}, policy, source=f"{source}@{'0' * 40}")
        for (name, path), policy in zip(
            {"default": FILE, "strict": list(files)[1]}.items(), ("default", "strict"), strict=True
        )
    }
    named = {name: {"train": next(iter(config.files))} for name, config in configs.items()}
    return {"README.md": card(named, source), PUBLISHED: Published(configs).json().encode(), **files}


def other_files(source):
    """Return a repo whose card names files of which `unsafe2safe.json` does not speak."""
    unsafe = {"raw/train.parquet": parquet(pictures(b"an original"))}
    return {**of(source), **unsafe, "README.md": card({"default": {"train": "raw/*"}}, source)}


def broken(source):
    """Return a repo whose data file is the one it speaks of, and no Parquet file."""
    data = b"PAR1" + bytes(100)
    said = Published({"default": described({FILE: data}, source=f"{source}@{'0' * 40}")})
    return {"README.md": card(source=source), PUBLISHED: said.json().encode(), FILE: data}


def other_rows(source):
    """Return a repo that speaks of its files and names another configuration than they were made with."""
    return of(source, config_digest="0" * 16)


@pytest.fixture(scope="module")
def hub():
    with LoopbackHub() as hub:

        def make(repo, files, **options):
            hub.make(repo, files=files, **{"private": False, **options})

        for number in range(10):
            make(f"org/raw{number}", raw_repo())
        make("org/safe0", of("org/raw0"))
        make("me/safe1", of("org/raw1"), private=True)  # the user's own
        make("stranger/safe2", of("org/raw2"))
        make("org/claims3", claims("org/raw3"))
        make("org/safe4", other_files("org/raw4"))
        make("org/safe5", other_rows("org/raw5"))
        make("org/safe6", two_configs("org/raw6"))
        make("org/safe7", of("org/raw7", limit=2, kept_by_consent=3))
        make("org/safe8", of("org/raw8"), gated="auto")
        source = f"org/raw9@{hub.revision('org/raw9')}"
        make("org/safe9", {**safe_repo(source=source), "README.md": card(source="org/raw9")})
        make("org/a-broken9", broken("org/raw9"))
        make("org/safe3", of("org/another", published={"train": 3}))
        make("org/private", of("org/another", private_columns=("private_caption",)))
        make("org/secret", raw_repo(), private=True)
        yield hub


ERROR = {"fallback": "error"}
CALLS: dict[str, dict[str, Any]] = {
    "itself": {"name": "org/safe0"},
    "by name": {"name": "org/raw0"},
    "a split": {"name": "org/raw0", "split": "train[:1]"},
    "streaming": {"name": "org/raw0", "streaming": True},
    "no such split": {"name": "org/raw0", "split": "test", **ERROR},
    "stricter": {"name": "org/raw0", "policy": "people", **ERROR},
    "stricter by sanitizer": {"name": "org/raw0", "fakes": {"policy": "people"}, **ERROR},
    "stricter itself": {"name": "org/safe0", "policy": "people"},
    "the user's own": {"name": "org/raw1", "split": "train", **ERROR},
    "a stranger's": {"name": "org/raw2", **ERROR},
    "a claim": {"name": "org/raw3", **ERROR},
    "a claim accepted": {"name": "org/raw3", "accept_unverified": True, **ERROR},
    "a claim itself": {"name": "org/claims3"},
    "a claim itself accepted": {"name": "org/claims3", "accept_unverified": True},
    "other files": {"name": "org/raw4", **ERROR},
    "other rows": {"name": "org/raw5", **ERROR},
    "several configurations": {"name": "org/raw6", **ERROR},
    "a configuration": {"name": "org/raw6", "config": "strict", "policy": "strict", **ERROR},
    "a broken one before": {"name": "org/raw9", **ERROR},
    "other counts": {"name": "org/safe3"},
    "a list of other rows": {"name": "org/raw5", "split": ["train"], **ERROR},
    "private columns": {"name": "org/private"},
    "first rows": {"name": "org/raw7", **ERROR},
    "gated": {"name": "org/raw8", **ERROR},
    "gated itself": {"name": "org/safe8"},
    "a state": {"name": "org/raw0", "revision": "main", **ERROR},
    "no dataset": {"name": "org/none", "fakes": {}},
    "not to be seen": {"name": "org/secret", **ERROR},
    "a folder": {"name": "tests"},
    "no name": {"name": "/home/someone"},
    "no fallback": {"name": "org/raw0", "fallback": "none"},
    "two policies": {"name": "org/raw0", "policy": "people", "sanitizer": {"policy": "faces"}},
}


@pytest.fixture(scope="module")
def tmp(tmp_path_factory):
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="module")
def online(hub, tmp):
    return load(hub, tmp, CALLS)


# call -> type and rows
LOADED = [
    ("itself", "DatasetDict", {"train": [1, 0]}),
    ("by name", "DatasetDict", {"train": [1, 0]}),
    ("a split", "Dataset", {"": [1]}),
    ("streaming", "IterableDatasetDict", {"train": [1, 0]}),
    ("the user's own", "Dataset", {"": [1, 0]}),
    ("a claim itself accepted", "DatasetDict", {"train": [1, 0]}),
    ("a configuration", "DatasetDict", {"train": [1, 0]}),
    ("several configurations", "DatasetDict", {"train": [1, 0]}),  # `default`
    ("a broken one before", "DatasetDict", {"train": [1, 0]}),
    ("first rows", "DatasetDict", {"train": [1, 0]}),
]


@pytest.mark.parametrize(("call", "kind", "rows"), LOADED)
def test_published_variants_are_loaded(online, call, kind, rows):
    assert online[call].get("rows") == rows, online[call]
    assert online[call]["type"] == kind


# call -> parts of the error
REFUSED = [
    ("no such split", ["DatasetError", "'org/safe0': it has no split 'test'"]),
    ("stricter", ["'org/safe0': its policy is milder than 'people': person is not edited"]),
    ("stricter by sanitizer", ["'org/safe0': its policy is milder than 'people': person is not edited"]),
    ("stricter itself", ["'org/safe0' says that it is a sanitized dataset, but its policy is milder"]),
    ("a stranger's", ["'stranger/safe2': published by", "`unsafe2safe catalog add org/raw2 stranger/safe2`"]),
    ("a claim", ["'org/claims3': it has no unsafe2safe.json"]),
    ("a claim itself", ["'org/claims3' says that", "it has no unsafe2safe.json", "accept_unverified=True"]),
    ("other files", ["'org/safe4': its card names other data files"]),
    ("other rows", ["'org/safe5': it has rows that were made with another configuration"]),
    ("a claim accepted", ["'org/claims3': it has no unsafe2safe.json"]),  # nobody named that repo
    ("other counts", ["'org/safe3' says that", "it has more or fewer rows than unsafe2safe.json says"]),
    ("a list of other rows", ["'org/safe5': it has rows that were made with another configuration"]),
    ("gated", ["can be used: Cannot read 'org/safe8': access is restricted"]),
    ("gated itself", ["DatasetError Cannot read 'org/safe8': access is restricted"]),
    ("a state", ["'org/safe0': it was made from 0000000, not from"]),
    ("no dataset", ["DatasetError 'org/none' is no file or folder here, and the Hub did not give it"]),
    ("not to be seen", ["'org/secret' itself is not on the Hub, or your token may not see it"]),
    ("a folder", ["DatasetError There is a file or folder of this name here"]),
    ("no name", ["DatasetError This is no name of a dataset"]),
    ("no fallback", ["ConfigError fallback cannot be 'none'"]),
    ("two policies", ["ConfigError The policy was given twice"]),
]


@pytest.mark.parametrize(("call", "parts"), REFUSED)
def test_refusals_say_why(online, hub, tmp, call, parts):
    error = online[call].get("error", "")
    for part in parts:
        assert part in error, online[call]
    for private in (hub.url, str(tmp), "/home/someone"):
        assert private not in error


def test_what_is_worth_knowing_is_said(online):
    assert any(
        "'org/safe0' at " in line and line.endswith(": 2 of 2 rows.") for line in online["by name"]["said"]
    )
    assert "INFO 3 faces in it are there by consent of their people." in online["first rows"]["said"]
    assert any("first 2 rows of each split" in line for line in online["first rows"]["said"])
    said = online["a claim itself accepted"]["said"]
    assert any("WARNING 'org/claims3' only claims to be safe" in line for line in said)
    # which repo stands in is said aloud, and so is what is private
    assert online["by name"]["said"][-1].startswith("WARNING The safe variant is 'org/safe0'")
    assert online["itself"]["said"][-1].startswith("INFO The safe variant is 'org/safe0'")
    assert "WARNING 'org/private' has private columns: private_caption." in online["private columns"]["said"]


OFFLINE = {
    **{call: CALLS[call] for call in ("itself", "by name", "a configuration", "the user's own")},
    "streaming": CALLS["streaming"],
    "a claim": CALLS["a claim"],
    "a claim itself accepted": {**CALLS["a claim itself accepted"], **ERROR},  # not kept
    "stricter": CALLS["stricter"],
    "never loaded": {"name": "org/raw8", **ERROR},
    "never loaded, to be made": {"name": "org/raw8", "fakes": {}},
}


def test_offline_the_same_names_are_found_again(online, hub, tmp):
    before = len(hub.requests)
    found = load(hub, tmp, OFFLINE, HF_HUB_OFFLINE="1")
    assert len(hub.requests) == before
    for call in ("itself", "by name", "a configuration", "the user's own", "streaming"):
        assert found[call].get("rows") == online[call]["rows"], found[call]
        assert found[call]["type"] == online[call]["type"]
    for call in ("a claim", "a claim itself accepted", "never loaded"):
        assert "offline, and no other was loaded before" in found[call]["error"]
    assert "its policy is milder than 'people'" in found["stricter"]["error"]
    assert "cannot be loaded" in found["never loaded, to be made"]["error"]


def test_a_manifest_that_is_gone_from_the_cache_proves_nothing(online, hub, tmp):
    gone = tmp / "gone"
    gone.mkdir()
    found = load(
        hub, tmp, {"by name": {**CALLS["by name"], **ERROR}}, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(gone)
    )
    assert "its unsafe2safe.json is not in the cache any more" in found["by name"]["error"]


def test_the_catalog_of_the_user_goes_first(hub, tmp_path):
    add = "from hf_unsafe2safe.cli.catalog import catalog_app; catalog_app()"
    added = run(hub, tmp_path, "-c", add, "add", "org/raw2", "stranger/safe2")
    assert added.returncode == 0, added.stderr[-3000:]
    found = load(hub, tmp_path, {"trusted": {"name": "org/raw2", **ERROR}})
    assert found["trusted"]["rows"] == {"train": [1, 0]}


def test_a_state_of_the_source(hub, tmp_path):
    commit = hub.revision("org/raw9")
    hub.commit("org/raw9", {"more.txt": b"more"})
    calls = {
        "then": {"name": "org/raw9", "revision": commit, **ERROR},
        "now": {"name": "org/raw9", "revision": "main", **ERROR},
        "any": {"name": "org/raw9", **ERROR},
    }
    hub.commit("org/safe9", {"README.md": card(source="org/raw9")})
    found = load(hub, tmp_path, calls)
    assert [name for name, result in found.items() if "rows" in result] == ["then", "any"], found
    assert f"it was made from {commit[:7]}, not from" in found["now"]["error"]
