"""The recipes run for real, on look-alikes of their datasets, against the loopback Hub."""

import io
import json
import re
import shutil
from pathlib import Path

import PIL.Image
import pyarrow.parquet as pq
import pytest
from datasets import Features, Image

from hf_unsafe2safe.manifest import read_manifest
from tests.dataset_scripts import lookalikes
from tests.hub import clients
from tests.loopback_hub import LoopbackHub
from tests.photos import FOLDER
from tests.test_push import unpacked

pytestmark = pytest.mark.slow  # models, servers and processes, many times over

SCRIPTS = Path(__file__).parents[2] / "dataset_scripts"
TARGETS = ("me/coco", "me/caltech", "me/indoor", "me/okvqa", "me/any")
PRIVATE = ("zebulon", "quillfeather", "000000000009", "images.example.org", *lookalikes.HIDDEN)
LOAD = """
import json, sys
from datasets import load_dataset
parts = load_dataset(sys.argv[1])
print(json.dumps({name: [part.features.to_dict(), len(part)] for name, part in parts.items()}))
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("recipes")


@pytest.fixture(scope="module")
def hub(work):
    """The Hub after all five recipes; what they said is in files of `work`."""
    with LoopbackHub() as hub:
        hub.make("org/coco", private=False, files=lookalikes.coco())
        hub.make("org/coco-captions", private=False, files=lookalikes.coco_captions())
        hub.make("org/caltech101", private=False, files=lookalikes.caltech101())
        hub.make("org/okvqa", private=False, files=lookalikes.okvqa())
        coco = ("--source", "org/coco", "--captions", "org/coco-captions")
        recipe(hub, work, "coco", *coco, "--shard", "0/2")
        recipe(hub, work, "coco", *coco, "--shard", "1/2", "--num-proc", "2")
        recipe(hub, work, "coco", *coco, "--merge", "--to", "me/coco")
        recipe(hub, work, "caltech101", "--source", "org/caltech101", "--to", "me/caltech", "--public")
        folder = ("--source", str(scenes(work)), "--keep-labels")
        recipe(hub, work, "indoor67", *folder, "--policy", "faces", "--to", "me/indoor")
        recipe(hub, work, "okvqa", "--source", "org/okvqa", "--to", "me/okvqa")
        named = ("--annotation", "objects.bbox=xywh", "--annotation", "annotations=mask")
        some = ("--image-column", "image", "--split", "train", "--limit", "3", "--column", "date_captured")
        some += ("--licence-column", "license")
        recipe(hub, work, "any_hub_dataset", "--source", "org/coco", *named, *some, "--to", "me/any")
        yield hub


def recipe(hub: LoopbackHub, work: Path, name: str, *arguments: str) -> str:
    done = clients.run(hub, work, str(SCRIPTS / f"{name}.py"), "--output", str(work / name), *arguments)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (work / f"{name}{len(list(work.glob(f'{name}*.txt')))}.txt").write_text(done.stdout)
    return done.stdout


def scenes(work: Path) -> Path:
    """Return a folder like that of the official archive of Indoor67."""
    for scene, photo in (("airport_inside", "neg_cat.png"), ("tv_studio", "people_cameraman.png")):
        place = work / "Images" / scene
        place.mkdir(parents=True)
        shutil.copy(FOLDER / photo, place / f"zebulon{Path(photo).suffix}")
    return work / "Images"


def published(hub: LoopbackHub, repo: str, split: str = "train") -> list[dict]:
    files = {path: data for path, data in hub.files[repo].items() if path.startswith(f"data/{split}-")}
    return [row for path in sorted(files) for row in pq.read_table(io.BytesIO(files[path])).to_pylist()]


def features(hub: LoopbackHub, repo: str, split: str = "train") -> Features:
    path = next(path for path in hub.files[repo] if path.startswith(f"data/{split}-"))
    return Features.from_arrow_schema(pq.read_schema(io.BytesIO(hub.files[repo][path])))


def described(hub: LoopbackHub, repo: str) -> dict:
    return json.loads(hub.files[repo]["unsafe2safe.json"])["configs"]["default"]


def withheld(hub: LoopbackHub, repo: str) -> set[str]:
    return set(described(hub, repo)["withheld"])


def test_coco_is_private_and_its_photos_are_sanitized(hub):
    assert hub.settings["me/coco"]["private"]
    train = published(hub, "me/coco")
    names = features(hub, "me/coco")["privacy_status"].names
    assert [names[row["privacy_status"]] for row in train] == ["edited", "safe"]
    original = (FOLDER / "people_astronaut.jpg").read_bytes()
    assert train[0]["image"]["bytes"] != original
    assert all(row["image"]["path"] is None for row in train)


def test_boxes_and_categories_of_coco_stay_valid(hub):
    objects = features(hub, "me/coco")["objects"]
    assert objects == lookalikes.COCO["objects"]
    for row in published(hub, "me/coco") + published(hub, "me/coco", "validation"):
        with PIL.Image.open(io.BytesIO(row["image"]["bytes"])) as image:
            width, height = image.size
        ((x, y, w, h),) = row["objects"]["bbox"]
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    turned = published(hub, "me/coco")[1]  # by EXIF: what was its left edge is its upper one
    x, y, w, h = lookalikes.BOX
    assert turned["objects"]["bbox"] == [[lookalikes.SIZE[1] - y - h, x, h, w]]


def test_captions_that_name_people_stay_here_and_the_others_are_published(hub, work):
    kept = {9: ["A person smiles in front of a flag."], 30: ["A field with a horse."]}
    assert [row["captions"] for row in published(hub, "me/coco")] == [kept[9], kept[30]]
    other = ["A cup of coffee on a table.", "A coffee and a spoon."]
    assert [row["captions"] for row in published(hub, "me/coco", "validation")] == [other, []]
    assert described(hub, "me/coco")["hidden_values"] == {"captions": len(lookalikes.HIDDEN)}
    files = (work / "coco" / "data").glob("train-*")
    local = [captions for file in files for captions in pq.read_table(file)["captions"].to_pylist()]
    assert lookalikes.CAPTIONS[9] in local  # all of them, on this machine


def test_photos_of_coco_that_must_not_be_changed_stay_here(hub, work):
    names = features(hub, "me/coco")["license"].names
    assert names == lookalikes.LICENCES
    assert [names[row["license"]] for row in published(hub, "me/coco")] == [
        "Attribution License",
        "Attribution-ShareAlike License",
    ]
    assert read_manifest(work / "coco")["splits"]["train"]["safe"] == 3
    assert described(hub, "me/coco")["refused_rows"] == 2  # the card states it


def test_names_addresses_and_times_of_coco_stay_here(hub):
    assert withheld(hub, "me/coco") == {"annotations", "coco_url", "flickr_url", "date_captured"}
    assert set(features(hub, "me/coco")) >= {"width", "height", "license", "objects", "captions", "row_key"}


def test_two_shards_and_a_merge_are_one_result(hub, work):
    said = [(work / f"coco{i}.txt").read_text() for i in range(3)]
    assert said[0].startswith("Shard 0/2 is finished.")
    assert said[1].startswith("Shard 1/2 is finished.")
    assert "Published: " in said[2]
    assert "To me/coco (private)" in said[2]
    assert len(hub.history("me/coco")) == 2  # the empty repo, and one commit


def test_classes_of_caltech101_are_published(hub, work):
    assert not hub.settings["me/caltech"]["private"]
    assert features(hub, "me/caltech")["label"] == lookalikes.CALTECH101["label"]
    assert [row["label"] for row in published(hub, "me/caltech")] == [37, 26]
    assert read_manifest(work / "caltech101")["config"]["context_columns"] == ["label"]


def test_scenes_of_a_folder_of_indoor67_are_published_and_its_file_names_are_not(hub):
    assert features(hub, "me/indoor")["label"].names == ["airport_inside", "tv_studio"]
    rows = published(hub, "me/indoor")
    names = features(hub, "me/indoor")["privacy_status"].names
    assert [(row["label"], names[row["privacy_status"]]) for row in rows] == [(0, "safe"), (1, "edited")]


def test_questions_and_answers_of_okvqa_are_published_where_they_pass(hub, work):
    rows = published(hub, "me/okvqa", "val2014")
    assert [row["question"] for row in rows] == ["What is in the cup?", None]
    assert [row["answers"] for row in rows] == [["coffee", "coffee"], ["helmet", "suit"]]
    assert withheld(hub, "me/okvqa") == {"question_id"}
    assert read_manifest(work / "okvqa")["config"]["context_columns"] == ["question"]


def test_columns_of_any_dataset_are_named_on_the_command_line(hub):
    assert len(published(hub, "me/any")) == 2
    assert features(hub, "me/any")["annotations"] == Image()
    for row in published(hub, "me/any"):  # one of them was turned
        with PIL.Image.open(io.BytesIO(row["image"]["bytes"])) as image:
            size = image.size
        with PIL.Image.open(io.BytesIO(row["annotations"]["bytes"])) as mask:
            x, y, w, h = row["objects"]["bbox"][0]
            assert mask.size == size
            assert mask.convert("RGB").getpixel((int(x + w / 2), int(y + h / 2))) == (1, 2, 0)
    assert published(hub, "me/any")[0]["date_captured"] == "2013-11-23 20:10:04"
    assert withheld(hub, "me/any") == {"license", "coco_url", "flickr_url"}


def test_no_program_is_ever_pushed(hub):
    """`datasets` refuses a repo that holds a `NAME.py`; and nothing else that runs has any business there."""
    allowed = r"README\.md|unsafe2safe\.json|\.gitattributes|data/(\w+/)?[\w.-]+\.parquet"
    for repo in TARGETS:
        commits = hub.repos[repo].commits.values()
        paths = {path for commit in commits for path in commit.files}
        assert any(path.endswith(".parquet") for path in paths)
        assert all(re.fullmatch(allowed, path) for path in paths), paths


def test_nothing_private_is_published(hub):
    for repo in TARGETS:
        for path, data in hub.files[repo].items():
            inside = unpacked(data) if path.endswith(".parquet") else ()
            text = b"\n".join([path.encode(), data, *inside]).lower()
            assert not [word for word in PRIVATE if word.lower().encode() in text], (repo, path)


@pytest.mark.parametrize("repo", TARGETS)
def test_datasets_alone_loads_them(hub, tmp_path, repo):
    done = clients.run(hub, tmp_path, "-c", LOAD, repo)
    assert done.returncode == 0, done.stderr[-3000:]
    loaded = json.loads(done.stdout)
    for split, (found, rows) in loaded.items():
        assert Features.from_dict(found) == features(hub, repo, split)
        assert rows == len(published(hub, repo, split))
    assert set(loaded) == {path.split("-")[0][5:] for path in hub.files[repo] if path.startswith("data/")}


def test_captions_that_are_not_there_are_told_in_one_line(hub, work):
    script, out = str(SCRIPTS / "coco.py"), str(work / "none")
    done = clients.run(hub, work, script, "--source", "org/coco", "--captions", "org/none", "--output", out)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: Cannot read the captions: ")
    assert len(done.stderr.splitlines()) <= 2


def test_a_dry_run_sends_nothing(hub, work):
    before = len(hub.requests)
    said = recipe(hub, work, "okvqa", "--source", "org/okvqa", "--to", "me/other", "--dry-run")
    assert "Columns that leave:" in said
    assert said.endswith("Dry run: nothing was sent.\n")
    assert {method for method, _, _ in hub.requests[before:]} <= {"GET", "HEAD"}
    assert "me/other" not in hub.files


def test_what_is_published_was_judged_and_the_card_shows_it(hub, work):
    for repo in ("me/coco", "me/caltech", "me/okvqa"):
        found = {row["metric"]: row for row in described(hub, repo)["evaluation"]}
        assert {"facesim", "textsim", "ssim-outside", "metadata-bytes"} & set(found), repo
        assert found["ssim-outside"]["value"] > 0.9
        assert "ssim-outside" in hub.files[repo]["README.md"].decode()
    assert "PRIVACY" in (work / "caltech1010.txt").read_text()
