"""The command line: options, exit codes, and messages without tracebacks, paths or content."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from datasets import load_dataset
from typer.testing import CliRunner

from hf_unsafe2safe import config, testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.cli.sanitize import MOST_LISTED
from tests.runs import listening_to_ctrl_c

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"


@pytest.fixture
def fake_preset(monkeypatch):
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "Wolpertinger"
    root.mkdir()
    for name, data in {"a": testing.with_face(), "b": testing.blank(), "c": testing.with_text()}.items():
        (root / f"{name}_Rumpelstilz.png").write_bytes(data)
    return root


def call(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("fake_preset")
def test_every_row_has_an_image(photos, tmp_path):
    code, out, _ = call("sanitize", photos, "--output", tmp_path / "out")
    assert code == 0
    assert out.splitlines()[:5] == [
        "status       rows    share",
        "safe            1    33.3%",
        "edited          2    66.7%",
        "rejected        0     0.0%",
        "failed          0     0.0%",
    ]
    assert "Risk labels found (rows): people 1, text_or_symbols 1" in out
    assert f"Next: datasets.load_dataset({str(tmp_path / 'out')!r})" in out
    assert "Wolpertinger" not in out
    assert "Rumpelstilz" not in out
    assert testing.SECRET not in out


@pytest.mark.usefixtures("fake_preset")
def test_rows_without_an_image(photos, tmp_path):
    for i in range(MOST_LISTED + 2):
        (photos / f"z{i}_Rumpelstilz.png").write_bytes(b"junk")
    code, out, err = call("sanitize", photos, "-o", tmp_path / "out")
    assert code == 3
    assert "Rows without an image: 22" in out
    assert "  train/3         failed    not_an_image" in out
    assert "  train/22 " in out
    assert "  train/23 " not in out
    assert "  and 2 more" in out
    assert "Rumpelstilz" not in out + err


@pytest.mark.usefixtures("fake_preset")
def test_files_that_no_reader_understood(photos, tmp_path):
    (photos / "Rumpelstilz.HEIC").write_bytes(b"x")
    code, out, _ = call("sanitize", photos, "-o", tmp_path / "out")
    assert code == 3
    assert "Files not read: .heic 1" in out


WRONG = {
    "no source": (["/nowhere/Rumpelstilz", "-o", "OUT"], "There is no such file or folder"),
    "policy": (
        ["PHOTOS", "-o", "OUT", "--policy", "x"],
        "Unknown policy 'x'. Known: default, faces, text, people, strict, groups.",
    ),
    "preset": (
        ["PHOTOS", "-o", "OUT", "--preset", "x"],
        "Unknown preset 'x'. Known: local, paper, quality, api.",
    ),
    "editor": (["PHOTOS", "-o", "OUT", "--editor", "fill,x"], "Unknown editor 'x'. Known: "),
    "encoding": (["PHOTOS", "-o", "OUT", "--encoding", "gif"], "Encoding 'gif' is not known."),
    "seed": (["PHOTOS", "-o", "OUT", "--seed", "-1"], "seed must be a whole number"),
    "split": (["PHOTOS", "-o", "OUT", "--split", "x"], "Split 'x' not found. The source has: train."),
    "column": (
        ["PHOTOS", "-o", "OUT", "--image-column", "x"],
        "Column 'x' not found. The dataset has: image.",
    ),
    "full": (["PHOTOS", "-o", "FULL"], "The output folder holds something that unsafe2safe did not write"),
    "foreign": (["PHOTOS", "-o", "FULL", "--overwrite"], "did not write"),
    "inside": (["PHOTOS", "-o", "PHOTOS/out"], "inside each other"),
    "revision": (["PHOTOS", "-o", "OUT", "--revision", "x"], "revision is for the Hub only"),
    "no config": (
        ["PHOTOS", "-o", "OUT", "--config", "nowhere.yaml"],
        "The config file cannot be read: No such file",
    ),
    "limit": (["PHOTOS", "-o", "OUT", "--limit", "0"], "Invalid value for '--limit'"),
    "no output": (["PHOTOS"], "Missing option '--output'"),
}


@pytest.mark.usefixtures("fake_preset")
@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(photos, tmp_path, case):
    arguments, message = WRONG[case]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    places = {"PHOTOS": str(photos), "OUT": str(tmp_path / "out"), "FULL": str(tmp_path / "full")}
    for name, place in places.items():
        arguments = [a.replace(name, place) for a in arguments]
    code, out, err = call("sanitize", *arguments)
    assert code == 2
    assert message in " ".join(err.split())
    assert out == ""
    assert "Traceback" not in err
    assert "Rumpelstilz" not in err
    assert str(tmp_path) not in err
    assert not (tmp_path / "out").exists()


CONFIGS = {
    "unknown key": (
        "polcy: faces",
        2,
        "Unknown keys in the config file: polcy. Known: preset, policy, inspector,",
    ),
    "private columns": ("private_columns: true", 2, "Unknown keys in the config file: private_columns."),
    "a list": ("[a]", 2, "The config file holds a list."),
    "no yaml": ("a: [\nb: {", 2, "The config file is no YAML at line "),
    "python object": ("seed: !!python/object/apply:os.getpid []", 2, "The config file is no YAML"),
    "a number as preset": ("preset: 3", 2, "preset must be a text, got 3."),
    "empty": ("", 0, ""),
}


@pytest.mark.usefixtures("fake_preset")
@pytest.mark.parametrize("case", CONFIGS)
def test_config_files(photos, tmp_path, case):
    text, expected, message = CONFIGS[case]
    (tmp_path / "c.yaml").write_text(text)
    code, _, err = call("sanitize", photos, "-o", tmp_path / "out", "--config", tmp_path / "c.yaml")
    assert code == expected
    assert message in err


@pytest.mark.usefixtures("fake_preset")
def test_options_win_over_the_config_file(photos, tmp_path):
    (tmp_path / "c.yaml").write_text(
        "seed: 5\npolicy: {name: mine, edit: [face]}\neditor: {face: fill}\nencoding: png\n"
    )
    options = ["--config", tmp_path / "c.yaml", "--seed", "9", "--limit", "1", "--num-proc", "1"]
    assert call("sanitize", photos, "-o", tmp_path / "out", *options)[0] == 0
    values = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert values["config"]["seed"] == 9
    assert values["config"]["policy"]["name"] == "mine"
    assert values["config"]["encoding"] == "png"
    assert values["limit"] == values["rows"] == 1
    assert "--config CONFIG.yaml --seed 9" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.usefixtures("fake_preset")
def test_a_chain_of_editors(photos, tmp_path):
    assert call("sanitize", photos, "-o", tmp_path / "out", "--editor", "inpaint, fill")[0] == 0
    values = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert values["config"]["editor"] == ["inpaint", "fill"]


@pytest.mark.usefixtures("fake_preset")
def test_keep_labels(photos, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "classes" / name).mkdir(parents=True)
        (tmp_path / "classes" / name / "a.png").write_bytes(testing.blank())
    code, out, _ = call("sanitize", tmp_path / "classes", "-o", tmp_path / "out", "--keep-labels")
    assert code == 0
    assert "Columns passed through, not inspected: label ClassLabel" in out
    assert load_dataset(str(tmp_path / "out"), split="train").features["label"].names == ["cat", "dog"]


@pytest.mark.usefixtures("fake_preset")
def test_what_is_no_wrong_call_exits_with_1(photos, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "/secret/Rumpelstilz")

    monkeypatch.setattr("hf_unsafe2safe.cli.sanitize.materialize", full)
    assert call("sanitize", photos, "-o", tmp_path / "out") == (1, "", "Error: No space left on device.\n")


def shell(*arguments, **options):
    command = [sys.executable, "-m", "hf_unsafe2safe.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


@pytest.mark.slow
def test_real_photos_in_a_new_process(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("neg_cat.png", "people_astronaut.jpg"):
        (tmp_path / "in" / name).write_bytes((PHOTOS / name).read_bytes())
    done = shell("sanitize", tmp_path / "in", "--output", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    loaded = load_dataset(str(tmp_path / "out"), split="train")
    assert loaded["privacy_status"] == [0, 1]
    assert loaded[1]["image"].size == (512, 512)
    again = shell("sanitize", tmp_path / "in", "--output", tmp_path / "two", "--num-proc", "2")
    assert (again.returncode, again.stderr) == (0, "")
    names = ["data/train-00000-of-00001.parquet", "private/train-00000-of-00001.parquet"]
    assert all((tmp_path / "out" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
    wrong = shell("sanitize", tmp_path / "in", "--output", tmp_path / "out", "--seed", "1")
    assert wrong.returncode == 2
    assert "The output folder is not empty" in wrong.stderr


@pytest.mark.slow
def test_interrupted(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(200):
        photo = (PHOTOS / "people_astronaut.jpg").read_bytes()  # all different: equal ones are worked on once
        (tmp_path / "in" / f"{i}.jpg").write_bytes(photo + bytes(i))
    command = [
        sys.executable,
        "-m",
        "hf_unsafe2safe.cli",
        "sanitize",
        tmp_path / "in",
        "-o",
        tmp_path / "out",
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listening_to_ctrl_c,
    )
    while not (tmp_path / "out" / ".unfinished").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == ("Error: Interrupted. Run the same command again to go on.")
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_help_and_version_are_light():
    code = (
        "import sys; from hf_unsafe2safe.cli import app\ntry: app(['--help'])\nfinally: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "sanitize" in done.stdout
    assert not {"datasets", "numpy", "pyarrow", "yaml", "PIL", "rich"} & set(
        done.stdout.split("\n")[-2].split()
    )
    version = shell("--version", env={**os.environ, "COLUMNS": "80"})
    assert version.stdout == f"unsafe2safe {config.package_version()}\n"
