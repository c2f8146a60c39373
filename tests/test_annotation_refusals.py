"""Rows with coordinates that cannot be turned are refused, and columns that cannot be used stop the run."""

import logging
from typing import Any

import pytest
from datasets import Array2D, ClassLabel, Dataset, Features, Image, List, Value

from hf_unsafe2safe import annotation_rows, testing
from hf_unsafe2safe.errors import DatasetError
from tests.annotated import BOXES, FACE, OBJECT, ONE, dataset, reasons, sanitizer, tagged


@pytest.fixture(autouse=True)
def _say_again() -> None:
    annotation_rows._said.clear()


# A column that nobody named: its feature, a value, and whether rows with a turned image are refused.
UNNAMED: dict[str, tuple[str, Any, Any, bool]] = {
    "boxes": ("bbox", BOXES, [list(FACE)], True),
    "in capitals": ("BBoxes", BOXES, [list(FACE)], True),
    "nested": ("objects", List({"bbox": List(Value("int32"))}), [{"bbox": [1, 2, 3, 4]}], True),
    "an array": ("keypoints", Array2D((1, 3), "int16"), [[1, 2, 3]], True),
    "a struct of sides": ("box", {"x1": Value("int32"), "x2": Value("int32")}, {"x1": 1, "x2": 2}, True),
    "run lengths": ("segmentation", List({"counts": List(Value("int32")), "size": List(Value("int32"))}),
                    [{"counts": [1], "size": [2, 2]}], True),
    "a mask": ("mask", Image(), {"bytes": testing.blank(), "path": None}, True),
    "a mask called label": ("label", Image(decode=False), {"bytes": testing.blank(), "path": None}, True),
    "masks": ("masks", List(Image()), [{"bytes": testing.blank(), "path": None}], True),
    "in camel case": ("BoundingBox", BOXES, [list(FACE)], True),
    "of a person": ("face_bbox", BOXES, [list(FACE)], True),
    "by another word": ("gt-boxes2d", List(List(Value("int32"))), [[1, 2, 3, 4]], True),
    "regions": ("regions", List(Value("float32"), length=4), [1, 2, 3, 4], True),
    "four numbers that must be four": ("things", BOXES, [list(FACE)], True),
    "a mask as an array": ("segmentation_mask", Array2D((1, 3), "uint8"), [[1, 2, 3]], True),
    "a mask of a person": ("person_mask", Image(), {"bytes": testing.blank(), "path": None}, True),
    "a struct of other sides": ("bbox", {"x_min": Value("int32"), "y_max": Value("int32")},
                                {"x_min": 1, "y_max": 2}, True),
    "run lengths as text": ("mask", {"size": List(Value("int32")), "counts": Value("string")},
                            {"size": [2, 2], "counts": "abc"}, True),
    "sides of a thing": ("face", {"left": Value("int32"), "top": Value("int32")},
                         {"left": 1, "top": 2}, True),
    "an embedding": ("face_embedding", List(Value("float32")), [0.1, 0.2], False),
    "numbers of persons": ("person_ids", List(Value("int32")), [4, 5], False),
    "what is known of an object": ("object", {"age": Value("int32")}, {"age": 3}, False),
    "no boxes in this row": ("bbox", BOXES, [], False),
    "null": ("bbox", BOXES, None, False),
    "nulls": ("objects", List({"bbox": BOXES}), [{"bbox": [None]}, None], False),
    "a single number": ("points", Value("int32"), 5, False),
    "words": ("segments", List(Value("string")), ["left"], False),
    "another name": ("scores", List(Value("float32")), [0.5], False),
    "another picture": ("before", Image(), {"bytes": testing.blank(), "path": None}, False),
    "a class": ("label", ClassLabel(names=["a"]), 0, False),
}  # fmt: skip


@pytest.mark.parametrize("case", UNNAMED)
def test_what_nobody_named(case: str) -> None:
    name, feature, value, refuses = UNNAMED[case]
    ds = dataset([1, 6], **{name: (feature, [value, value])})
    result = ds.map(sanitizer(image_column="image"))
    before, after = (part.with_format("arrow")[:][name] for part in (ds, result))
    assert after.equals(before)
    assert result["privacy_status"][:] == ([1, 3] if refuses else [1, 1])
    row = result[1]
    assert (row["image"] is None) == refuses
    if refuses:
        assert row["provenance"]["reason"] == "rotated_annotations"
        assert row["provenance"]["seed"] == row["provenance"]["attempts"] == 0
        assert row["privacy_flag"] is True
        assert row["risk_regions"] == row["risk_labels"] == []
        assert row["public_caption"] is row["edit_instruction"] is None
        left = ds.map(sanitizer({name: None}, image_column="image"))  # also what is in the column
        assert left["privacy_status"][:] == [1, 1]
        assert left.with_format("arrow")[:][name].equals(before)


