"""Rows with several images, lists of images, or names that are taken: the same clear error in every form."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from datasets import Dataset, DatasetDict, Features, Image, IterableDatasetDict, List, Value
from typer.testing import CliRunner

from hf_unsafe2safe import Sanitizer, config, testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.errors import DatasetError

CELL = {"bytes": testing.with_face(), "path": "private_name.png"}
PICTURE = PIL.Image.open(BytesIO(testing.with_face()))


def rows(columns: dict[str, tuple[Any, Any]]) -> Dataset:
    """Return two rows of {name: (feature, cell)}."""
    features = Features({name: feature for name, (feature, _) in columns.items()})
    return Dataset.from_dict({name: [cell] * 2 for name, (_, cell) in columns.items()}, features=features)


# What is wrong -> the rows, and what every form of them is told.
WRONG: dict[str, tuple[Dataset, str]] = {
    "several": (
        rows({"left": (Image(), CELL), "right": (Image(), CELL)}),
        "Several image columns: left, right. Name one: image_column='left'.",
    ),
    "lists": (
        rows({"pages": (List(Image()), [CELL, CELL])}),
        "'pages' holds lists of images: make one row an image first.",
    ),
    "a taken name": (
        rows({"image": (Image(), CELL), "risk_regions": (Value("string"), "mine")}),
        "These columns exist already: risk_regions. Rename or remove them first.",
    ),
    "two taken names": (
        rows(
            {"image": (Image(), CELL), "provenance": (Value("int8"), 1), "privacy_flag": (Value("int8"), 1)}
        ),
        "These columns exist already: privacy_flag, provenance.",
    ),
}
FORMS: dict[str, Callable[[Sanitizer, Dataset], Any]] = {
    "Dataset.map": lambda s, ds: ds.map(s),
    "Dataset.map, batched": lambda s, ds: ds.map(s, batched=True),
    "sanitize.map": lambda s, ds: s.map(ds),
    "DatasetDict": lambda s, ds: s.map(DatasetDict(train=ds)),
    "DatasetDict.map": lambda s, ds: DatasetDict(train=ds).map(s),
    "a stream": lambda s, ds: s.map(ds.to_iterable_dataset()),
    "streams": lambda s, ds: s.map(IterableDatasetDict(train=ds.to_iterable_dataset())),
    "arrow": lambda s, ds: ds.with_format("arrow").map(s, batched=True),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", WRONG)
def test_every_form_of_dataset_names_the_column(case: str, form: str) -> None:
    source, message = WRONG[case]
    with pytest.raises(DatasetError) as caught:
        FORMS[form](Sanitizer(**testing.fakes()), source)
    assert message in str(caught.value)
    assert "private_name" not in str(caught.value)


@pytest.mark.parametrize("case", WRONG)
def test_the_command_line_says_the_same(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})
    source, message = WRONG[case]
    source.to_parquet(tmp_path / "photos.parquet")
    result = CliRunner().invoke(
        app, ["sanitize", str(tmp_path / "photos.parquet"), "-o", str(tmp_path / "out")]
    )
    assert result.exit_code == 2
    assert message.split(". ")[0] in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert "private_name" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_others_pass_when_one_is_named() -> None:
    source = WRONG["several"][0]
    result = Sanitizer(image_column="right", **testing.fakes()).map(source)
    assert result.column_names[:2] == ["left", "right"]
    assert result["privacy_status"][:] == [1, 1]


# Rows by hand, of which nothing is known but the values.
BY_HAND: dict[str, tuple[dict[str, Any], str]] = {
    "several": ({"left": PICTURE, "right": PICTURE}, "Several image columns: left, right. Name one: "),
    "several, a batch": ({"left": [CELL], "right": [CELL]}, "Several image columns: left, right."),
    "lists, a batch": ({"pages": [[PICTURE]], "n": [1]}, "The rows have: pages, n. Pass image_column="),
    "lists of the usual name": ({"image": [[CELL]]}, "An image cell holds a list; expected bytes"),
    "a taken name": ({"image": PICTURE, "risk_labels": 1}, "These columns exist already: risk_labels."),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_rows_by_hand(case: str) -> None:
    values, message = BY_HAND[case]
    with pytest.raises(DatasetError) as caught:
        Sanitizer(**testing.fakes())(values)
    assert message in str(caught.value)


UNCLEAR: dict[str, dict[str, Any]] = {
    "several, one of the usual name": {"image": PICTURE, "other": PICTURE},
    "a list of images in one row": {"pages": [PICTURE, PICTURE], "n": 1},
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_rows_by_hand_are_not_guessed(case: str) -> None:
    with pytest.raises(DatasetError, match="image"):
        Sanitizer(**testing.fakes())(UNCLEAR[case])
