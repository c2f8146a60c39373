"""What the tests make pages of, and how they read them again."""

import json
import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import PIL.Image

from hf_unsafe2safe.imaging.open import open_pil
from hf_unsafe2safe.report.page import Head, write_page
from hf_unsafe2safe.report.rows import Card
from hf_unsafe2safe.report.thumbnails import thumbnail

# Each would end the script it stands in, start one, or hide what follows, if it were HTML.
NASTY = (
    "<script>window.ran = 1</script>",
    "</script><img src=x onerror='window.ran = 1'>",
    "<!-- <script>",
    "\"'&amp;\\u003c",
)
ALL_NASTY = " ".join(NASTY)
STATUSES = ("safe", "edited", "rejected", "failed")
REASONS = ("nothing_to_edit", "edited_and_verified", "face_remains", "not_an_image")


def small(size_wh=(64, 48), colour=(90, 120, 60)):
    """Return a thumbnail of one colour."""
    return thumbnail(open_pil(PIL.Image.new("RGB", size_wh, colour)), size_wh)


PICTURES = (small(colour=(200, 40, 40)), small())


def card(number, text="A photo.", name=None, pictures=PICTURES):
    """Return a row: its status goes round; every second one has a face, every third a name that was read."""
    status = number % 4
    found = [["face", number % 10 / 10]] * (number % 2 == 0) + [["name", 0.95]] * (number % 3 == 0)
    labels = ["people"] * (number % 2 == 0) + ["text_or_symbols"] * (number % 3 == 0)
    entry = {
        "id": name or f"train/{number}",
        "status": STATUSES[status],
        "reason": REASONS[status],
        "labels": labels,
        "found": found,
    }
    original, safe = pictures
    details = {
        "size": (640, 480),
        "safe": safe if status < 2 else None,
        "original": original if status < 3 else None,
        "regions": [[80, 80, 320, 200, "edited", text]] * len(found),
        "private_caption": text,
        "public_caption": text,
        "edit_instruction": text,
        "read": [[text, text]] * (number % 3 == 0),
    }
    return Card(entry, details)


def write_cards(path, cards, *, originals=True, facts=("a fact",)):
    """Write a page of rows that no result stands behind."""
    with path.open("wb") as file:
        return write_page(file, Head(facts, "", originals, 200), cards)


def inert(text):
    """Return what the inert scripts of a page hold, by id."""
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', text, re.DOTALL)
    return {name: json.loads(values) for name, values in found}


def rows_in(path):
    """Return the rows of a page: id -> its entry and details in one."""
    parts = inert(path.read_text())
    entries = parts.pop("index")["rows"]
    return {entry["id"]: {**entry, **parts[f"row-{i}"]} for i, entry in enumerate(entries)}


def pixels(thumb):
    """Return a thumbnail as (H, W, 3) uint8 RGB."""
    with PIL.Image.open(BytesIO(b64decode(thumb))) as image:
        assert image.format == "WEBP"
        return np.asarray(image.convert("RGB"))


def near(rgb, colour):
    """Return where a picture that was compressed with loss has about a colour, bool (H, W)."""
    return (np.abs(rgb.astype(int) - colour) < 60).all(axis=-1)
