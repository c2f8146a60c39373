"""The editor around a painter: one call for all crops, seeds, what a failure costs, what is handed on."""

import numpy as np
import pytest

from hf_unsafe2safe.backends.painting import Painter
from hf_unsafe2safe.editing.generative import GenerativeEditor
from hf_unsafe2safe.errors import BackendError, StageError, Unsafe2SafeError
from hf_unsafe2safe.records import EditRequest, PublicCaption
from hf_unsafe2safe.testing import ScriptedPainter, check_editor
from tests import photos


def request(photo="people_astronaut.jpg", boxes=((170, 60, 280, 180),), **more):
    rgb = photos.rgb(photo)
    mask = np.zeros(rgb.shape[:2], np.uint8)
    for x1, y1, x2, y2 in boxes:
        mask[y1:y2, x1:x2] = 255
    return EditRequest(rgb, mask, PublicCaption("A person."), "Repaint.", **{"seed": 7, **more})


FAR = ((10, 10, 40, 40), (400, 400, 440, 450))


def test_conforms():
    assert isinstance(ScriptedPainter(), Painter)
    check_editor(GenerativeEditor(ScriptedPainter()))


def test_all_crops_of_all_images_in_one_call():
    painter = ScriptedPainter()
    GenerativeEditor(painter).edit([request(boxes=FAR), request("neg_coffee.jpg"), request(boxes=())])
    assert [len(call) for call in painter.canvases] == [3]


def test_alone_or_among_others():
    """Rows do not depend on their neighbours, nor on what was painted before."""
    rows = [request(boxes=FAR), request("neg_coffee.jpg", seed=9), request()]
    together = GenerativeEditor(ScriptedPainter()).edit(rows)
    editor = GenerativeEditor(ScriptedPainter())
    for row, expected in reversed(list(zip(rows, together, strict=True))):
        assert np.array_equal(editor.edit([row])[0], expected)
    others = GenerativeEditor(ScriptedPainter()).edit([request(seed=8)])
    assert not np.array_equal(others[0], together[2])


def test_two_regions_of_an_image_have_their_own_seeds():
    painter = ScriptedPainter()
    GenerativeEditor(painter).edit([request(boxes=FAR)])
    first, second = painter.canvases[0]
    assert first.seed != second.seed
    assert all(0 <= canvas.seed < 2**63 for canvas in (first, second))


def test_a_failed_crop_fails_its_row_and_costs_no_other():
    """The batch runs again row by row: what was painted is not painted again."""

    def paint(canvas):
        return BackendError("backend_unavailable") if canvas.seed == bad else canvas.pixels // 2

    painter = ScriptedPainter(paint)
    editor = GenerativeEditor(painter)
    rows = [request(boxes=FAR), request("neg_coffee.jpg", seed=9), request()]
    bad = None
    editor.edit([rows[1]])
    bad = painter.canvases[0][0].seed
    painter.canvases.clear()
    editor = GenerativeEditor(painter)
    with pytest.raises(StageError, match="backend_unavailable"):
        editor.edit(rows)
    editor.edit([rows[0]])
    with pytest.raises(BackendError):
        editor.edit([rows[1]])
    editor.edit([rows[2]])
    assert [len(call) for call in painter.canvases] == [4, 1]


def test_a_region_beside_one_that_is_tried_again_costs_nothing():
    painter = ScriptedPainter()
    editor = GenerativeEditor(painter)
    editor.edit([request(boxes=FAR)])
    editor.edit([request(boxes=FAR[:1])])
    assert [len(call) for call in painter.canvases] == [2]


BLOCKED = StageError("edit_failed", stage="edit")


def test_what_is_blocked_is_filled():
    """A safety checker that says no costs no row; its region is filled, the others are painted."""
    row = request(boxes=FAR)
    first = []
    painter = ScriptedPainter(lambda c: BLOCKED if c.seed == first[0] else c.pixels // 2)
    seen = ScriptedPainter()
    GenerativeEditor(seen).edit([row])
    first.append(seen.canvases[0][0].seed)
    (edited,) = GenerativeEditor(painter).edit([row])
    filled, painted = edited[12:38, 12:38], edited[405:445, 405:435]
    assert len(np.unique(filled.reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) > 100
    assert painter.counts["filled"] == 1


def test_a_model_that_never_paints_stops_the_run():
    editor = GenerativeEditor(ScriptedPainter(lambda canvas: BLOCKED))
    for seed in range(19):
        editor.edit([request(seed=seed)])
    with pytest.raises(Unsafe2SafeError, match="Of 20 images in a row") as caught:
        editor.edit([request(seed=99)])
    assert not isinstance(caught.value, StageError)


def test_another_size_is_no_picture():
    editor = GenerativeEditor(ScriptedPainter(lambda canvas: canvas.pixels[:-1]))
    with pytest.raises(StageError, match="edit_failed"):
        editor.edit([request()])


def test_texts_reach_the_painter():
    painter = ScriptedPainter(one_text=True, sees_private=True)
    editor = GenerativeEditor(painter)
    assert (editor.one_text, editor.sees_private) == (True, True)
    editor.edit([request(target_caption="Both.", private_caption="Who.", retry=1)])
    canvas = painter.canvases[0][0]
    assert (canvas.public_caption, canvas.edit_instruction) == ("A person.", "Repaint.")
    assert (canvas.target_caption, canvas.private_caption, canvas.retry) == ("Both.", "Who.", 1)
    assert "Who." not in repr(canvas)


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_a_blind_painter_learns_nothing_of_what_was_there(scale):
    """Not even at the rim of a crop that is enlarged, or at the edge of the image."""
    size = 512 // scale
    painter = ScriptedPainter(side=512, grid=8, blind=True)
    for inside in (0, 255):
        rgb = photos.rgb("neg_coffee.jpg")[:size, :size].copy()
        mask = np.zeros(rgb.shape[:2], np.uint8)
        mask[: size // 4, : size // 5] = mask[size // 2 : size // 2 + 9, size // 2 :][:, :9] = 255
        rgb[mask > 0] = inside
        GenerativeEditor(painter).edit([EditRequest(rgb, mask, PublicCaption("A."), "B.", 1)])
    dark, light = painter.canvases
    assert len(dark) == len(light) > 0
    for one, other in zip(dark, light, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


def test_a_crowd_whose_prompt_is_refused_stops_no_run():
    boxes = tuple((x, y, x + 24, y + 24) for y in range(8, 500, 120) for x in range(8, 500, 120))
    editor = GenerativeEditor(ScriptedPainter(lambda canvas: BLOCKED))
    for seed in range(3):
        editor.edit([request(boxes=boxes, seed=seed)])
    assert editor.counts["filled"] > 30


def test_a_very_long_strip_costs_little():
    """Its mirror is made on the canvas, where it is small."""
    strip = np.zeros((30, 30_000, 3), np.uint8)
    strip[:, ::7] = 200
    painter = ScriptedPainter(lambda canvas: canvas.pixels // 2, side=512)
    whole = EditRequest(strip, np.full(strip.shape[:2], 255, np.uint8), PublicCaption("A."), "B.", 1)
    (edited,) = GenerativeEditor(painter).edit([whole])
    assert edited.shape == strip.shape
    assert (edited != strip).any()
