"""`review` and `decide`: the loop from a result over a person to the next result, and wrong calls."""

import csv

import pytest
from typer.testing import CliRunner

from hf_unsafe2safe import testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.manifest import read_manifest
from hf_unsafe2safe.review import export_review
from tests.review.samples import PRIVATE, build, decide


@pytest.fixture
def reviewed(tmp_path):
    source, result = build(tmp_path)
    export_review(result, source, tmp_path / "review")
    return source, result, tmp_path / "review"


def call(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_loop(reviewed, tmp_path):
    source, result, _ = reviewed
    options = ["--original", source.root, "--output"]
    code, out, err = call("review", result, *options, tmp_path / "look")
    assert (code, err) == (0, "")
    assert out.startswith("Rows to look at: 4 (rejected 1, failed 2, near_threshold 1)\n")
    assert "keep it on this machine" in out
    decide(tmp_path / "look", train_0="keep_by_consent", train_5="Accept_Fill")
    code, decided, err = call("decide", result, tmp_path / "look", *options, tmp_path / "new")
    assert (code, err) == (0, "")
    assert "Decided, all reviews together: 2 (accept_fill 1, keep_by_consent 1)" in decided
    assert ["edited", "2", "33.3%"] in [line.split() for line in decided.splitlines()]
    assert read_manifest(tmp_path / "new")["statuses"] == {"safe": 2, "edited": 2, "rejected": 0, "failed": 2}
    assert not any(word in out + decided for word in PRIVATE)


def test_a_limit(reviewed, tmp_path):
    source, result, _ = reviewed
    call("review", result, "--original", source.root, "-o", tmp_path / "look", "--limit", 1)
    with (tmp_path / "look" / "decisions.csv").open(newline="") as file:
        assert [line[0] for line in csv.reader(file)] == ["row", "train/0"]


WRONG = {
    "no result": (["review", "PHOTOS", "-o", "NEW"], "There is no finished result in this folder."),
    "among the originals": (["review", "OUT", "-o", "PHOTOS/new"], "The output folder and the originals lie"),
    "in the result": (["review", "OUT", "-o", "OUT/new"], "The output folder and the result lie"),
    "full": (["review", "OUT", "-o", "REVIEW"], "The output folder is not empty. Name a new folder."),
    "no review": (["decide", "OUT", "PHOTOS", "-o", "NEW"], "There is no finished review in this folder."),
    "a wrong word": (["decide", "OUT", "REVIEW", "-o", "NEW"], "an unknown decision for train/4. Known: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(reviewed, tmp_path, case):
    source, result, review = reviewed
    decide(review, train_4="Zebulon")
    arguments, message = WRONG[case]
    places = {"PHOTOS": source.root, "OUT": result, "REVIEW": review, "NEW": tmp_path / "new"}
    for name, place in places.items():
        arguments = [a.replace(name, str(place)) for a in arguments]
    code, out, err = call(*arguments, "--original", source.root)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert message in err
    assert not any(word in err for word in (*PRIVATE, str(tmp_path), "Zebulon"))
    assert not (tmp_path / "new").exists()


def test_another_source(reviewed, tmp_path):
    _, result, _ = reviewed
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(testing.blank())
    code, _, err = call("review", result, "--original", tmp_path / "other", "-o", tmp_path / "new")
    assert (code, err.startswith("Error: Row train/0 of the result was made from another image.")) == (
        2,
        True,
    )
    assert not (tmp_path / "new").exists()
