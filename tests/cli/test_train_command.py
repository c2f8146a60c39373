"""`unsafe2safe train` and `publish-editor`: options, refusals, exit codes. No training is begun."""

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe.cli import app
from hf_unsafe2safe.training.reading import read_config


def call(*arguments):
    made = CliRunner().invoke(app, [*map(str, arguments)])
    if made.exception and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.exit_code, made.stdout, made.stderr


def test_all_options_are_listed():
    code, text, err = call("train", "--options")
    assert (code, err) == (0, "")
    assert "--identity-weight" in text


def test_a_config_is_written_once(tmp_path):
    file = tmp_path / "train.yaml"
    assert call("train", "--steps", "12", "--write-config", file)[0] == 0
    assert read_config(file).optimization.steps == 12
    code, _, err = call("train", "--write-config", file)
    assert code == 2
    assert "nothing was overwritten" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "No triplets are named"),
        (("--triplets", "t"), "No output folder"),
        (("--stepps", "5"), "no option --stepps"),
        (("--steps", "/secret"), "steps must be a whole number"),
        (("--config", "/secret"), "config file cannot be read"),
    ],
)
def test_wrong_calls(arguments, message):
    code, text, err = call("train", *arguments)
    assert (code, text) == (2, "")
    assert message in err
    assert "secret" not in err


def test_publishing_no_run(tmp_path):
    code, _, err = call("publish-editor", tmp_path / "secret", "me/editor")
    assert code == 2
    assert "no finished training run" in err
    assert "secret" not in err
