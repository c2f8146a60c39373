"""What a person is shown: which rows, in which files, and nothing that is not needed for it."""

import csv
import json
import stat
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from datasets import Dataset, Features, Image

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.imaging.open import open_image, open_pil
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.review import apply_review, export_review
from hf_unsafe2safe.review.candidate import candidate_of
from hf_unsafe2safe.review.decisions import DECISIONS
from hf_unsafe2safe.review.page import Item, page
from hf_unsafe2safe.review.result import ResultRow
from hf_unsafe2safe.review.unsure import why_of
from hf_unsafe2safe.sources import load_source
from tests.review.samples import MAGENTA, PRIVATE, ROWS, hashes, picture, rgb_of, rows, shows

LOWEST = {"face": 0.35, "name": 0.3, "nudity": 0.2}


def row(*regions, status="safe", reason="nothing_to_edit"):
    names = ("kind", "score", "source")
    found = tuple({"action": "labelled", **dict(zip(names, values, strict=True))} for values in regions)
    return ResultRow("train/0", status, reason, found, None, None)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (row(), None),
        (row(("face", 0.9, "centerface")), None),  # sure
        (row(("face", 0.1, "centerface")), None),  # surely none
        (row(status="safe", reason="kept_by_reviewer"), None),  # a person said so
        (row(("face", np.float32(0.45).item(), "centerface")), "near_threshold"),  # just within
        (row(("name", np.float32(0.4).item(), "rapidocr")), "near_threshold"),  # rounded up by float32
        (row(("face", 0.26, "centerface")), "near_threshold"),  # below: only labelled
        (row(("face", 0.46, "centerface")), None),
        (row(("face", float("nan"), "centerface")), "near_threshold"),  # no number is unsure
        (row(("text", 0.3, "rapidocr")), None),  # the policy does not edit it
        (row(("face", 0.9, "verify:ssd")), "found_by_verifier"),
        (row(("text", 0.9, "verify:rapidocr")), "found_by_verifier"),
        (row(("nudity", 0.5, "nsfw"), ("face", 0.9, "verify:ssd")), "nudity_unsure"),  # the first of several
        (row(("nudity", 0.79, "nsfw")), "nudity_unsure"),
        (row(("nudity", 0.8, "nsfw")), None),
        (row(("nudity", float("nan"), "nsfw")), "nudity_unsure"),
        (row(status="rejected", reason="face_remains"), "rejected"),
        (row(status="failed", reason="missing"), "failed"),
        # A person decided on these before.
        (row(status="rejected", reason="dropped_by_reviewer"), None),
        (row(("face", 0.3, "verify:x"), status="edited", reason="accepted_by_reviewer"), None),
    ],
)
def test_which_rows_are_shown(shown, why):
    assert why_of(shown, LOWEST) == why


def test_the_folder(made):
    _, _, review, counts = made
    assert counts == {"rejected": 1, "failed": 2, "near_threshold": 1}
    files = {path.relative_to(review).as_posix() for path in review.rglob("*") if path.is_file()}
    assert files == {
        *("review.html", "review.json", "decisions.csv", ".gitignore"),
        *(f"images/train-0-{part}" for part in ("original.png", "now.webp", "filled.webp")),
        "images/train-4-original.png",
        *(f"images/train-5-{part}" for part in ("original.png", "filled.webp")),
    }
    for path in (review, *review.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert (review / ".gitignore").read_text() == "*\n"
    with (review / "decisions.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["row", "status", "reason", "why", "decision"],
            ["train/0", "edited", "edited_and_verified", "near_threshold", ""],
            ["train/3", "failed", "not_an_image", "failed", ""],
            ["train/4", "failed", "inspect_failed", "failed", ""],
            ["train/5", "rejected", "face_remains", "rejected", ""],
        ]


def test_the_page(made):
    text = (made[2] / "review.html").read_text()
    assert "This page shows originals." in text
    assert not any(word in text for word in ("<script", "http://", "https://"))
    sections = dict(zip((0, 3, 4, 5), text.split("<section>")[1:], strict=True))
    offered = {i: [w for w in DECISIONS if f"<code>{w}</code>" in part] for i, part in sections.items()}
    everything = ["accept_fill", "drop", "keep_by_consent"]
    assert offered == {0: everything, 3: ["drop"], 4: ["drop", "keep_by_consent"], 5: everything}
    assert 'src="images/train-0-filled.webp"' in sections[0]
    assert sections[0].count("<rect") == 2
    assert [part.count("no image") for part in sections.values()] == [0, 3, 2, 1]


def test_the_page_escapes_what_comes_from_a_row():
    nasty = "<script>&\"'"
    region = {"kind": nasty, "score": 0.5, "source": nasty, "box": [0, 0, 2, 2], "action": 0}
    item = Item(nasty, nasty, nasty, "failed", [region], (9, 9), {"Original": nasty}, ["drop"])
    text = page([item])
    assert nasty not in text
    assert "<script" not in text


def test_the_pictures(made):
    _, result, review, _ = made
    images = {path.name: path.read_bytes() for path in (review / "images").iterdir()}
    assert np.array_equal(rgb_of(images["train-0-original.png"]), rgb_of(ROWS["train/0"]))
    assert not shows(rgb_of(images["train-0-filled.webp"]), MAGENTA)
    assert images["train-0-now.webp"] == rows(result)[0]["image"]["bytes"]


def test_nothing_private_but_the_pictures(made):
    source, result, review, _ = made
    for path in filter(Path.is_file, review.rglob("*")):
        data = path.read_bytes()
        for word in (*PRIVATE, str(source.root), str(review), *hashes(result)):
            assert word.encode() not in data, path.name


def region(kind, box):
    return {"kind": kind, "score": 0.5, "source": "any", "box": list(box), "action": 1}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["face", "name", "code", "person", "nudity"])
