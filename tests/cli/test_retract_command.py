"""`unsafe2safe retract` against the loopback Hub."""

import pytest
from huggingface_hub import HfApi
from typer.testing import CliRunner

from hf_unsafe2safe.cli import retract as _  # noqa: F401  (it adds its command)
from hf_unsafe2safe.cli.app import app
from tests.hub.retracting.conftest import hub, settings  # noqa: F401
from tests.hub.retracting.repos import NAMES, REPO, is_gone, key_of, original
from tests.hub.retracting.test_photos import saved_anew
from tests.photos import FOLDER

FOUND, WRONG_CALL, INCOMPLETE = 0, 2, 3


@pytest.fixture
def call(hub, monkeypatch):  # noqa: F811
    # The endpoint of a process is read once, when the client is imported.
    client = HfApi(endpoint=hub.url, token="hf_loopback")
    monkeypatch.setattr("hf_unsafe2safe.hub.retracting.takedown.HfApi", lambda token: client)

    def invoke(*arguments, answers=None):
        """Run the command; with answers somebody is at the terminal."""
        monkeypatch.setattr("hf_unsafe2safe.cli.retract._somebody_is_there", lambda: answers is not None)
        return CliRunner().invoke(app, ["retract", REPO, *map(str, arguments)], input=answers)

    return invoke


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "jane_at_home.jpg"
    path.write_bytes(saved_anew(NAMES[4]))
    return path


def test_removes_and_says_what_it_cannot_do(hub, call):  # noqa: F811
    result = call("--rows", "train/1", "--rows", key_of(NAMES[3]), "--yes")
    assert result.exit_code == FOUND, result.output
    assert "Rows removed from me/photos: 2 (train 2)" in result.output
    assert "Copies that were downloaded before" in result.output
    assert "delete it there too" in result.output
    assert is_gone(hub, NAMES[1])
    assert is_gone(hub, NAMES[3])


def test_asks_before_it_removes(hub, call):  # noqa: F811
    result = call("--rows", "train/1", answers="n\n")
    assert result.exit_code == 1
    assert "Remove 1 of these for ever" in result.output
    assert not is_gone(hub, NAMES[1])
    assert call("--rows", "train/1", answers="y\n").exit_code == FOUND
    assert is_gone(hub, NAMES[1])


def test_refuses_where_nobody_can_be_asked(hub, call):  # noqa: F811
    result = call("--rows", "train/1")
    assert result.exit_code == WRONG_CALL
    assert "Look with --dry-run, then pass --yes." in result.output
    assert not is_gone(hub, NAMES[1])


def test_names_the_keys_before_anything_is_changed(hub, call):  # noqa: F811
    hub.fail("POST", "/commit/", status=403)
    result = call("--rows", "train/1", "--yes")
    assert result.exit_code == WRONG_CALL
    assert f"go on from another machine with: --rows {key_of(NAMES[1])}" in result.output


def test_a_dry_run_asks_nothing(hub, call):  # noqa: F811
    result = call("--rows", "train/1", "--dry-run")
    assert result.exit_code == FOUND
    assert f"train/1           {key_of(NAMES[1])}  named" in result.output
    assert "Dry run: nothing was changed." in result.output
    assert not is_gone(hub, NAMES[1])


def test_asks_for_each_row_that_looks_like_the_photo(hub, call, photo):  # noqa: F811
    result = call("--image", photo, answers="n\n")
    assert result.exit_code == INCOMPLETE
    assert f"train/4           {key_of(NAMES[4])}  likeness" in result.output
    assert "Is it photo 1?" in result.output
    assert "Nothing was changed." in result.output
    assert not is_gone(hub, NAMES[4])
    result = call("--image", photo, answers="y\ny\n")
    assert result.exit_code == FOUND
    assert is_gone(hub, NAMES[4])
    assert "jane" not in result.output


def test_with_yes_it_is_sure_or_leaves_it(hub, call, photo, monkeypatch):  # noqa: F811
    monkeypatch.setattr("hf_unsafe2safe.hub.retracting.finding.SURE", 1.1)
    result = call("--image", photo, "--yes")
    assert result.exit_code == INCOMPLETE
    assert "Left, for they only look like the photo" in result.output
    assert not is_gone(hub, NAMES[4])


def test_the_very_file_needs_no_look(hub, call, tmp_path):  # noqa: F811
    path = tmp_path / "jane_at_home.jpg"
    path.write_bytes(original(NAMES[4]))
    result = call("--image", path, answers="y\n")
    assert result.exit_code == FOUND, result.output
    assert "made from the same file" in result.output
    assert is_gone(hub, NAMES[4])


def test_a_photo_that_is_not_there(call):
    result = call("--image", FOLDER / NAMES[11], "--yes")
    assert result.exit_code == INCOMPLETE
    assert "Not found: photo 1." in result.output
    assert "Other photos of the same person were not looked for." in result.output


WRONG = {
    "nothing named": ([], "No row and no photo was named."),
    "a row that is not there": (["--rows", "train/99"], "No such row in the repo: train/99."),
    "a photo that is not there": (["--image", "/nowhere/jane.jpg"], "photo 1 cannot be read"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls(call, arguments, message):
    result = call(*arguments, "--yes")
    assert result.exit_code == WRONG_CALL
    assert message in result.output
    assert "jane" not in result.output
