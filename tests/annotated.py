"""Datasets of small images that are to be turned, with annotations, and the fakes to sanitize them."""

from io import BytesIO
from typing import Any

import PIL.Image
from datasets import ClassLabel, Dataset, Features, Image, List, Value

from hf_unsafe2safe import Sanitizer, testing

FACE = (8, 4, 20, 10)  # xyxy in the stored image, which is 48 x 32
SIZE = (48, 32)
BOXES = List(List(Value("float32"), length=4))
OBJECT = {
    "id": Value("int64"),
    "bbox": List(Value("float32"), length=4),
    "kind": ClassLabel(names=["a", "b"]),
}
ONE = {"id": 5, "bbox": [8.0, 4.0, 12.5, 6.0], "kind": 1}
TURNED = {**ONE, "bbox": [22.0, 8.0, 6.0, 12.5]}  # by orientation 6


def sanitizer(annotations: Any = None, **changes: Any) -> Sanitizer:
    return Sanitizer(**testing.fakes(annotations=annotations, store=None, **changes))


def tagged(code: int, data: bytes | None = None, kind: str = "PNG") -> bytes:
    """Return an image, by default one with a face, whose EXIF block says how it is to be turned."""
    exif, out = PIL.Image.Exif(), BytesIO()
    exif[0x112] = code
    PIL.Image.open(BytesIO(data or testing.with_face(SIZE, FACE))).save(out, kind, exif=exif)
    return out.getvalue()


def dataset(codes: list[int], **columns: tuple[Any, list[Any]]) -> Dataset:
    cells = [{"bytes": tagged(code), "path": "private.png"} for code in codes]
    rows = [
        {"image": cell, **{name: values[i] for name, (_, values) in columns.items()}}
        for i, cell in enumerate(cells)
    ]
    features = {name: feature for name, (feature, _) in columns.items()}
    return Dataset.from_list(rows, features=Features({"image": Image(), **features}))


def reasons(result: Any) -> list[str]:
    return [row["reason"] for row in result["provenance"]]
