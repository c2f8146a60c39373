"""What is in the file: the right rows and pictures, no original unasked, nothing that a row smuggles in."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, Image, Value

from hf_unsafe2safe import testing
from hf_unsafe2safe.errors import ConfigError, DatasetError
from hf_unsafe2safe.manifest import read_manifest
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.report import write_report
from hf_unsafe2safe.sources import load_source
from tests.report.samples import ALL_NASTY, NASTY, card, inert, near, pixels, rows_in, write_cards
from tests.review.samples import MAGENTA, ROWS, hashes, picture

NAMES = ("Wolpertinger", "Rumpelstilz", "Quasimodo")  # folder, files, metadata: no row shows them


class Tags(HTMLParser):
    """Every tag of a page with its attributes, as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_rows(made):
    rows = rows_in(made[2])
    assert list(rows) == list(ROWS)
    assert [r["status"] for r in rows.values()] == [
        "edited",
        "safe",
        "edited",
        "failed",
        "failed",
        "rejected",
    ]
    first = rows["train/0"]
    assert first["reason"] == "edited_and_verified"
    assert first["labels"] == ["people", "text_or_symbols"]
    assert first["found"] == [["face", 0.9], ["name", 0.9]]
    assert first["regions"] == [[8, 8, 32, 20, "edited", "fake"], [30, 30, 54, 42, "edited", "fake"]]
    assert first["read"] == [["name", testing.SECRET]]
    assert first["private_caption"] == f"An image. {testing.SECRET}"
    assert testing.SECRET not in first["public_caption"]
    assert first["edit_instruction"].startswith("Neutralise")
    assert first["size"] == [64, 48]
    assert rows["train/3"]["size"] is None


def test_pictures_before_and_after(made):
    rows = rows_in(made[2])
    both = {name: (row["original"], row["safe"]) for name, row in rows.items()}
    assert both["train/1"][0] is True  # unchanged: one picture for both
    assert both["train/3"] == (None, None)
    assert both["train/4"][1] is both["train/5"][1] is None
    before, after = map(pixels, both["train/0"])
    assert before.shape == after.shape == (48, 64, 3)
    assert near(before, MAGENTA).sum() > 200
    assert not near(after, MAGENTA).any()
    assert near(pixels(both["train/5"][0]), MAGENTA).any()


def test_without_originals_there_is_none(made):
    _, result, _, page = made
    rows, data = rows_in(page), page.read_bytes()
    assert [row["original"] for row in rows.values()] == [None] * 6
    assert [row["safe"] is not None for row in rows.values()] == [True, True, True, False, False, False]
    thumbs = re.findall(r'"(UklG[^"]+)"', page.read_text())  # base64 of what begins with RIFF
    assert thumbs == [row["safe"] for row in rows.values() if row["safe"]]
    assert not any(near(pixels(thumb), MAGENTA).any() for thumb in thumbs)
    for original in ROWS.values():
        assert b64encode(original)[:40] not in data
    assert b"this page shows private captions" in data
    assert not any(name.encode() in data for name in (*NAMES, *hashes(result)))


def test_nothing_private_but_what_is_shown(made):
    source, result, page, _ = made
    data = page.read_bytes()
    assert b"this page shows originals" in data
    assert not any(name.encode() in data for name in (*NAMES, str(source.root), *hashes(result)))


