"""`unsafe2safe publish`: what is printed, exit codes, and where a person is asked."""

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe.cli import app
from hf_unsafe2safe.cli import publish as command
from tests.hub.publishing.results import REPO, changing, hub, result, rows, settings, table

FIXTURES = (hub, settings)


def call(*arguments, **options):
    made = CliRunner().invoke(app, ["publish", *map(str, arguments)], **options)
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.exit_code, made.stdout, made.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("private") / "Wolpertinger"
    return result(folder, rows(3, note=["cat", "Jane Doe", "dog"], number=[1, 2, 3]))


def test_a_dry_run_shows_the_plan(out, hub):
    code, text, err = call(out, REPO, "--dry-run")
    assert (code, err, hub.received) == (0, "", [])
    assert text.startswith(f"To {REPO} (private)\n\nRows: 3 in 1 file, ")
    assert "  number                  int64\n" in text
    assert "  note                    a text did not pass the text inspection" in text
    assert "The source states no licence" in text
    assert text.rstrip().splitlines()[-1].startswith("Dry run: nothing was sent")
    assert not any(word in text for word in ("Wolpertinger", "Quillfeather", "Jane"))


def test_publish_and_again(out, hub):
    code, text, err = call(out, REPO, "--passing", "note", "--contact", "privacy@example.org")
    assert (code, err) == (0, "")
    assert f"Published: {hub.revision(REPO)}\nNext: datasets.load_dataset('{REPO}')\n" in text
    assert "Values of note that stay here, one by one: 1" in text
    assert table(hub)["note"].to_pylist() == ["cat", None, "dog"]
    assert "privacy@example.org" in hub.files[REPO]["README.md"].decode()
    sent = len(changing(hub))
    code, text, _ = call(out, REPO, "--passing", "note")
    assert (code, len(changing(hub))) == (0, sent)
    assert "The repo holds all of this already: nothing was changed." in text


def test_all_options_arrive(out, hub, tmp_path):
    planted = tmp_path / "planted.txt"
    planted.write_text("\nRumpelstilz\n")
    options = ["--config-name", "mine", "--gated", "manual", "--column", "note", "--revision", "next"]
    options += ["--include-private", "private_caption", "--without-image", "null", "--license", "mit"]
    options += ["--leave-out", "train/0", "--leave-out", "train/1", "--verify", "all", "--planted", planted]
    code, text, _ = call(out, REPO, *options, "--max-shard-size", "1MB")
    assert code == 0
    rows = table(hub, start="data/mine/train-", revision="next")
    assert rows["note"].to_pylist() == ["dog"]
    assert "private_caption" in rows.column_names
    assert hub.settings[REPO]["gated"] == "manual"
    assert "license: mit" in hub.at(REPO, "next")["README.md"].decode()
    assert "Inspected again as they will go up: 0 of 1 images" in text  # nothing that the models know
    code, text, _ = call(out, REPO, "--create-pr", "--public")
    assert code == 2
    assert list(hub.pulls(REPO)) == []
    assert call(out, REPO, "--create-pr")[0] == 0
    assert list(hub.pulls(REPO)) == ["refs/pr/1"]
    assert call(out, "me/open", "--public")[0] == 0
    assert not hub.settings["me/open"]["private"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--verify", "some"], 2, "verify must be a number of rows or 'all'"),
        (["--verify", "0"], 2, "verify must be a number of rows from 1 or 'all'"),
        (["--column", "missing"], 2, "Columns not found: missing"),
        (["--column", "private_caption"], 2, "Refusing to publish private columns: private_caption"),
        (["--planted", "nowhere/Rumpelstilz.txt"], 1, "The file with planted strings cannot be read"),
        (["--max-shard-size", "much"], 2, "max_shard_size"),
        (
            ["--leave-out", "train/0", "--leave-out", "train/1", "--leave-out", "train/2"],
            2,
            "no row to publish",
        ),
    ],
)
def test_calls_that_are_refused(out, hub, arguments, code, message):
    got, text, err = call(out, REPO, *arguments)
    assert (got, text) == (code, "")
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in err
    assert "Rumpelstilz" not in err
    assert changing(hub) == []


def test_a_folder_that_is_no_result(tmp_path, hub):
    code, _, err = call(tmp_path, REPO)
    assert code == 2
    assert "There is no finished result in this folder" in err
    assert str(tmp_path) not in err


def test_a_hub_that_does_not_answer(out, hub):
    hub.fail("POST", "/commit/", times=99)
    code, _, err = call(out, REPO)
    assert code == 1  # the same call may work later
    assert "Cannot commit: the Hub did not answer as it should, 5 times (status 500)" in err
    hub.heal()
    assert call(out, REPO)[0] == 0


def test_ctrl_c(out, hub, monkeypatch):
    def interrupt(done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_progress", interrupt)
    code, _, err = call(out, REPO)
    assert code == 130
    assert "Interrupted. Run the same again" in err
    assert list(hub.files[REPO]) == [".gitattributes"]


def test_other_settings_ask_where_somebody_can_answer(out, hub, tmp_path, monkeypatch):
    other = result(tmp_path / "other", rows(2), seed=1)
    assert call(out, REPO)[0] == 0
    code, _, err = call(other, REPO)
    assert code == 2
    assert "'default' is published already, with other settings" in err
    assert "--replace" in err

    class Person:
        """Standard input of a terminal; `CliRunner` gives none."""

        stdin = type("Stdin", (), {"isatty": staticmethod(lambda: True)})
        stderr = type("Stderr", (), {"isatty": staticmethod(lambda: False)})

    monkeypatch.setattr(command, "sys", Person)
    assert call(other, REPO, input="n\n")[0] == 2
    assert len(table(hub)) == 3
    code, text, _ = call(other, REPO, input="y\n")
    assert code == 0
    assert "Replace it? [y/N]: y" in text
    assert len(table(hub)) == 2
    assert call(out, REPO, "--replace")[0] == 0
    assert len(table(hub)) == 3
