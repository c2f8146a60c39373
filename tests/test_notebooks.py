"""Every notebook runs from its first cell to its last, and its stored outputs are fit to be shown."""

import getpass
import json
import re
import socket
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
MOST_BYTES = 300_000
# A path from the root, an address of this machine, colours of a traceback.
OF_THIS_MACHINE = re.compile(
    r"/(?:home|root|tmp|usr|opt|var|work|Users|private)/|127\.0\.0\.1|localhost|\\u001b"
)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def outputs_of(book):
    """Return the outputs of every cell of code, without the bytes of pictures."""
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    return [
        [
            {**o, "data": {k: v for k, v in o.get("data", {}).items() if k != "image/jpeg"}}
            for o in cell.outputs
        ]
        for cell in cells
    ]


def kinds_of(outputs):
    """Return what a cell shows; a stream may come in one piece or in several."""
    return {(output["output_type"], output.get("name")) for output in outputs}


QUICK = ("03_finetune_editor",)  # of the others what they show is tested elsewhere


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(one, marks=() if one.stem in QUICK else pytest.mark.slow, id=one.stem)
        for one in NOTEBOOKS
    ],
)
def test_it_runs(path, tmp_path, monkeypatch):
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    book = nbformat.read(path, as_version=4)
    stored = [kinds_of(outputs) for outputs in outputs_of(book)]
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(book, timeout=300, kernel_name="python3", resources=place).execute()
    outputs = outputs_of(book)
    assert [kinds_of(shown) for shown in outputs] == stored
    assert not OF_THIS_MACHINE.search(json.dumps(outputs))


def test_what_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert book.metadata == METADATA
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)], "run it from the top"
    shown = [output for cell in code for output in cell.outputs]
    assert any("image/jpeg" in output.get("data", {}) for output in shown)
    assert kinds_of(shown) <= {("execute_result", None), ("stream", "stdout")}
    stored = json.dumps(outputs_of(book))
    assert not OF_THIS_MACHINE.search(stored)
    names = {getpass.getuser(), socket.gethostname()} - {"root", "localhost"}
    assert not [name for name in names if name in stored]


def test_there_is_one():
    assert NOTEBOOKS
