"""300 rows with everything planted: sanitized, published by command, loaded with `datasets` alone."""

import hashlib
import json
import random
from io import BytesIO

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import PIL.ImageOps
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Image, Value

from hf_unsafe2safe.hub.published import PUBLISHED, read_published
from hf_unsafe2safe.storage.shards import row_groups
from hf_unsafe2safe.taxonomy import STATUSES
from tests.hub.clients import run
from tests.hub.publishing.results import KEY, REPO
from tests.loopback_hub import LoopbackHub
from tests.photos import FACES, decoded, rgb
from tests.planting import FILE, FOLDER, PLANTED, found_in, jpeg, unpacked

pytestmark = pytest.mark.slow
ROWS, VARIANTS = 300, 24
CAPTION = "Zebulon Quillfeather waits at the clinic"
CLASS = "jane_doe_1987"
JPEG_WORDS = {name: word for name, word in PLANTED.items() if name.startswith(("EXIF", "GPS", "XMP", "JPEG"))}
JPEG_WORDS["Photoshop block"] = PLANTED["Photoshop block"]


def variant(i: int) -> bytes:
    """Return a photo, cut, turned over, lighter or darker, and small, with all that a JPEG can hold."""
    chance = random.Random(i)
    image = PIL.Image.fromarray(rgb(sorted(FACES)[i % len(FACES)]))
    left, top = (chance.randint(0, side // 12) for side in image.size)
    image = image.crop((left, top, image.width - left // 2, image.height - top // 2))
    if i % 2:
        image = PIL.ImageOps.mirror(image)
    image = PIL.ImageEnhance.Brightness(image).enhance(chance.uniform(0.8, 1.2))
    side = chance.randint(220, 300)
    image.thumbnail((side, side))
    return jpeg(image)


@pytest.fixture(scope="module")
def originals():
    return [variant(i) for i in range(VARIANTS)]


@pytest.fixture(scope="module")
def source(tmp_path_factory, originals):
    """Return a folder with a Parquet file: images with names, captions, classes, places, numbers."""
    folder = tmp_path_factory.mktemp("private_source") / FOLDER
    folder.mkdir()
    features = Features(
        {
            "image": Image(),
            "caption": Value("string"),
            "label": ClassLabel(names=["cat", CLASS]),
            "file_name": Value("string"),
            "number": Value("int64"),
        }
    )
    names = [f"{FOLDER}/{FILE}_{i:03d}.jpg" for i in range(ROWS)]
    cells = [{"bytes": originals[i % VARIANTS], "path": name} for i, name in enumerate(names)]
    columns = {
        "image": cells,
        "caption": [CAPTION if i % 3 == 0 else "A quiet day." for i in range(ROWS)],
        "label": [i % 2 for i in range(ROWS)],
        "file_name": names,
        "number": list(range(ROWS)),
    }
    Dataset.from_dict(columns, features=features).to_parquet(folder / "train.parquet")
    return folder


@pytest.fixture(scope="module")
def pushed(tmp_path_factory, source):
    """Return the Hub after both commands, the result, what they printed, and a place for other clients."""
    tmp = tmp_path_factory.mktemp("work")
    with LoopbackHub() as hub:
        said = ""
        for command in (
            ["sanitize", source, "--output", tmp / "out"],
            [
                "publish",
                tmp / "out",
                REPO,
                "--passing",
                "caption",
                "--verify",
                "12",
                "--max-shard-size",
                "2MB",
            ],
        ):
            arguments = ["-m", "hf_unsafe2safe.cli", *map(str, command)]
            done = run(hub, tmp, *arguments, timeout_s=900, UNSAFE2SAFE_KEY=KEY)
            assert done.returncode in (0, 3), done.stderr[-2000:]
            said += done.stdout + done.stderr
        yield hub, tmp / "out", said, tmp


def files_of(hub):
    return [data for path, data in sorted(hub.files[REPO].items()) if path.endswith(".parquet")]


def rows_of(hub):
    return [row for data in files_of(hub) for row in pq.read_table(BytesIO(data)).to_pylist()]


# In a process for which neither this package nor what it needs is installed.
LOAD = """
import sys
HIDDEN = {"hf_unsafe2safe", "tests", "torch", "transformers", "onnxruntime", "cv2", "rapidocr"}
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, *more):
        return None if name.split(".")[0] in HIDDEN else self.finder.find_spec(name, *more)
    def __getattr__(self, name):
        return getattr(self.finder, name)
sys.meta_path[:] = map(Without, sys.meta_path)
import hashlib, json
from datasets import load_dataset
def facts(dataset):
    pixels = ((row["number"], row["image"].convert("RGB").tobytes()) for row in dataset)
    seen = [(number, hashlib.sha256(data).hexdigest()) for number, data in pixels]
    return [seen, json.dumps(dataset.features.to_dict())]
whole = load_dataset(sys.argv[1])
assert list(whole) == ["train"]
stream = load_dataset(sys.argv[1], streaming=True)["train"]
print(json.dumps([facts(whole["train"]), facts(stream)]))
assert HIDDEN.isdisjoint(sys.modules)
"""


def test_datasets_alone_loads_it(pushed):
    hub, _, _, tmp = pushed
    done = run(hub, tmp / "reader", "-c", LOAD, REPO)
    assert done.returncode == 0, done.stderr[-3000:]
    whole, stream = json.loads(done.stdout.splitlines()[-1])
    assert whole == stream
    rows = rows_of(hub)
    seen = [[r["number"], hashlib.sha256(decoded(r["image"]["bytes"]).tobytes()).hexdigest()] for r in rows]
    assert whole[0] == seen
    staged = Features.from_arrow_schema(pq.read_schema(BytesIO(files_of(hub)[0])))
    assert json.loads(whole[1]) == json.loads(json.dumps(staged.to_dict()))


def test_all_rows_are_there(pushed):
    hub, _, _, _ = pushed
    config = read_published(hub.files[REPO][PUBLISHED]).configs["default"]
    rows = rows_of(hub)
    withheld = config.statuses["rejected"] + config.statuses["failed"]
    assert len(files_of(hub)) > 1
    assert len(rows) == ROWS - withheld == sum(config.published.values())
    assert withheld < ROWS / 4
    assert config.statuses["edited"] > ROWS / 4
    assert [row["number"] for row in rows] == sorted({row["number"] for row in rows})
    assert config.hidden_values == {"caption": sum(i % 3 == 0 for i in range(ROWS))}
    assert set(config.withheld) == {"file_name", "label"}


def test_nothing_private_arrived(pushed, source, originals):
    hub, out, said, tmp = pushed
    private = [row for _, part in row_groups(out, "train") for row in part.to_pylist()]
    public = {row["public_caption"] for row in rows_of(hub)}
    captions = {r["private_caption"] for r in private if r["private_caption"]} - public
    read = {line["text"] for r in private for line in r["read_text"] or () if len(line["text"]) >= 8}
    needles = {
        **JPEG_WORDS,
        "file name": FILE,
        "folder name": FOLDER,
        "class": CLASS,
        "source": str(source),
        "work": str(tmp),
        "caption": CAPTION,
        **{f"private caption {i}": text for i, text in enumerate(sorted(captions))},
        **{f"read text {i}": text for i, text in enumerate(sorted(read))},
        **{f"hash {i}": hashlib.sha256(data).hexdigest() for i, data in enumerate(originals)},
    }
    files = hub.files[REPO]
    arrived = [*hub.received, *hub.stored().values(), *files.values(), *(path.encode() for path in files)]
    arrived += [part for data in files_of(hub) for part in unpacked(data)]
    assert found_in(arrived, needles) == set()
    assert found_in([said.encode()], {**needles, "work": "?" * 9}) == set()
    assert not any(data in part for data in originals for part in arrived)
    # and the search finds them where they are
    there = [*unpacked((source / "train.parquet").read_bytes())]
    assert found_in(there, needles) >= {*JPEG_WORDS, "file name", "folder name", "caption"}


def test_no_pixels_of_a_risk_arrived(pushed, originals):
    hub, _, _, _ = pushed
    checked = 0
    before = [decoded(data).astype(int) for data in originals]
    for row in rows_of(hub):
        after, original = decoded(row["image"]["bytes"]), before[row["number"] % VARIANTS]
        status = STATUSES[row["privacy_status"]]
        assert after.shape == original.shape
        for region in row["risk_regions"]:
            x1, y1, x2, y2 = region["box"]
            if region["action"] != 0 or status != "edited":
                continue
            inside = np.s_[y1:y2, x1:x2]
            same = (np.abs(after[inside] - original[inside]).max(axis=-1) <= 8).mean()
            assert same < 0.5, (row["number"], region["kind"], same)
            checked += 1
    assert checked > ROWS / 4
