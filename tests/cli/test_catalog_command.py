"""`unsafe2safe catalog list|add|search`."""

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe.cli.catalog import catalog_app
from tests.hub.clients import run
from tests.hub.loading.safe_repos import card, raw_repo, safe_repo
from tests.loopback_hub import LoopbackHub

COMMAND = "from hf_unsafe2safe.cli.catalog import catalog_app; catalog_app()"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("UNSAFE2SAFE_SETTINGS", str(tmp_path / "settings"))
    return tmp_path / "settings"


def catalog(*arguments):
    result = CliRunner().invoke(catalog_app, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_what_is_added_is_listed(settings):
    assert catalog("list")[1].startswith("The catalogs are empty.")
    assert catalog("add", "org/raw", "org/raw-safe", "--unchecked")[0] == 0
    added = catalog("add", "org/raw", "me/s", "--config-name", "small", "--revision", "v1", "--unchecked")
    assert added == (0, "Added to your catalog: org/raw -> me/s\n", "")
    code, text, _ = catalog("list")
    assert code == 0
    assert [line.split() for line in text.splitlines()] == [
        ["source", "safe", "config", "revision", "where", "from"],
        ["org/raw", "me/s", "small", "v1", "your", "catalog"],
        ["org/raw", "org/raw-safe", "your", "catalog"],
    ]


@pytest.mark.parametrize("source", ["/home/someone/photos", "org/raw-safe", "a/b/c", ""])
def test_names_that_are_none(settings, source):
    code, text, error = catalog("add", source, "org/raw-safe", "--unchecked")
    assert (code, text) == (2, "")
    assert error.startswith("Error: Catalog: ")
    assert not settings.exists()


def test_a_damaged_catalog(settings):
    settings.mkdir()
    (settings / "catalog.yaml").write_text("- {source: a/b}")
    code, _, error = catalog("list")
    assert code == 2
    assert error.startswith("Error: Your catalog has an entry of another form.")
    assert str(settings) not in error


@pytest.fixture(scope="module")
def hub():
    with LoopbackHub() as hub:
        hub.make("org/raw", files=raw_repo(), private=False)
        hub.make("stranger/good", files=safe_repo(), private=False)
        hub.make("org/mild", files=safe_repo("faces"), private=False)
        hub.make("org/claim", files={"README.md": card()}, private=False)
        yield hub


@pytest.mark.slow
def test_search_shows_what_comes_of_the_checks(hub, tmp_path):
    done = run(hub, tmp_path, "-c", COMMAND, "search", "org/raw")
    assert done.returncode == 3, done.stderr
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["safe", "config", "where", "from", "checks"]
    claim, mild, good = lines
    assert claim.endswith("refused: it has no unsafe2safe.json")
    assert "refused: its policy is milder than 'default': address is not edited" in mild
    assert good.endswith("of somebody else, not used until you add it; passes: policy 'default', 2 rows")
    milder = run(hub, tmp_path, "-c", COMMAND, "search", "org/raw", "--policy", "faces")
    assert milder.returncode == 0, milder.stderr
    assert "passes: policy 'faces', 2 rows" in milder.stdout
    nothing = run(hub, tmp_path, "-c", COMMAND, "search", "org/none")
    assert (nothing.returncode, nothing.stdout.startswith("Nobody published")) == (3, True)


@pytest.mark.slow
def test_adding_checks_first(hub, tmp_path):
    claim = run(hub, tmp_path, "-c", COMMAND, "add", "org/raw", "org/claim")
    assert claim.returncode == 2
    assert "Error: Not added: 'org/claim' is refused: it has no unsafe2safe.json." in claim.stderr
    missing = run(hub, tmp_path, "-c", COMMAND, "add", "org/raw", "org/none")
    assert "there is no such repo or revision" in missing.stderr
    other = run(hub, tmp_path, "-c", COMMAND, "add", "org/another", "stranger/good")
    assert "'stranger/good' (default) is refused: it was made from another dataset, 'org/raw'" in other.stderr
    offline = run(hub, tmp_path, "-c", COMMAND, "add", "org/raw", "stranger/good", HF_HUB_OFFLINE="1")
    assert "offline mode is on" in offline.stderr
    assert "--unchecked" in offline.stderr
    good = run(hub, tmp_path, "-c", COMMAND, "add", "org/raw", "stranger/good")
    assert good.returncode == 0, good.stderr
    assert "stranger/good (default): policy 'default', 2 rows" in good.stdout
    done = run(hub, tmp_path, "-c", COMMAND, "search", "org/raw")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:4] == ["stranger/good", "default", "your", "catalog"]