def test_a_candidate_covers_the_whole_box(mode, kind):
    noise = np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8)
    image = open_pil(PIL.Image.fromarray(noise).convert(mode))
    made = candidate_of(image, [region(kind, (20, 10, 40, 30))], ("face", "name", "code", kind), "auto")
    after = open_image(made.data)
    same = (after.rgb == image.rgb).all(axis=-1)
    assert same[10:30, 20:40].mean() < 0.55  # of two colours, the fill has one by chance
    assert same[:3].all()
    assert same[:, :10].all()
    assert 0.16 < made.edited_fraction < 0.5


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [region("text", (5, 5, 20, 20))],  # not edited by the policy
        [region("person", (5, 5, 5, 5))],  # of no size: nothing would be filled
    ],
)
def test_no_candidate_is_the_original(regions):
    assert candidate_of(open_image(picture()), regions, ("face", "person"), "auto") is None


def test_a_limit(made, tmp_path):
    source, result, _, _ = made
    assert export_review(result, source, tmp_path / "review", limit=2) == {"failed": 1, "near_threshold": 1}
    entries = json.loads((tmp_path / "review" / "review.json").read_text())["rows"]
    assert list(entries) == ["train/0", "train/3"]
    with pytest.raises(ConfigError, match="limit must be 1 or more"):
        export_review(result, source, tmp_path / "two", limit=0)


@pytest.mark.parametrize("place", ["Wolpertinger", "Wolpertinger/review", "out", "out/data/x", "out/private"])
def test_a_review_lies_apart(reviewed, tmp_path, place):
    source, result, review = reviewed
    with pytest.raises(ConfigError, match="lie inside each other"):
        export_review(result, source, tmp_path / place)
    with pytest.raises(ConfigError, match="lie inside each other"):
        apply_review(result, review, source, tmp_path / place)


def test_a_review_is_not_written_over(made, tmp_path):
    source, result, review, _ = made
    with pytest.raises(ConfigError, match="not empty"):
        export_review(result, source, review)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="not a folder"):
        export_review(result, source, tmp_path / "file")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        export_review(result, source, tmp_path / "file" / "below")


@pytest.mark.parametrize("there", ["nothing", "a folder", "a link"])
def test_originals_that_changed(reviewed, tmp_path, there):
    source, result, _ = reviewed
    if there == "a folder":
        (tmp_path / "again").mkdir()
    if there == "a link":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "again").symlink_to(tmp_path / "elsewhere")
    (source.root / "f_Rumpelstilz.png").write_bytes(testing.blank())
    with pytest.raises(DatasetError, match="Row train/5 of the result was made from another image"):
        export_review(result, source, tmp_path / "again")
    assert (tmp_path / "again").exists() == (there != "nothing")
    assert not list(tmp_path.glob("again/*"))


def test_a_table_cannot_draw_other_files_of_this_machine_into_a_review(tmp_path):
    (tmp_path / "private.png").write_bytes(testing.blank())
    (tmp_path / "in").mkdir()
    cells = {"image": [{"bytes": None, "path": str(tmp_path / "private.png")}]}
    table = Dataset.from_dict(cells, features=Features({"image": Image(decode=False)}))
    table.to_parquet(tmp_path / "in" / "rows.parquet")
    source = load_source(str(tmp_path / "in"))
    materialize(source, tmp_path / "out", testing.fakes())
    assert export_review(tmp_path / "out", source, tmp_path / "review") == {"failed": 1}
    assert list((tmp_path / "review" / "images").iterdir()) == []
