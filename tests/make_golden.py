"""Writes `tests/golden/local.json`: what the preset `local` makes of a few photos. Run it as

    python -m tests.make_golden

after a change that is meant to change results, together with a new `config.PIPELINE_VERSION`: rows that are
kept in users' row stores would otherwise be served as if they were the new ones.
"""

import json
from pathlib import Path
from typing import Any

import cv2

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.config import PIPELINE_VERSION
from hf_unsafe2safe.records import Record
from tests.photos import FOLDER, card, decoded, png

GOLDEN = Path(__file__).parent / "golden" / "local.json"
GRID = 12  # cells a side, whose mean colours stand for the picture


def pictures() -> dict[str, bytes]:
    """Return what is sanitized: faces, text on a person, a plate, nothing, and a drawn card."""
    names = ("people_astronaut.jpg", "people_grace_hopper.jpg", "plate_skoda.jpg", "neg_coffee.jpg")
    photos = {name: (FOLDER / name).read_bytes() for name in names}
    return {**photos, "card": png(card("Jane Doe", "jane.doe@example.com", "+49 30 901820"))}


def outcome(record: Record) -> dict[str, Any]:
    """Return a record as plain values, coarse enough to be the same on another processor."""
    picture = None
    if record.image is not None:
        small = cv2.resize(decoded(record.image), (GRID, GRID), interpolation=cv2.INTER_AREA)
        picture = small.tobytes().hex()  # one line, for who reads a change of the file
    return {
        "status": record.status,
        "flag": record.flag,
        "labels": list(record.labels),
        "regions": [[r.kind, r.action, r.source, round(r.score, 2), list(r.box)] for r in record.regions],
        "public_caption": record.public_caption,
        "edit_instruction": record.edit_instruction,
        "reason": record.provenance.reason,
        "attempts": record.provenance.attempts,
        "edited_fraction": round(record.provenance.edited_fraction, 3),
        "private_caption": record.private.private_caption,
        "read_text": [list(pair) for pair in record.private.read_text],
        "picture": picture,
    }


def outcomes() -> dict[str, dict[str, Any]]:
    """Return the outcome of every picture, and of the pictures that the fakes know."""
    named = pictures()
    records = Sanitizer(store=None).records(list(named.values()))
    known = {"a face": testing.with_face(), "a text": testing.with_text(), "nothing": testing.blank()}
    records += Sanitizer(**testing.fakes(store=None)).records(list(known.values()))
    return {name: outcome(record) for name, record in zip([*named, *known], records, strict=True)}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({"pipeline": PIPELINE_VERSION, "rows": outcomes()}, indent=1) + "\n")
