"""`unsafe2safe inspect`: tables on the terminal and a file, exit codes, nothing private."""

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hf_unsafe2safe import config, testing
from hf_unsafe2safe.cli import app
from tests.photos import FOLDER


@pytest.fixture(autouse=True)
def _fake_preset(monkeypatch):
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "Wolpertinger"
    root.mkdir()
    cells = {
        "a": testing.with_face(),
        "b": testing.blank(),
        "c": testing.with_text(),
        "d": testing.with_face(),
    }
    for name, data in cells.items():
        (root / f"{name}_Rumpelstilz.png").write_bytes(data)
    return root


def call(*arguments):
    result = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_what_is_shown(photos):
    code, out, _ = call(photos, "--policy", "faces")
    assert code == 0
    assert out == (
        "                                   rows    share\n"
        "rows                                  4   100.0%\n"
        "flagged                               2    50.0%\n"
        "would be edited                       2    50.0%\n"
        "failed                                0     0.0%\n"
        "\n"
        "risk group                         rows    share\n"
        "people                                2    50.0%\n"
        "text_or_symbols                       1    25.0%\n"
        "\n"
        "kind                               rows    found  policy\n"
        "face                                  2        2  edited\n"
        "name                                  1        1  -\n"
        "\n"
        "This is inspection alone: `sanitize` looks twice and may find more.\n"
    )


def test_what_was_not_inspected(photos, monkeypatch):
    monkeypatch.setattr(testing.FakeInspector, "covers", ("face", "name", "code"))
    for name in ("x", "y"):
        (photos / f"{name}_Rumpelstilz.png").write_bytes(b"junk")
    (photos / "Rumpelstilz.HEIC").write_bytes(b"x")
    code, out, err = call(photos, "--allow-uncovered")
    assert code == 3
    assert "failed                                2    33.3%\n" in out
    assert "Not found: code\n" in out
    assert "Not looked for, though the policy names them: address, " in out
    assert "Failed (rows): not_an_image 2\n" in out
    assert "Files not read: .heic 1\n" in out
    assert max(map(len, out.splitlines())) <= 80
    for private in ("Rumpelstilz", "Wolpertinger", testing.SECRET):
        assert private not in out + err


@pytest.mark.parametrize("extension", ["csv", "json", "parquet"])
def test_files_hold_no_private_word(photos, tmp_path, extension):
    file = tmp_path / f"rows.{extension}"
    code, out, _ = call(photos, "-o", file)
    assert code == 0
    assert out.endswith(f"Rows: {file}\n")
    written = file.read_bytes()
    for private in ("Rumpelstilz", "Wolpertinger", testing.SECRET):
        assert private.encode() not in written
    if extension == "parquet":
        assert pq.read_table(file)["n_face"].to_pylist() == [1, 0, 0, 1]
    if extension == "json":
        assert [row["row"] for row in json.loads(written)] == [f"train/{i}" for i in range(4)]
    assert sorted(path.name for path in photos.iterdir()) == [f"{c}_Rumpelstilz.png" for c in "abcd"]


def test_options_reach_the_survey(photos, tmp_path):
    (tmp_path / "c.yaml").write_text("policy: text\n")
    _, out, _ = call(photos, "--config", tmp_path / "c.yaml", "--limit", "1", "--num-proc", "2")
    assert "rows                                  1   100.0%\n" in out
    assert "flagged                               0     0.0%\n" in out  # a face, which `text` does not name


WRONG = {
    "extension": (["PHOTOS", "-o", "OUT.txt"], "has the extension '.txt'. Known: .csv, .json, .parquet."),
    "there": (["PHOTOS", "-o", "FULL.csv"], "exists already. Pass --overwrite to replace it"),
    "inside": (["PHOTOS", "-o", "PHOTOS/a.csv"], "would lie among the originals"),
    "no source": (["/nowhere/Rumpelstilz"], "There is no such file or folder"),
    "policy": (["PHOTOS", "--policy", "x"], "Unknown policy 'x'. Known: default,"),
    "split": (["PHOTOS", "--split", "x"], "Split 'x' not found."),
    "limit": (["PHOTOS", "--limit", "0"], "Invalid value for '--limit'"),
    "column": (["PHOTOS", "--image-column", "x"], "Column 'x' not found."),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(photos, tmp_path, case):
    arguments, message = WRONG[case]
    (tmp_path / "full.csv").write_text("x")
    for name, place in {"PHOTOS": photos, "OUT": tmp_path / "out", "FULL": tmp_path / "full"}.items():
        arguments = [a.replace(name, str(place)) for a in arguments]
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Rumpelstilz" not in err
    assert str(tmp_path) not in err
    assert (tmp_path / "full.csv").read_text() == "x"
    assert not list(tmp_path.glob("out*"))


def test_a_file_is_replaced_on_request(photos, tmp_path):
    (tmp_path / "a.csv").write_text("x")
    assert call(photos, "-o", tmp_path / "a.csv", "--overwrite")[0] == 0
    assert (tmp_path / "a.csv").read_text().startswith("row,outcome,privacy_flag,")


@pytest.mark.slow
def test_real_photos_in_a_new_process(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("neg_cat.png", "people_astronaut.jpg"):
        (tmp_path / "in" / name).write_bytes((FOLDER / name).read_bytes())
    command = [
        sys.executable,
        "-m",
        "hf_unsafe2safe.cli",
        "inspect",
        tmp_path / "in",
        "-o",
        tmp_path / "a.json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    cat, astronaut = json.loads((tmp_path / "a.json").read_text())
    assert (cat["would_edit"], cat["n_face"]) == (False, 0)
    assert (astronaut["would_edit"], astronaut["n_face"]) == (True, 1)
    assert "people" in astronaut["risk_labels"]
