"""Columns that are named are turned with their image, in every form and way of mapping."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from datasets import (
    Array2D,
    Dataset,
    DatasetDict,
    Image,
    IterableDataset,
    LargeList,
    List,
    Value,
    load_dataset,
)
from datasets.fingerprint import Hasher
from typer.testing import CliRunner

from hf_unsafe2safe import Sanitizer, config, testing
from hf_unsafe2safe.cli import app
from hf_unsafe2safe.cli.settings import annotations
from hf_unsafe2safe.config import freeze, thaw
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.imaging.modes import upright
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.sources import load_source
from tests.annotated import BOXES, FACE, OBJECT, ONE, SIZE, TURNED, dataset, reasons, sanitizer, tagged
from tests.photos import FOLDER


def test_boxes_are_where_the_face_was_found() -> None:
    codes = list(range(1, 9))
    ds = dataset(codes, bbox=(BOXES, [[list(FACE)]] * 8))
    result = ds.map(sanitizer({"bbox": "xyxy"}), batched=True, batch_size=3)
    assert result["privacy_status"][:] == [1] * 8
    for row, before in zip(result, ds, strict=True):
        assert [region["box"] for region in row["risk_regions"]] == row["bbox"]
        assert row["image"].size == PIL.ImageOps.exif_transpose(before["image"]).size
    assert result["bbox"][0] == [list(FACE)]


def test_a_real_jpeg() -> None:
    image = PIL.Image.open(FOLDER / "neg_coffee.jpg")
    image.thumbnail((160, 160))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    ds = Dataset.from_list(
        [
            {
                "image": {"bytes": tagged(6, buffer.getvalue(), "JPEG"), "path": None},
                "points": [[0, 0], list(image.size)],
            }
        ]
    )
    row = ds.cast_column("image", Image()).map(sanitizer({"points": "points"}))[0]
    assert row["image"].size == image.size[::-1]
    assert row["points"] == [[image.height, 0], [0, image.width]]


# As `datasets` stores them: a list of objects, and the same as a struct of lists.
OBJECTS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "list of structs": (List(OBJECT), [[ONE, ONE], [ONE], [], None], [[ONE, ONE], [TURNED], [], None]),
    "struct of lists": (
        {name: List(part) for name, part in OBJECT.items()},
        [{name: [value] * n for name, value in ONE.items()} for n in (2, 1, 0)] + [None],
        [
            {name: [value, value] for name, value in ONE.items()},
            {name: [value] for name, value in TURNED.items()},
            {name: [] for name in ONE},
            None,
        ],
    ),
    "struct with nulls": (
        {"bbox": List(OBJECT["bbox"]), "n": Value("int8")},
        [{"bbox": None, "n": 1}, {"bbox": [None, ONE["bbox"]], "n": None}, {"bbox": None, "n": 3}, None],
        [{"bbox": None, "n": 1}, {"bbox": [None, TURNED["bbox"]], "n": None}, {"bbox": None, "n": 3}, None],
    ),
    "deeper": (
        List({"parts": List({"bbox": OBJECT["bbox"]})}),
        [[], [{"parts": [{"bbox": ONE["bbox"]}]}, {"parts": []}], [{"parts": None}], None],
        [[], [{"parts": [{"bbox": TURNED["bbox"]}]}, {"parts": []}], [{"parts": None}], None],
    ),
}
WAYS: dict[str, Callable[[Sanitizer, Dataset], Any]] = {
    "unbatched": lambda s, ds: ds.map(s),
    "batches of 3": lambda s, ds: ds.map(s, batched=True, batch_size=3),
    "arrow": lambda s, ds: ds.with_format("arrow").map(s, batched=True).with_format(None),
    "sanitize.map": lambda s, ds: s.map(ds),
    "sanitize.map, numpy": lambda s, ds: s.map(ds.with_format("numpy")),
    "two processes": lambda s, ds: s.map(ds, num_proc=2, batch_size=1),
    "DatasetDict": lambda s, ds: s.map(DatasetDict(train=ds))["train"],
    "stream": lambda s, ds: whole(s.map(ds.to_iterable_dataset(), batch_size=2)),
}


def whole(stream: IterableDataset) -> Dataset:
    return Dataset.from_list(list(stream.decode(False)), features=stream.features)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", OBJECTS)
def test_nested_columns_in_every_way(form: str, way: str) -> None:
    feature, values, wanted = OBJECTS[form]
    name = "objects.parts.bbox" if form == "deeper" else "objects.bbox"
    ds = dataset([1, 6, 6, 6], objects=(feature, values))
    result = WAYS[way](sanitizer({name: "xywh"}), ds)
    assert result.features["objects"] == ds.features["objects"]
    assert result.with_format("arrow")[:]["objects"].to_pylist() == wanted
    assert set(reasons(result)) == {"edited_and_verified"}


@pytest.mark.parametrize(
    "feature",
    [
        List(List(Value("int64"))), LargeList(List(Value("int32"), length=4)), List(List(Value("float16"))),
        List(List(Value("uint8"))), Array2D((1, 4), "float32"), Array2D((None, 4), "int32"),
    ],
    ids=str,
)  # fmt: skip
def test_every_type_of_numbers_stays(feature: Any) -> None:
    ds = dataset([1, 6, 3], boxes=(feature, [[[8, 4, 20, 10]]] * 3))
    result = ds.map(sanitizer({"boxes": "xyxy"}), batched=True)
    assert result.features["boxes"] == feature
    assert [np.asarray(boxes).tolist() for boxes in result["boxes"]] == [
        [[8, 4, 20, 10]], [[22, 8, 28, 20]], [[28, 22, 40, 28]],
    ]  # fmt: skip


def test_rows_that_are_not_turned_are_the_same_bytes() -> None:
    odd = [[[float("nan"), -0.0, 1e-40, float("inf")]], None, []]
    ds = dataset([1, 1, 1, 8], bbox=(BOXES, [*odd, [[1, 2, 3, 4]]]))
    turned = ds.map(sanitizer({"bbox": "xyxy"}), batched=True)
    left = ds.map(sanitizer({"bbox": None}), batched=True)
    for one, other in ((turned, ds), (turned, left)):
        parts = [part.with_format("arrow")[:3]["bbox"].combine_chunks() for part in (one, other)]
        values = [part.flatten().flatten().to_numpy().tobytes() for part in parts]
        assert values[0] == values[1]
        assert parts[0].is_null().equals(parts[1].is_null())
    assert turned[3]["bbox"] == [[2, 45, 4, 47]]
    assert left[3]["bbox"] == [[1, 2, 3, 4]]


def test_masks_are_turned_and_are_no_second_image_column(caplog: pytest.LogCaptureFixture) -> None:
    values = np.random.default_rng(0).integers(0, 9, SIZE[::-1], np.uint8)
    out = BytesIO()
    PIL.Image.fromarray(values).save(out, "PNG")
    cell = {"bytes": out.getvalue(), "path": "kept.png"}
    ds = dataset([1, 6, 6], mask=(Image(), [cell, cell, None]), masks=(List(Image()), [[], [cell, None], []]))
    result = sanitizer({"mask": "mask", "masks": "mask"}).map(ds)
    stored = result.with_format("arrow")[:]
    assert stored["mask"][0].as_py() == cell
    assert np.array_equal(np.asarray(result[1]["mask"]), upright(values, 6))
    assert np.array_equal(np.asarray(result[1]["masks"][0]), upright(values, 6))
    assert stored["mask"].to_pylist()[1]["path"] is None
    assert (result[2]["mask"], result[1]["masks"][1]) == (None, None)
    assert not caplog.records


def test_rows_by_hand() -> None:
    box, turned = [[8, 4, 20, 10]], [[22, 8, 28, 20]]
    rows = {"image": [tagged(1), tagged(6), tagged(6)], "bbox": [box, np.array(box), None], "n": [1, 2, 3]}
    named = sanitizer({"bbox": "xyxy"})(rows)
    assert named["bbox"] == [box, turned, None]
    assert sanitizer()(rows)["privacy_status"] == [1, 3, 1]
    assert "bbox" not in sanitizer({"bbox": None})(rows)
    one = {"photo": tagged(6), "o": {"mask": PIL.Image.new("L", SIZE), "bbox": np.array(box)}}
    for unnamed in (one, {**one, "o": [one["o"]]}):
        assert sanitizer(image_column="photo")(unnamed)["privacy_status"] == 3
    both = sanitizer({"o.mask": "mask", "o.bbox": "xyxy"}, image_column="photo")(one)
    assert (both["o"]["mask"].size, both["o"]["bbox"], both["privacy_status"]) == ((32, 48), turned, 1)
    with pytest.raises(DatasetError, match="'boxes' not found"):
        sanitizer({"boxes": "xyxy"}, image_column="photo")(one)


def test_a_stored_row_remembers_how_it_was_turned(tmp_path: Path) -> None:
    ds = dataset([6], bbox=(BOXES, [[list(FACE)]]))
    for _ in range(2):
        sanitize = Sanitizer(**testing.fakes(annotations={"bbox": "xyxy"}, store=tmp_path))
        assert sanitize.map(ds, load_from_cache_file=False)["bbox"][0] == [[22, 8, 28, 20]]
    assert len(list(tmp_path.rglob("*.row"))) == 1


def test_materialize(tmp_path: Path) -> None:
    cell = {"bytes": testing.blank(SIZE), "path": "Zebulon.png"}
    ds = dataset([1, 6], bbox=(BOXES, [[list(FACE)]] * 2), mask=(Image(), [cell] * 2))
    ds.to_parquet(tmp_path / "in.parquet")
    sanitize = sanitizer({"bbox": "xyxy", "mask": "mask"})
    manifest = materialize(load_source(str(tmp_path / "in.parquet")), tmp_path / "out", sanitize)
    result = load_dataset(str(tmp_path / "out"), split="train")
    assert manifest.config["annotations"] == {"bbox": "xyxy", "mask": "mask"}
    assert result["bbox"][:] == [[list(FACE)], [[22, 8, 28, 20]]]
    assert [mask.size for mask in result["mask"]] == [SIZE, SIZE[::-1]]
    assert {mask["path"] for mask in result.with_format("arrow")[:]["mask"].to_pylist()} == {None}


def test_the_settings_shape_rows_and_no_record() -> None:
    forms: dict[str, str | None] = {"b.c": "xywh", "a": None}
    one, other = sanitizer(forms), sanitizer()
    assert one.digest == other.digest
    assert Hasher.hash(one) != Hasher.hash(other)
    assert Hasher.hash(one) == Hasher.hash(sanitizer(dict(reversed(forms.items()))))
    assert thaw(freeze(one.config)).annotations == forms


COMMANDS = [
    (["bbox=xyxy"], {"bbox": "xyxy"}),
    (["objects.bbox=xywh", " points = none "], {"objects.bbox": "xywh", "points": None}),
    (["a=b=mask"], {"a=b": "mask"}),
]


@pytest.mark.parametrize(("values", "forms"), COMMANDS)
def test_how_annotations_are_written(values: list[str], forms: dict[str, str | None]) -> None:
    assert annotations(values) == forms


@pytest.mark.parametrize("values", [["bbox"], ["=xyxy"], ["bbox="], [""], ["a=xyxy", "a=none"]])
def test_annotations_that_are_not_written_so(values: list[str]) -> None:
    with pytest.raises(ConfigError, match="--annotation "):
        annotations(values)


def test_the_option_and_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config.PRESETS, "local", {"policy": "default", **testing.fakes()})
    dataset([6], bbox=(BOXES, [[list(FACE)]])).to_parquet(tmp_path / "in.parquet")
    (tmp_path / "c.yaml").write_text("annotations: {bbox: xyxy}\n")

    def call(name: str, *options: str) -> int:
        arguments = ["sanitize", str(tmp_path / "in.parquet"), "-o", str(tmp_path / name), *options]
        return CliRunner().invoke(app, arguments).exit_code

    assert call("refused") == 3
    for name, options in {
        "o": ["--annotation", "bbox=xyxy"],
        "c": ["--config", str(tmp_path / "c.yaml")],
    }.items():
        assert call(name, *options) == 0
        assert json.loads((tmp_path / name / "manifest.json").read_text())["config"]["annotations"]
        assert load_dataset(str(tmp_path / name), split="train")["bbox"][0] == [[22, 8, 28, 20]]
    assert call("odd", "--annotation", "bbox=yolo") == 2
