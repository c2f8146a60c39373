"""Where the file may lie, who may read it, and that a refused one leaves nothing."""

import stat

import pytest
from datasets import load_dataset

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.report import write_report


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_beside_a_result_it_is_for_its_owner_and_not_part_of_the_dataset(result):
    source, folder = result
    before = load_dataset(str(folder), split="train")
    write_report(folder, folder / "report.html", source)
    assert mode(folder / "report.html") == 0o600
    after = load_dataset(str(folder), split="train")
    assert (after.column_names, len(after)) == (before.column_names, len(before))
    assert "/report*" in (folder / ".gitignore").read_text().splitlines()
    assert {path.name for path in folder.glob("report*")} == {"report.html"}


def test_an_older_one_is_replaced_with_its_mode(result, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o644)
    write_report(result[1], page)
    assert mode(page) == 0o600
    assert page.read_text().startswith("<!doctype html>")


def test_a_link_is_replaced_and_not_followed(result, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "page.html").symlink_to(tmp_path / "mine.txt")
    write_report(result[1], tmp_path / "page.html")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert not (tmp_path / "page.html").is_symlink()


REFUSED = {
    "report.txt": "ends in .html",
    "report": "ends in .html",
    "Wolpertinger/report.html": "among the originals",
    "link/report.html": "among the originals",
    "out/page.html": "where the result is published from",
    "out/data/report.html": "where the result is published from",
    "out/private/report.html": "where the result is published from",
    "nowhere/report.html": "cannot be written: No such file",
    "folder.html": "cannot be written: Is a directory",
}


@pytest.mark.parametrize("place", REFUSED)
def test_places_that_are_refused(result, tmp_path, place):
    source, folder = result
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "link").symlink_to(source.root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError) as caught:
        write_report(folder, tmp_path / place, source)
    assert REFUSED[place] in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_other_originals_are_refused_and_the_older_page_stays(result, tmp_path):
    source, folder = result
    (tmp_path / "page.html").write_text("old")
    (source.root / "b_Rumpelstilz.png").write_bytes(testing.blank())
    with pytest.raises(DatasetError, match="Row train/1 of the result was made from another image"):
        write_report(folder, tmp_path / "page.html", source)
    assert (tmp_path / "page.html").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "out", "Wolpertinger"}


def test_no_result(tmp_path):
    with pytest.raises(DatasetError, match="no finished result"):
        write_report(tmp_path, tmp_path / "report.html")


def test_a_result_without_its_private_part(result, tmp_path):
    for path in (result[1] / "private").iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match="not whole in its folder 'private'"):
        write_report(result[1], tmp_path / "page.html")
