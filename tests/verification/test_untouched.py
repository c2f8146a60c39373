"""An editor that does nothing must not pass, whatever the kind; nor what only resembles an edit."""

import numpy as np
import pytest
import zxingcpp

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, masked_edit
from hf_unsafe2safe.editing.mosaic import MosaicEditor
from hf_unsafe2safe.records import Finding, PublicCaption
from tests.photos import card, png, rgb

pytestmark = pytest.mark.slow  # models, processes or photos, many times over


def letter():
    return card(
        *(f"A line of a letter, number {word}" for word in ["one", "two", "three", "four", "five", "six"])
    )


def with_code():
    picture = np.full((240, 320, 3), 225, np.uint8)
    drawn = np.asarray(zxingcpp.create_barcode("Jane", zxingcpp.BarcodeFormat.QRCode).to_image(scale=4))
    picture[20 : 20 + drawn.shape[0], 40 : 40 + drawn.shape[1]] = drawn[..., None]
    return picture


# Kinds that no reader tells to be gone, and a picture of each.
PICTURES = {
    "document": letter,
    "vehicle": lambda: rgb("neg_motorcycle.jpg"),
    "person": lambda: rgb("people_astronaut.jpg"),
    "code": with_code,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", PICTURES)
def test_what_a_lazy_editor_left_is_filled_instead(kind):
    picture = PICTURES[kind]()
    sanitize = Sanitizer(policy={"edit": [kind]}, editor=testing.FakeEditor(lazy=True))
    (record,) = sanitize.records([png(picture)])
    regions = [r for r in record.regions if r.kind == kind]
    assert (record.status, record.provenance.attempts) == ("edited", 2)
    assert {r.action for r in regions} == {"edited"}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("editor", ["fill", "inpaint"])
def test_a_real_edit_passes_at_once(kind, editor):
    (record,) = Sanitizer(policy={"edit": [kind]}, editor=editor).records([png(PICTURES[kind]())])
    assert (record.status, record.provenance.attempts) == ("edited", 1)


def test_a_fill_takes_no_colour_from_a_region_that_is_edited_later():
    # A face of one colour, and in it text that another editor fills: the ring of the text is skin.
    skin = (230, 190, 170)
    picture = np.full((200, 200, 3), 90, np.uint8)
    picture[40:160, 40:160] = skin
    face = Finding("face", 0.9, (40, 40, 160, 160), "any")
    text = Finding("name", 0.9, (90, 90, 110, 110), "any", text="x")
    jobs = [
        EditJob(
            picture,
            (Assignment(face, MosaicEditor(), order=0), Assignment(text, FillEditor(), order=1)),
            PublicCaption("A."),
            "E.",
            0,
        )
    ]
    ((out, _),) = masked_edit(jobs)
    assert not (out[95:105, 95:105] == skin).all(axis=-1).any()
