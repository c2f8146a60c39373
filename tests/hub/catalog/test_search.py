"""Who is believed among those that the Hub finds, and in which order repos are looked at."""

import pytest

from hf_unsafe2safe.errors import PublishError
from hf_unsafe2safe.hub.catalog.entries import Entry
from hf_unsafe2safe.hub.catalog.files import OWN, add
from hf_unsafe2safe.hub.catalog.search import Hit, search
from hf_unsafe2safe.hub.loading.candidates import FOUND, candidates
from tests.hub.clients import api
from tests.hub.loading.safe_repos import card
from tests.loopback_hub import LoopbackHub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("UNSAFE2SAFE_SETTINGS", str(tmp_path))
    with LoopbackHub() as hub:
        for repo in ("org/raw-safe", "me/raw-safe", "stranger/raw-safe", "organisation/raw-safe"):
            hub.make(repo, files={"README.md": card()}, private=False)
        hub.make("me/other-safe", files={"README.md": card(source="org/other")}, private=False)
        hub.make("org/untagged", files={"README.md": card(tags="photos")}, private=False)
        hub.make("org/hidden", files={"README.md": card()})  # private, of somebody else
        yield hub


# token, source -> repos that are trusted, and those that are not
BELIEVED = [
    # the owner of the source and the user
    (
        "hf_loopback",
        "org/raw",
        ["me/raw-safe", "org/raw-safe"],
        ["organisation/raw-safe", "stranger/raw-safe"],
    ),
    # nobody is logged in
    (False, "org/raw", ["org/raw-safe"], ["me/raw-safe", "organisation/raw-safe", "stranger/raw-safe"]),
    ("hf_loopback", "org/other", ["me/other-safe"], []),
    (False, "org/other", [], ["me/other-safe"]),
    ("hf_loopback", "org/none", [], []),
]


@pytest.mark.parametrize(("token", "source", "trusted", "others"), BELIEVED)
def test_only_the_owner_of_the_source_and_the_user_are_believed(hub, token, source, trusted, others):
    found = search(api(hub, token=token), source)
    assert found == (*(Hit(repo, True) for repo in trusted), *(Hit(repo, False) for repo in others))


def test_a_source_without_an_owner_is_nobodys(hub):
    hub.make("me/mnist-safe", files={"README.md": card(source="mnist")}, private=False)
    hub.make("mnist-safe", files={"README.md": card(source="mnist")}, private=False)
    assert search(api(hub, token=False), "mnist") == (Hit("me/mnist-safe", False), Hit("mnist-safe", False))


def test_who_is_logged_in_is_asked_only_where_it_matters(hub):
    hub.make("org/two-safe", files={"README.md": card(source="org/two")}, private=False)
    search(api(hub), "org/two")
    assert not [path for _, path, _ in hub.requests if "whoami" in path]


def test_where_the_hub_does_not_say_who_is_logged_in_nobody_is(hub):
    hub.fail("GET", "whoami", status=403, times=9)
    assert [hit.repo_id for hit in search(api(hub), "org/raw") if hit.trusted] == ["org/raw-safe"]


def test_catalogs_come_first_and_each_repo_once(hub):
    add(Entry("org/raw", "stranger/raw-safe", revision="v1"))
    add(Entry("org/raw", "org/elsewhere", config="small"))
    found = [(one.repo_id, one.where, one.trusted) for one in candidates(api(hub), "org/raw", None)]
    assert found == [
        ("org/elsewhere", OWN, True),
        ("stranger/raw-safe", OWN, True),  # the user vouches for it
        ("me/raw-safe", FOUND, True),
        ("org/raw-safe", FOUND, True),
        ("organisation/raw-safe", FOUND, False),
    ]
    named = [one.repo_id for one in candidates(api(hub), "org/raw", "large")]
    assert named[0] == "stranger/raw-safe"
    assert "org/elsewhere" not in named


def test_what_catalogs_name_comes_before_the_hub_is_asked(hub):
    add(Entry("org/raw", "org/elsewhere"))
    hub.fail("GET", "/api/datasets", status=403, times=9)
    found = candidates(api(hub), "org/raw", None)
    assert next(found).repo_id == "org/elsewhere"
    assert hub.requests == []
    with pytest.raises(PublishError, match="search the Hub"):
        next(found)
