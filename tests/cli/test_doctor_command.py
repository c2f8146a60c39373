"""`unsafe2safe doctor`: what is here, what is not, and no path of this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe import config, testing, weights
from hf_unsafe2safe.cli import app, checks
from hf_unsafe2safe.cli.lines import MISSING, OK, WARNING, Line
from hf_unsafe2safe.errors import StageError


class Raises(testing.FakeInspector):
    """Fails the self-test as a library would."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def inspect(self, images, kinds):
        raise self.error


def local(monkeypatch, inspector):
    fakes = testing.fakes(inspector=inspector)
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **fakes})


def doctor():
    result = CliRunner().invoke(app, ["doctor"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.mark.slow
def test_this_machine_can_run_the_preset_local():
    command = [sys.executable, "-m", "hf_unsafe2safe.cli", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-1] == "The preset local can run here."
    for what in ("Python", "datasets", "models of rapidocr", "cores", "cache of datasets", "torch"):
        assert any(line.split(None, 1)[1].startswith(what) for line in lines if line), what
    assert any(line.startswith("ok       self-test of local ") and line.endswith(" s") for line in lines)
    assert max(map(len, lines)) <= 80
    for path in (str(Path.home()), sys.prefix, os.environ["HF_HOME"]):
        assert path not in done.stdout


INSPECTORS = {
    # what the self-test meets, what is shown of it
    "blind": (
        testing.FakeInspector(blind=True),
        "failed   self-test of local",
        "did not find the known face",
    ),
    "stage": (Raises(StageError("inspect_failed")), "failed   self-test of local", "inspect_failed"),
    "nothing": (testing.FakeInspector(), "", "The preset local can run here."),
    "library": (Raises(RuntimeError("/secret/Rumpelstilz")), "failed   self-test of local", "RuntimeError"),
    "import": (
        Raises(ImportError("/secret/Rumpelstilz.so", name="zxingcpp")),
        "missing  zxingcpp",
        "imported",
    ),
}


@pytest.mark.parametrize("case", INSPECTORS)
def test_the_self_test_is_really_run(case, monkeypatch):
    inspector, start, words = INSPECTORS[case]
    local(monkeypatch, inspector)
    code, out = doctor()
    assert code == (1 if start else 0)
    assert any(line.startswith(start) and words in line for line in out.splitlines())
    assert "Rumpelstilz" not in out
    assert ("The preset local cannot run here." in out) == bool(start)


def test_damaged_weights(monkeypatch):
    local(monkeypatch, testing.FakeInspector())
    monkeypatch.setitem(weights.SHA256, "selfie_256", "0" * 64)
    code, out = doctor()
    assert code == 1
    assert "missing  models of hf-unsafe2safe        missing or damaged: selfie_256\n" in out


def test_packages_and_their_versions():
    assert checks.package("no-such-package", ">=1") == Line(
        MISSING, "no-such-package", "not installed; needed: >=1", 'pip install "no-such-package>=1"'
    )
    found = checks.package("numpy", ">=999")
    assert (found.level, found.cure) == (WARNING, 'pip install "numpy>=999"')
    assert checks.package("numpy", ">=2").level == OK


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that makes a package look installed, with files and the hashes of others."""

    def install(name, record=""):
        about = tmp_path / f"{name.replace('-', '_')}-9.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.0\n")
        (about / "RECORD").write_text(record)
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path

    return install


def test_opencv_twice_is_a_warning(installed, monkeypatch):
    assert list(checks.opencv()) == []
    installed("opencv-python")
    (line,) = checks.opencv()
    assert (line.level, line.state) == (WARNING, "installed twice: also opencv-python")
    local(monkeypatch, testing.FakeInspector())
    assert doctor()[0] == 0


HASH = "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"  # of b"abc"
MODELS = [
    # RECORD, content of the file, level
    (f"r/a.onnx,{HASH},3\n", b"abc", OK),
    (f"r/a.onnx,{HASH},3\n", b"abd", MISSING),
    (f"r/a.onnx,{HASH},3\n", None, MISSING),
    ("r/a.onnx,,\n", b"abc", MISSING),  # no hash, nothing to go by
    ("r/a.py,,\n", b"abc", MISSING),  # no models at all
]


@pytest.mark.parametrize(("record", "content", "level"), MODELS)
def test_models_of_other_packages(installed, record, content, level):
    root = installed("rapidocr", record)
    (root / "r").mkdir()
    if content is not None:
        (root / "r" / "a.onnx").write_bytes(content)
    line = next(line for line in checks.models() if line.what == "models of rapidocr")
    assert line.level == level


TORCH = {
    # what there is of torch, what is shown of it
    "raise OSError('libcudart.so: /secret')": (WARNING, "cannot be imported: OSError"),
    "__version__ = '9.0'\nclass cuda:\n    is_available = staticmethod(lambda: False)": (
        OK,
        "9.0, without CUDA",
    ),
}


@pytest.mark.parametrize("source", TORCH)
def test_torch_is_looked_at_where_it_is(source, tmp_path):
    (tmp_path / "torch.py").write_text(source)
    code = "from hf_unsafe2safe.cli.checks import torch; print([(x.level, x.state) for x in torch()])"
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == f"{[TORCH[source]]}\n"


def test_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "a" / "b")
    (line,) = checks.cache()
    assert (line.level, line.state.partition(",")[0]) == (OK, "writable")
    assert not (tmp_path / "a").exists()
    monkeypatch.setattr(checks, "LEAST_DISK", 1e9)
    (line,) = checks.cache()
    assert (line.level, line.cure) == (WARNING, "Make room, or set HF_HOME to another disk.")
    (tmp_path / "a").write_text("a file")
    (line,) = checks.cache()
    assert (line.level, line.state) == (WARNING, "cannot be written")