@pytest.mark.parametrize("which", [2, 3])
def test_nothing_is_asked_for_and_only_our_script_runs(made, which):
    text = made[which].read_text()
    tags = Tags(text).seen
    policy = next(a["content"] for _, a in tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    scripts = [a for tag, a in tags if tag == "script" and a.get("type") != "application/json"]
    assert scripts == [{}]
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = b64encode(sha256(body.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}';" in policy
    for tag, attributes in tags:
        assert tag not in ("link", "img", "iframe", "object", "base", "a")
        assert not any(name in ("src", "href", "style") or name.startswith("on") for name in attributes)
    assert "@import" not in text
    assert "url(" not in text
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]


def test_markup_in_a_row_is_text(tmp_path):
    cards = [card(i, ALL_NASTY, name=f"{ALL_NASTY}/{i}") for i in range(4)]
    cards[0].entry["found"][0][0] = cards[0].entry["labels"][0] = cards[0].entry["reason"] = ALL_NASTY
    assert write_cards(tmp_path / "p.html", cards, facts=(ALL_NASTY,)) == 4
    text = (tmp_path / "p.html").read_text()
    write_cards(tmp_path / "plain.html", [card(i) for i in range(4)])
    assert Tags(text).seen == Tags((tmp_path / "plain.html").read_text()).seen
    assert not any(part in text for part in NASTY[:3])
    rows = rows_in(tmp_path / "p.html")
    assert list(rows) == [f"{ALL_NASTY}/{i}" for i in range(4)]
    assert rows[f"{ALL_NASTY}/0"]["read"] == [[ALL_NASTY, ALL_NASTY]]


class Reads(testing.FakeInspector):
    """Reads markup in what it finds."""

    def inspect(self, images, kinds):
        found = super().inspect(images, kinds)
        for finding in (f for one in found for f in one.findings if f.text):
            object.__setattr__(finding, "text", ALL_NASTY)
        return found


def test_markup_in_a_dataset_is_text(tmp_path):
    features = Features({NASTY[1]: Image(decode=False), NASTY[0]: Value("string")})
    values = {NASTY[1]: [{"bytes": picture("name"), "path": None}], NASTY[0]: ["x"]}
    (tmp_path / "in").mkdir()
    Dataset.from_dict(values, features=features).to_parquet(tmp_path / "in" / "rows.parquet")
    source = load_source(str(tmp_path / "in"), image_column=NASTY[1])
    materialize(source, tmp_path / "out", testing.fakes(inspector=Reads(), image_column=NASTY[1]))
    write_report(tmp_path / "out", tmp_path / "out" / "report.html", source)
    text = (tmp_path / "out" / "report.html").read_text()
    assert not any(part in text for part in NASTY[:3])
    assert inert(text)["row-0"]["read"] == [["name", ALL_NASTY]]


def test_charts(made, tmp_path):
    text = made[2].read_text()
    assert re.findall(r"<caption>(.*?)</caption>", text)[:3] == [
        "Rows by status",
        "Rows by risk label",
        "Rows without an image, by reason",
    ]
    lines = dict(re.findall(r'data-name="(\w+)".*?<td>([\d.,]+)</td>', text))
    assert {name: lines[name] for name in ("safe", "edited", "rejected", "failed")} == {
        "safe": "1",
        "edited": "2",
        "rejected": "1",
        "failed": "2",
    }
    assert (lines["people"], lines["text_or_symbols"]) == ("2", "2")
    assert (lines["not_an_image"], lines["inspect_failed"], lines["face_remains"]) == ("1", "1", "1")
    assert "nothing_to_edit" not in lines


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ({"inspect": 12.34, "verify": 3}, [("inspect", "12.3", "80%"), ("verify", "3.0", "20%")]),
        ({}, []),
        (None, []),  # an older result
    ],
)
def test_seconds_of_the_stages(result, tmp_path, seconds, shown):
    _, folder = result
    values = {**read_manifest(folder), "seconds": seconds}
    if seconds is None:
        del values["seconds"]
    (folder / "manifest.json").write_text(json.dumps(values))
    write_report(folder, tmp_path / "r.html")
    chart = re.findall(
        r"<caption>Seconds by stage</caption>.*?</figure>", (tmp_path / "r.html").read_text(), re.DOTALL
    )
    lines = re.findall(r'data-name="(\w+)".*?<td>([\d.]+)</td><td class="share">(\d+%)', "".join(chart))
    assert lines == shown


def test_a_limit(made, tmp_path):
    source, result, _, _ = made
    assert write_report(result, tmp_path / "r.html", source, limit=2) == 2
    assert list(rows_in(tmp_path / "r.html")) == ["train/0", "train/1"]
    assert "the first 2 are shown, the charts count all" in (tmp_path / "r.html").read_text()
    with pytest.raises(ConfigError, match="limit must be 1 or more"):
        write_report(result, tmp_path / "two.html", limit=0)


def test_splits(tmp_path):
    for split, kinds in (("train", ()), ("test", ("face",))):
        (tmp_path / "in" / split).mkdir(parents=True)
        (tmp_path / "in" / split / "a.png").write_bytes(picture(*kinds))
    source = load_source(str(tmp_path / "in"))
    materialize(source, tmp_path / "out", testing.fakes())
    assert write_report(tmp_path / "out", tmp_path / "r.html", source) == 2
    rows = rows_in(tmp_path / "r.html")
    assert {name: row["status"] for name, row in rows.items()} == {"train/0": "safe", "test/0": "edited"}
    assert near(pixels(rows["test/0"]["original"]), MAGENTA).any()


def test_a_broken_image_in_a_result(result, tmp_path):
    _, folder = result
    (shard,) = (folder / "data").iterdir()
    table = pq.read_table(shard)
    cells = table["image"].to_pylist()
    cells[1] = {"bytes": b"junk", "path": None}
    at = table.schema.get_field_index("image")
    field = table.schema.field("image")
    pq.write_table(table.set_column(at, field, pa.array(cells, field.type)), shard)
    with pytest.raises(DatasetError, match="The image of row train/1 in the result cannot be opened"):
        write_report(folder, tmp_path / "r.html")
    assert not list(tmp_path.glob("r*"))


def test_the_same_result_gives_the_same_page(made, tmp_path):
    source, result, page, _ = made
    write_report(result, tmp_path / "again.html", source)
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()
    assert np.array_equal(*(pixels(rows_in(p)["train/2"]["safe"]) for p in (page, tmp_path / "again.html")))
