"""What the recipes share, with the fakes instead of models."""

from dataclasses import replace

import pytest
from datasets import ClassLabel, Dataset, Features, Image, Value

from hf_unsafe2safe import recipes, testing
from hf_unsafe2safe.errors import DatasetError
from hf_unsafe2safe.hub.row_licences import not_to_be_changed
from hf_unsafe2safe.manifest import read_manifest
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.recipes import Recipe, parser, run
from hf_unsafe2safe.sanitizer import Sanitizer
from hf_unsafe2safe.storage import shards


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A Parquet file of four rows; the recipes find the fakes instead of what the preset names."""

    def fake(preset, **given):
        made = testing.fakes()
        return Sanitizer(preset, **{**made, **{k: v for k, v in given.items() if v is not None}})

    monkeypatch.setattr(recipes, "Sanitizer", fake)
    cells = [testing.with_face(box=(i, 8, i + 9, 20)) for i in range(3)] + [testing.blank()]
    rows = {
        "image": [{"bytes": cell, "path": None} for cell in cells],
        "text": ["A dog on a couch.", "A woman with a dog.", None, "Zebulon has a bike."],
    }
    path = tmp_path / "rows.parquet"
    Dataset.from_dict(rows, features=Features({"image": Image(), "text": Value("string")})).to_parquet(path)
    return str(path)


def given(source, out, *more):
    return parser("", source).parse_args(["--output", str(out), *more])


def test_options_that_all_have():
    options = parser("Text.", "org/raw").parse_args(["--output", "out"])
    assert (options.source, options.preset, options.shard, options.num_proc) == (
        "org/raw",
        "local",
        (0, 1),
        1,
    )
    assert not any((options.to, options.public, options.merge, options.dry_run, options.policy))


@pytest.mark.parametrize(
    "wrong",
    [
        [],  # no folder
        ["--output", "out", "--shard", "2/2"],  # parts count from 0
        ["--output", "out", "--shard", "1"],
        ["--output", "out", "--shard", "-1/2"],
        ["--output", "out", "--shard", "0/2", "--merge"],  # one or the other
        ["--output", "out", "--limit", "0"],
        ["--output", "out", "--num-proc", "many"],
        ["--output", "out", "--preset", "none"],
        ["--output", "out", "--to", "name"],  # nobody's
        ["--output", "out", "--pub"],  # no abbreviations: --public must be meant
    ],
)
def test_wrong_options_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        parser("", "org/raw").parse_args(wrong)
    assert stopped.value.code == 2
    assert capsys.readouterr().err


def test_a_source_must_be_named_where_there_is_no_default(capsys):
    with pytest.raises(SystemExit):
        parser("", None).parse_args(["--output", "out"])
    assert "--source" in capsys.readouterr().err


def test_without_a_repo_nothing_is_published(source, tmp_path, capsys):
    assert run(given(source, tmp_path / "out"), Recipe()) == 0
    assert read_manifest(tmp_path / "out")["rows"] == 4
    assert "Columns that leave" not in capsys.readouterr().out


def test_shards_are_merged(source, tmp_path, capsys):
    out = tmp_path / "out"
    for shard in ("0/2", "1/2"):
        assert run(given(source, out, "--shard", shard, "--to", "me/x"), Recipe()) == 0  # not published yet
        assert capsys.readouterr().out.startswith(f"Shard {shard} is finished.")
    assert not (out / "manifest.json").exists()
    assert run(given(source, out, "--merge"), Recipe()) == 0
    assert read_manifest(out)["rows"] == 4


@pytest.mark.slow  # publishing looks again with models
def test_a_dry_run_shows_what_would_leave(source, tmp_path, capsys):
    recipe = Recipe(passing=("text",))
    assert run(given(source, tmp_path / "out", "--to", "me/x", "--dry-run"), recipe) == 0
    said = capsys.readouterr().out
    assert "To me/x (private)" in said
    assert "Values of text that stay here, one by one: 2" in said
    assert said.endswith("Dry run: nothing was sent.\n")
    assert "Zebulon" not in said


def test_a_recipe_changes_its_source(source, tmp_path):
    def two_rows(opened):
        return replace(opened, splits={n: part.select([0, 3]) for n, part in opened.splits.items()})

    assert run(given(source, tmp_path / "out"), Recipe(change=two_rows)) == 0
    assert read_manifest(tmp_path / "out")["rows"] == 2


@pytest.mark.parametrize(
    ("more", "recipe", "said"),
    [
        (["--merge"], Recipe(), "nothing to merge"),  # no shard is there
        (["--dry-run"], Recipe(), "--to OWNER/NAME"),  # of what
        (["--split", "test"], Recipe(), "Split 'test' not found"),
        ([], Recipe(context_columns=("label",)), "Column 'label' not found"),
        (
            [],
            Recipe(columns=("text",), passing=("captions",)),
            "Columns not found: captions. The dataset has",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(source, tmp_path, capsys, more, recipe, said):
    assert run(given(source, tmp_path / "out", *more), recipe) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert said in error
    assert str(tmp_path) not in error
    assert not (tmp_path / "out" / "data").exists()


LICENCES = ["Attribution License", "Attribution-NoDerivs License"]


@pytest.mark.parametrize(
    ("feature", "values", "left_out"),
    [
        (ClassLabel(names=LICENCES), [0, 1, 0, 1], ["train/1", "train/3"]),
        (ClassLabel(names=LICENCES), [0, None, -1, 0], ["train/1", "train/2"]),  # nobody allowed anything
        (Value("string"), ["cc-by-4.0", "cc-by-nd-4.0", "", None], ["train/1", "train/2", "train/3"]),
    ],
)
def test_rows_whose_licence_forbids_changes_are_named(tmp_path, monkeypatch, feature, values, left_out):
    monkeypatch.setattr(shards, "ROWS_A_GROUP", 2)  # two files: ids count through them
    rows = {"image": [{"bytes": testing.blank(), "path": None}] * 4, "license": values}
    part = Dataset.from_dict(rows, features=Features({"image": Image(), "license": feature}))
    materialize(part, tmp_path / "out", testing.fakes(), max_shard_size=1)
    assert len(list((tmp_path / "out" / "data").glob("*.parquet"))) == 2
    assert not_to_be_changed(tmp_path / "out", "license") == left_out
    with pytest.raises(DatasetError, match="Column 'image' with licences"):
        not_to_be_changed(tmp_path / "out", "image")