def test_every_turned_row_is_refused_whatever_became_of_it() -> None:
    culprit = testing.blank(colour=(1, 2, 3))
    cells = [b"junk", tagged(6, culprit), tagged(6), tagged(1, culprit)]
    features = Features({"image": Image(), "bbox": BOXES})
    rows = [{"image": {"bytes": data, "path": None}, "bbox": [list(FACE)]} for data in cells]
    ds = Dataset.from_list(rows, features=features)
    inspector = testing.FakeInspector(fail_on=(1, 2, 3))
    result = sanitizer(inspector=inspector, private_columns=True).map(ds)
    assert reasons(result) == ["not_an_image", *["rotated_annotations"] * 2, "inspect_failed"]
    assert [sha is None for sha in result["image_sha256"]] == [True, False, False, False]
    assert result["metadata_kinds"][2] == ["exif"]
    # Where they are named they are turned, image or not: a review may still accept it.
    named = sanitizer({"bbox": "xyxy"}, inspector=inspector).map(ds)
    assert reasons(named)[1] == "inspect_failed"
    assert named["bbox"][:] == [[list(FACE)], [[22, 8, 28, 20]], [[22, 8, 28, 20]], [list(FACE)]]


# A value that cannot be turned concerns its row only.
UNFIT: dict[str, tuple[Any, Any, str]] = {
    "a box of three": (List(Value("float32")), [1, 2, 3], "xyxy"),
    "a hole": (List(Value("float32")), [1, None, 3, 4], "xyxy"),
    "no room for the sign": (List(Value("uint16")), [0, 500], "points"),
    "no room for the number": (List(Value("int8")), [0, -120], "points"),
    "a broken mask": (Image(decode=False), {"bytes": b"junk", "path": None}, "mask"),
    "a mask that is upright": (Image(), {"bytes": testing.blank((32, 48)), "path": None}, "mask"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_values_that_do_not_fit_refuse_their_row(case: str, caplog: pytest.LogCaptureFixture) -> None:
    feature, value, form = UNFIT[case]
    ds = dataset([6, 1, 6, 6], area=(feature, [None, value, value, None]))
    result = ds.map(sanitizer({"area": form}), batched=True)
    assert result["privacy_status"][:] == [1, 1, 3, 1]
    assert result.with_format("arrow")[:]["area"].equals(ds.with_format("arrow")[:]["area"])
    assert [r.message for r in caplog.records if "'rotated_annotations': 1 of this batch" in r.message]


def test_the_log_says_once_what_to_pass(caplog: pytest.LogCaptureFixture) -> None:
    ds = dataset([6, 6, 1, 6], bbox=(BOXES, [[[1, 2, 3, 4]]] * 4))
    with caplog.at_level(logging.WARNING, logger="hf_unsafe2safe"):
        ds.map(sanitizer(), batched=True, batch_size=2)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("Rows refused as 'rotated_annotations': 2 of this batch")
    assert "not named bbox; named none. Pass annotations={'COLUMN': FORM}" in message
    caplog.clear()
    dataset([1, 6], bbox=(BOXES, [[[1, 2, 3, 4]], []])).map(sanitizer())
    assert not caplog.records


# annotations, the message
WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "no such column": (
        {"boxes": "xyxy"},
        r"'boxes' not found\. Beside the image the dataset has: objects, n, mask",
    ),
    "no such part": ({"objects.boxes": "xyxy"}, "'objects.boxes' not found"),
    "not even to be left": ({"boxes": None}, "'boxes' not found"),
    "the image itself": ({"image.bytes": "mask"}, "'image.bytes' not found"),
    "a struct": ({"objects": "xyxy"}, r"Annotation column 'objects' cannot be 'xyxy'\."),
    "boxes of four as points": ({"objects.bbox": "points"}, "'objects.bbox' cannot be 'points'"),
    "a number": ({"n": "points"}, "'n' cannot be 'points'"),
    "boxes as a mask": ({"objects.bbox": "mask"}, "'objects.bbox' cannot be 'mask'"),
    "a mask as boxes": ({"mask": "polygons"}, "'mask' cannot be 'polygons'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_columns_that_cannot_be_used_stop_before_the_first_row(case: str) -> None:
    forms, message = WRONG[case]
    objects, n, mask = (List(OBJECT), [[ONE]]), (Value("int64"), [1]), (Image(), [None])
    ds = dataset([1], objects=objects, n=n, mask=mask)
    sanitize = sanitizer(forms, image_column="image")
    for call in (lambda: sanitize.features(ds.features), lambda: ds.map(sanitize)):
        with pytest.raises(DatasetError, match=message):
            call()


@pytest.mark.parametrize("annotations", [None, {"bbox": "xyxy"}])
@pytest.mark.parametrize("batched", [True, False])
def test_coordinates_beside_decoded_images_are_not_guessed(annotations: Any, batched: bool) -> None:
    # `datasets` has turned the image when it decoded it, and says nothing of that
    ds = dataset([6], bbox=(BOXES, [[list(FACE)]]))
    with pytest.raises(DatasetError, match=r"decoded, so nobody knows whether bbox still fits"):
        list(ds.to_iterable_dataset().map(sanitizer(annotations), batched=batched))
    left = list(ds.to_iterable_dataset().map(sanitizer({"bbox": None}), batched=batched))
    assert left[0]["privacy_status"] == 1
    assert reasons(sanitizer({"bbox": "xyxy"}).map(ds)) == ["edited_and_verified"]


@pytest.mark.parametrize("form", ["xyxy", "xywh"])
def test_boxes_in_parts_of_the_image_are_no_pixels(form: str) -> None:
    ds = dataset([6, 1], bbox=(BOXES, [[[0.1, 0.2, 0.3, 0.4]]] * 2))
    assert reasons(sanitizer({"bbox": form}).map(ds)) == ["rotated_annotations", "edited_and_verified"]
