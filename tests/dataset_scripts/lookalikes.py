"""Small datasets with the columns and types of those that the recipes are for."""

import io
import json

import numpy as np
import PIL.Image
from datasets import ClassLabel, Dataset, Features, Image, List, Value

from tests.hub.loading.safe_repos import parquet
from tests.hub.publishing import class_names
from tests.photos import FOLDER, png

LICENCES = [
    "Attribution-NonCommercial-ShareAlike License",
    "Attribution-NonCommercial License",
    "Attribution-NonCommercial-NoDerivs License",
    "Attribution License",
    "Attribution-ShareAlike License",
    "Attribution-NoDerivs License",
    "No known copyright restrictions",
    "United States Government Work",
]
COCO = Features(
    {
        "image": Image(),
        "annotations": Image(),
        "objects": {
            "bbox": List(List(Value("float32"))),
            "categories": List(ClassLabel(names=class_names.names(class_names.COCO))),
            "area": List(Value("float32")),
            "iscrowd": List(Value("bool")),
        },
        "height": Value("int64"),
        "width": Value("int64"),
        "date_captured": Value("string"),
        "license": ClassLabel(names=LICENCES),
        "coco_url": Value("string"),
        "flickr_url": Value("string"),
    }
)
BOX = [4.0, 6.0, 10.5, 20.0]  # xywh in the stored photo
SIZE = (96, 64)  # of drawn photos
# Of the photos 9, 25 and 30. What names gender or a person stays here.
CAPTIONS = {
    9: ["A woman smiles in front of a flag.", "A person smiles in front of a flag."],
    25: ["A cup of coffee on a table.", "Zebulon drinks a coffee.", "A coffee and a spoon."],
    30: ["A field with a horse."],
}
HIDDEN = ["A woman smiles in front of a flag.", "Zebulon drinks a coffee."]
OKVQA = Features(
    {
        "question_id": Value("string"),
        "image": Image(),
        "question": Value("string"),
        "answers": List(Value("string")),
        "question_type": Value("string"),
        "answer_type": Value("string"),
    }
)
CALTECH101 = Features(
    {
        "image": Image(),
        "label": ClassLabel(names=sorted(map(str.lower, class_names.names(class_names.CALTECH101)))),
    }
)


def photo(name: str) -> dict[str, object]:
    """Return a shipped photo as a cell with a private file name."""
    return {"bytes": (FOLDER / name).read_bytes(), "path": "zebulon_at_home.jpg"}


def drawn(seed: int, code: int = 1) -> dict[str, object]:
    """Return a drawn photo, all different, as a JPEG that is stored turned by an EXIF orientation."""
    colours = np.random.default_rng(seed).integers(60, 200, (2, 3, 3), np.uint8)
    picture = PIL.Image.fromarray(colours).resize(SIZE, PIL.Image.Resampling.NEAREST)
    exif, out = PIL.Image.Exif(), io.BytesIO()
    exif[0x112] = code
    picture.save(out, "JPEG", quality=92, exif=exif)
    return {"bytes": out.getvalue(), "path": "zebulon_at_work.jpg"}


def coco() -> dict[str, bytes]:
    """Return the files of the repo of photos and boxes."""
    train = [_coco("train", 9, photo("people_astronaut.jpg"), 3), _coco("train", 30, drawn(1, code=6), 4)]
    train += [_coco("train", 34, drawn(2), licence) for licence in (2, 5)]  # these forbid derivatives
    validation = [_coco("val", 25, photo("neg_coffee.jpg"), 0), _coco("val", 42, drawn(3), 7)]
    parts = {"train": train, "validation": validation}
    return {
        f"data/{name}-00000-of-00001.parquet": parquet(Dataset.from_list(rows, features=COCO))
        for name, rows in parts.items()
    }


def _coco(split: str, number: int, cell: dict[str, object], licence: int) -> dict[str, object]:
    with PIL.Image.open(io.BytesIO(cell["bytes"])) as image:
        width, height = image.size
    mask = np.zeros((height, width, 3), np.uint8)
    mask[6:26, 4:14] = (1, 2, 0)
    return {
        "image": cell,
        "annotations": {"bytes": png(mask), "path": "zebulon.png"},
        "objects": {"bbox": [BOX], "categories": [0], "area": [210.0], "iscrowd": [False]},
        "height": height,
        "width": width,
        "date_captured": "2013-11-23 20:10:04",
        "license": licence,
        "coco_url": f"http://images.example.org/{split}2014/COCO_{split}2014_{number:012d}.jpg",
        "flickr_url": "http://photos.example.org/zebulon_at_home.jpg",
    }


def coco_captions() -> dict[str, bytes]:
    """Return the files of the repo of captions, in the form of the official ones."""
    files = {"train": (9, 30), "val": (25,)}
    return {
        f"mscoco_karpathy/annotations/captions_{split}2014.json": json.dumps(
            {
                "info": {"year": 2014},
                "images": [{"id": number, "file_name": f"{number:012d}.jpg"} for number in numbers],
                "licenses": [],
                "annotations": [
                    {"image_id": n, "id": 10 * n + i, "caption": text}
                    for n in numbers
                    for i, text in enumerate(CAPTIONS[n])
                ],
            }
        ).encode()
        for split, numbers in files.items()
    }


def okvqa() -> dict[str, bytes]:
    """Return the files of OK-VQA, whose only split is `val2014`."""
    said = [
        ("What is in the cup?", ["coffee", "coffee", "zebulon's tea"]),
        ("What is the woman wearing?", ["helmet", "suit"]),
    ]
    photos = [photo("neg_coffee.jpg"), drawn(4)]
    rows = [
        {
            "question_id": f"29714{i}5",
            "image": cell,
            "question": question,
            "answers": answers,
            "question_type": "one",
            "answer_type": "other",
        }
        for i, (cell, (question, answers)) in enumerate(zip(photos, said, strict=True))
    ]
    data = parquet(Dataset.from_list(rows, features=OKVQA))
    return {"data/val2014-00000-of-00001.parquet": data, "README.md": _split_of("val2014")}


def _split_of(name: str) -> bytes:
    header = {"config_name": "default", "data_files": [{"split": name, "path": f"data/{name}-*"}]}
    return f"---\nconfigs: {json.dumps([header])}\n---\n".encode()


def caltech101() -> dict[str, bytes]:
    """Return the files of Caltech101."""
    rows = [{"image": photo("people_grace_hopper.jpg"), "label": 37}, {"image": drawn(5), "label": 26}]
    return {"data/train-00000-of-00001.parquet": parquet(Dataset.from_list(rows, features=CALTECH101))}
