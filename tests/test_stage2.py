"""Generative editors along the whole path, named as users name them, on real photos; tiny random models."""

import json

import numpy as np
import pytest
from datasets import load_dataset

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.materialize import materialize
from hf_unsafe2safe.testing import ScriptedPainter
from tests import photos

pytest.importorskip("torch")

from hf_unsafe2safe.editing.generative import GenerativeEditor
from tests.tiny_editors import tiny_instruct_pix2pix, tiny_klein, tiny_sd3

pytestmark = pytest.mark.slow  # models, processes or photos, many times over

NAMES = ("people_astronaut.jpg", "people_grace_hopper.jpg")
SMALL = ",side=64,num_inference_steps=2,device_map=cpu"


def sanitized(editor, **more):
    sanitize = Sanitizer(policy="faces", editor=editor, store=None, **more)
    return sanitize, sanitize.records([photos.FOLDER / name for name in NAMES])


EDITORS = [  # how a user writes it, and the model
    ("instruct-pix2pix:", tiny_instruct_pix2pix),
    ("safe-attention:", tiny_instruct_pix2pix),
    ("", tiny_klein),  # a folder alone: its class says which editor runs it
    ("flowedit:", tiny_sd3),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "model"), EDITORS, ids=lambda value: getattr(value, "__name__", value))
def test_by_its_spec(name, model):
    """Only the faces change, the model is told of, and its folder is not."""
    folder = model()
    sanitize, records = sanitized(f"{name}{folder}{SMALL}")
    for photo, record in zip(NAMES, records, strict=True):
        assert record.status == "edited"
        (region,) = record.regions
        before, after = photos.rgb(photo), photos.decoded(record.image)
        changed = (before != after).any(axis=-1)
        x1, y1, x2, y2 = region.box
        around = np.ones_like(changed)
        grown = round(0.3 * max(x2 - x1, y2 - y1))
        around[max(0, y1 - grown) : y2 + grown, max(0, x1 - grown) : x2 + grown] = False
        assert not (changed & around).any()
        assert changed[y1:y2, x1:x2].mean() > 0.9
        assert any(m.name.startswith("local:") for m in record.provenance.models)
        assert str(folder) not in repr(record)
    assert sanitize.effort["calls"]["edit_images"] >= len(NAMES)
    assert sanitize.effort["edits"]["attempts"] >= len(NAMES)


def test_alone_in_a_batch_and_again():
    """The seed is the row's: the same bytes alone, after others, and in a new object."""
    spec = f"instruct-pix2pix:{tiny_instruct_pix2pix()}{SMALL}"
    _, together = sanitized(spec)
    alone = Sanitizer(policy="faces", editor=spec, store=None)
    for name, record in reversed(list(zip(NAMES, together, strict=True))):
        assert alone.records([photos.FOLDER / name])[0].image == record.image


def test_a_model_that_copies_ends_in_a_fill():
    """What comes back as it went in is no edit: another seed, then opaque."""
    painter = ScriptedPainter(lambda canvas: canvas.pixels)
    sanitize, records = sanitized(GenerativeEditor(painter))
    for name, record in zip(NAMES, records, strict=True):
        assert record.status == "edited"
        x1, y1, x2, y2 = record.regions[0].box
        middle = photos.decoded(record.image)[(y1 + y2) // 2, x1 + 4 : x2 - 4]
        assert len(np.unique(middle, axis=0)) == 1
        assert not np.array_equal(photos.decoded(record.image), photos.rgb(name))
    edits = sanitize.effort["edits"]
    assert edits["retried"] == edits["fell_back"] == len(NAMES)
    assert edits["refused:copy_remains"] == 2 * len(NAMES)


@pytest.mark.slow
def test_a_model_that_moves_the_face_a_little_is_caught():
    def shifted(canvas):
        return np.roll(canvas.pixels, 2, axis=1)

    sanitize, records = sanitized(GenerativeEditor(ScriptedPainter(shifted)))
    assert [record.status for record in records] == ["edited"] * len(NAMES)
    assert sanitize.effort["edits"]["fell_back"] == len(NAMES)


@pytest.mark.slow
def test_a_dataset_of_it(tmp_path):
    """`materialize` counts what the editor did, and publishes neither its folder nor a private caption."""
    folder = tiny_instruct_pix2pix()
    spec = f"instruct-pix2pix:{folder}{SMALL},batch_size=2"
    source = tmp_path / "photos"
    source.mkdir()
    for name in NAMES:
        (source / name).write_bytes((photos.FOLDER / name).read_bytes())
    out = tmp_path / "safe"
    settings = {"policy": "faces", "editor": {"face": [spec, "fill"]}, "store": None}
    manifest = materialize(str(source), out, settings)
    assert manifest.statuses["edited"] == len(NAMES)
    assert manifest.model_calls["edit_images"] >= len(NAMES)
    assert manifest.model_calls["edit_busy_s"] > 0
    assert manifest.edits["attempts"] >= len(NAMES)
    told = json.loads((out / "manifest.json").read_text())["config"]["editor"]
    assert told == {"face": [f"instruct-pix2pix:LOCAL_FOLDER{SMALL}".replace(",device_map=cpu", ""), "fill"]}
    for path in out.rglob("*"):
        if path.is_file() and "private" not in path.parts:
            assert str(folder).encode() not in path.read_bytes()
    assert len(load_dataset(str(out), split="train")) == len(NAMES)
