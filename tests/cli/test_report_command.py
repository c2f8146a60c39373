"""`report`: the page at its usual place, with and without originals, and wrong calls."""

import stat

import pytest
from datasets import load_dataset
from typer.testing import CliRunner

from hf_unsafe2safe import testing
from hf_unsafe2safe.cli import app
from tests.report.samples import rows_in
from tests.review.samples import PRIVATE, build


@pytest.fixture
def made(tmp_path):
    source, result = build(tmp_path)
    return source.root, result


def call(*arguments):
    done = CliRunner().invoke(app, ["report", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def test_without_originals(made):
    _, result = made
    code, out, err = call(result)
    page = result / "report.html"
    assert (code, err) == (0, "")
    assert out == f"Report: {page} (6 rows)\n  It shows private texts: keep it on this machine.\n"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert not any(row["original"] for row in rows_in(page).values())
    assert load_dataset(str(result))["train"].num_rows == 6


def test_with_originals(made, tmp_path):
    photos, result = made
    code, out, _ = call(result, "--original", photos, "--output", tmp_path / "page.html", "--limit", 1)
    assert code == 0
    assert "(1 rows)\n  It shows originals and private texts: keep it on this machine." in out
    (row,) = rows_in(tmp_path / "page.html").values()
    assert isinstance(row["original"], str)
    assert not any(word in out for word in PRIVATE)


WRONG = {
    "no result": (["PHOTOS"], "There is no finished result in this folder."),
    "another source": (
        ["OUT", "--original", "OTHER"],
        "Row train/0 of the result was made from another image.",
    ),
    "among the originals": (["OUT", "--original", "PHOTOS", "-o", "PHOTOS/r.html"], "among the originals"),
    "would be published": (["OUT", "-o", "OUT/data/report.html"], "where the result is published from"),
    "no page": (["OUT", "-o", "page.pdf"], "A report is an HTML file."),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(made, tmp_path, case):
    photos, result = made
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(testing.blank())
    arguments, message = WRONG[case]
    for name, place in {"PHOTOS": photos, "OUT": result, "OTHER": tmp_path / "other"}.items():
        arguments = [argument.replace(name, str(place)) for argument in arguments]
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert message in err
    assert not any(word in err for word in (*PRIVATE, str(tmp_path)))
    assert not list(tmp_path.rglob("*.html"))
