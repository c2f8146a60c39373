"""A small result in which rows of every kind wait for a person, made by fakes."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.PngImagePlugin
import pyarrow.parquet as pq

from hf_unsafe2safe import testing
from hf_unsafe2safe.imaging.open import open_image
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.records import Verdict
from hf_unsafe2safe.sources import load_source

HOPELESS, BROKEN = (200, 1, 250), (201, 1, 250)  # colours, not in the photo of the self-test
MAGENTA = testing.COLOURS["face"]
# A face of the fakes has the score 0.9, which is close to 0.85; a name is far from its lowest score.
POLICY = {"name": "mine", "edit": {"face": 0.85, "name": 0.3}}


class Hopeless(testing.FakeVerifier):
    """Never satisfied with an image that has a pixel of one colour."""

    def verify(self, checks, kinds):
        bad = Verdict(("face_remains",), frozenset({0}))
        hopeless = [(check.original == HOPELESS).all(axis=-1).any() for check in checks]
        return [bad if h else v for h, v in zip(hopeless, super().verify(checks, kinds), strict=True)]


def picture(*kinds, corner=None, note=None):
    """Return a PNG with blocks of these kinds, a coloured pixel in the corner, and a text chunk."""
    pixels = np.full((48, 64, 3), (90, 120, 60), np.uint8)
    for kind in kinds:
        x, y = {"face": (8, 8), "name": (30, 30)}[kind]
        pixels[y : y + 12, x : x + 24] = testing.COLOURS[kind]
    pixels[-1, -1] = corner or pixels[-1, -1]
    info, out = PIL.PngImagePlugin.PngInfo(), BytesIO()
    if note:
        info.add_text("Author", note)
    PIL.Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    return out.getvalue()


ROWS = {
    "train/0": picture("face", "name", note="Quasimodo"),  # edited, close to the threshold
    "train/1": picture(),  # safe
    "train/2": picture("name"),  # edited, sure
    "train/3": b"junk",  # failed, no original
    "train/4": picture(corner=BROKEN),  # failed, with an original
    "train/5": picture("face", corner=HOPELESS),  # rejected
}
PRIVATE = (testing.SECRET, "Wolpertinger", "Rumpelstilz", "Quasimodo")  # in files or in their names


def build(folder: Path, **changes):
    """Return a source and its result."""
    root = folder / "Wolpertinger"
    root.mkdir()
    for name, data in zip("abcdef", ROWS.values(), strict=True):
        (root / f"{name}_Rumpelstilz.png").write_bytes(data)
    stages = {"inspector": testing.FakeInspector(fail_on=BROKEN), "verifier": Hopeless(), "policy": POLICY}
    source = load_source(str(root))
    materialize(source, folder / "out", testing.fakes(**{**stages, **changes}))
    return source, folder / "out"


def decide(review: Path, **words):
    """Write decisions, given as train_0="drop", as a person types them into the file."""
    with (review / "decisions.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    out = StringIO()
    lines = [[*line[:4], words.get(line[0].replace("/", "_"), "")] for line in lines]
    csv.writer(out).writerows([header, *lines])
    (review / "decisions.csv").write_text(out.getvalue())


def rows(result: Path, part: str = "data"):
    """Return the rows of a result."""
    return pq.read_table(result / part).to_pylist()


def hashes(result: Path):
    """Return the hashes of all originals that could be opened."""
    return [row["image_sha256"] for row in rows(result, "private") if row["image_sha256"]]


def rgb_of(data: bytes):
    """Return the pixels of an encoded image."""
    return open_image(data).rgb


def shows(rgb, colour):
    """Return whether an image has a pixel of a colour."""
    return bool((rgb == colour).all(axis=-1).any())
