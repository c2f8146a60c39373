"""`decisions.csv` as spreadsheets save it, and what in it is no decision."""

import pytest

from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.review import apply_review
from hf_unsafe2safe.review.decisions import check_decisions, decisions_csv, read_decisions

HEADER = "row,status,reason,why,decision\n"


def read(tmp_path, text):
    file = tmp_path / "decisions.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_decisions(file)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}train/0,edited,x,y,drop\ntrain/1,safe,x,y,\n",
        f"{HEADER}train/0,edited,x,y,drop\ntrain/1,safe,x,y,\n".replace("\n", "\r\n"),
        f"{HEADER}train/0,edited,x,y,drop\ntrain/1,safe,x,y,\n".replace(
            ",", ";"
        ),  # where the comma is decimal
        f"{HEADER}train/0,edited,x,y,drop\ntrain/1,safe,x,y,\n".replace(",", "\t"),
        b"\xef\xbb\xbf" + f"{HEADER}train/0,edited,x,y,drop\ntrain/1,safe,x,y,\n".encode(),  # "CSV UTF-8"
        '"row","status","reason","why","decision"\n"train/0","edited","x","y","drop"\n"train/1","safe","x","y",""',
        f"{HEADER} train/0 ,edited,x,y, Drop \ntrain/1,safe,x,y,   \n",
        f"{HEADER.upper()}train/0,edited,x,y,DROP\ntrain/1\n",  # empty cells at the end are left out
        f"{HEADER}train/0,edited,x,y,drop\n,,,,\n\ntrain/1,safe,x,y,\n,,,,\n",  # empty lines
        "decision,row,my note\ndrop,train/0,hello\n,train/1,\n",  # other columns, another order
    ],
)
def test_however_it_is_saved(tmp_path, text):
    assert read(tmp_path, text) == {"train/0": "drop", "train/1": ""}


@pytest.mark.parametrize(
    "word", ["keep_by_consent", "KEEP_BY_CONSENT", "keep by consent", " Keep-by-consent "]
)
def test_however_a_word_is_written(tmp_path, word):
    assert read(tmp_path, f"row,decision\ntrain/0,{word}\n") == {"train/0": "keep_by_consent"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("row,decision,decision\ntrain/0,drop,keep_by_consent\n", "a column twice"),  # which one?
        ("row,row,decision\ntrain/0,train/1,drop\n", "a column twice"),
        ("row,decision\ntrain/0,drop,keep_by_consent\n", "more cells than columns in line 2"),
        (
            "row,decision\ntrain/0,delete\ntrain/1,ok\n",
            "unknown decision for train/0, train/1. Known: accept_fill",
        ),
        ("row,decision\ntrain/0,accept\n", "unknown decision for train/0"),  # no guessing
        ("row,decision\nJane Doe,Jane\n", "unknown decision for line 2"),  # what was typed is not repeated
        ("row,decision\n,drop\ntrain/0,x\n", "unknown decision for train/0"),
        ("row,decision\ntrain/0,drop\ntrain/0,drop\n", "more than one line for train/0"),
        ("row,decision\ntrain/0,\ntrain/0,drop\n", "more than one line for train/0"),
        ("row,why\ntrain/0,drop\n", "no columns row and decision"),
        ("train/0,drop\n", "no columns row and decision"),
        ("", "no columns row and decision"),
        (b"row,decision\ntr\xe4in/0,drop\n", "not UTF-8"),
        ("row,decision\ntrain/0,'" + "x" * 200_000, "no CSV from line 2"),
    ],
)
def test_what_is_no_decision(tmp_path, text, message):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "Jane" not in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(ConfigError, match=r"decisions.csv cannot be read: No such file") as caught:
        read_decisions(tmp_path / "decisions.csv")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ({"train/9": "drop"}, "rows that are not in this review: train/9"),
        ({"train/9": ""}, "rows that are not in this review: train/9"),
        ({"Jane Doe": "drop"}, "rows that are not in this review: a line without an id"),
        ({"": "drop"}, "rows that are not in this review: a line without an id"),
        ({"train/1": "accept_fill"}, "accept_fill is not possible for train/1"),
        ({"train/0": "keep_by_consent", "train/1": "keep_by_consent"}, "not possible for train/0, train/1"),
        ({f"test/{i}": "drop" for i in range(25)}, "test/19 and 5 more"),
    ],
)
def test_what_cannot_be_done(decisions, message):
    offered = {"accept_fill": ["train/0"], "keep_by_consent": []}
    with pytest.raises(ConfigError) as caught:
        check_decisions(decisions, ["train/0", "train/1"], offered)
    assert message in str(caught.value)


def test_an_impossible_decision_writes_nothing(reviewed, tmp_path):
    source, result, review = reviewed
    for row, word in (("train/3", "keep_by_consent"), ("train/4", "accept_fill"), ("train/1", "drop")):
        (review / "decisions.csv").write_text(f"row,decision\n{row},{word}\n")
        with pytest.raises(ConfigError, match=row):
            apply_review(result, review, source, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_written_can_be_read(tmp_path):
    text = decisions_csv([("train/0", "edited", "edited_and_verified", "near_threshold")])
    assert read(tmp_path, text) == {"train/0": ""}
