"""The before/after sheet: right pairs or none, readable by its owner only, unseen by `load_dataset`."""

import stat
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from datasets import load_dataset
from typer.testing import CliRunner

from hf_unsafe2safe import testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.contact_sheet import Pair, contact_sheet, pairs_of
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import load_source


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    images = {"a": testing.with_face(), "b": testing.blank(), "c": testing.with_text(), "d": b"junk"}
    for name, data in images.items():
        (root / f"{name}.png").write_bytes(data)
    return root


@pytest.fixture
def result(photos, tmp_path):
    materialize(load_source(str(photos)), tmp_path / "out", testing.fakes())
    return tmp_path / "out"


def call(*arguments):
    done = CliRunner().invoke(app, ["contact-sheet", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_pairs(photos, result):
    pairs = list(pairs_of(result, load_source(str(photos))))
    assert [p.status for p in pairs] == ["edited", "safe", "edited", "failed"]
    assert [p.caption for p in pairs] == [
        "train/0   edited: 1 face",
        "train/1   safe",
        "train/2   edited: 1 name",
        "train/3   failed",
    ]
    assert [(p.original is None, p.safe is None) for p in pairs] == [(False, False)] * 3 + [(True, True)]
    assert np.array_equal(pairs[1].original, pairs[1].safe)
    assert not np.array_equal(pairs[0].original, pairs[0].safe)
    assert len(list(pairs_of(result, load_source(str(photos)), limit=2))) == 2


def test_the_command(photos, result):
    for _ in range(2):
        code, out, _ = call(result, "--original", photos)
        assert code == 0
        assert "keep it on this machine" in out
    sheet = result / "contact_sheet.png"
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    with PIL.Image.open(sheet) as image:
        assert image.width <= 1600
        assert image.info == {}
    assert load_dataset(str(result))["train"].num_rows == 4


def test_other_originals_are_refused(photos, result):
    (photos / "b.png").write_bytes(testing.blank(colour=(1, 2, 3)))
    code, _, err = call(result, "--original", photos)
    assert code == 2
    assert err.startswith("Error: Row train/1 of the result was made from another image. ")
    (photos / "b.png").unlink()
    assert "Split 'train' of the result is not in this source" in call(result, "--original", photos)[2]
    assert not (result / "contact_sheet.png").exists()


def test_no_result(photos, tmp_path):
    with pytest.raises(DatasetError, match="no finished result"):
        pairs_of(tmp_path, load_source(str(photos)))
    assert call(tmp_path, "--original", photos)[0] == 2


def test_originals_are_not_written_over(photos, result):
    code, _, err = call(result, "--original", photos, "-o", photos / "b.png")
    assert (code, "among the originals" in err) == (2, True)
    assert (photos / "b.png").read_bytes() == testing.blank()


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet", "nowhere/sheet.png"])
def test_where_it_cannot_be_written(tmp_path, name):
    with pytest.raises(ConfigError) as caught:
        contact_sheet([], tmp_path / name)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA"])
def test_every_mode_can_be_shown(tmp_path, mode):
    image = PIL.Image.new(mode, (2000, 10))
    contact_sheet([Pair(image, image, "safe", "x")] * 3, Path(tmp_path / "s.png"))
    with PIL.Image.open(tmp_path / "s.png") as sheet:
        assert sheet.mode == "RGB"
