import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.editing.masked import Assignment, EditJob, derived_seed, masked_edit, region_mask
from hf_unsafe2safe.errors import StageError
from hf_unsafe2safe.records import Finding, PublicCaption
from hf_unsafe2safe.testing import FakeEditor
from tests.photos import rgb

side = st.floats(0, 60, allow_nan=False)


def job(pixels, *assignments, seed=0):
    return EditJob(pixels, assignments, PublicCaption("A photo."), "Neutralise what is marked.", seed)


def face(*box):
    return Finding("face", 0.9, box, "any")


@given(side, side, st.floats(1, 40), st.floats(1, 40))
def test_the_whole_box_of_a_face_is_masked(x, y, width, height):
    box = (x, y, min(x + width, 80), min(y + height, 70))
    mask = region_mask(face(*box), (80, 70))
    inside = mask[int(np.ceil(y)) : int(box[3]), int(np.ceil(x)) : int(box[2])]
    assert (inside == 255).all()


@given(st.floats(0, 360), st.floats(20, 60), st.floats(4, 14))
def test_the_whole_outline_of_text_is_masked_and_grown(angle, length, height):
    turn = np.radians(angle)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    corners = [
        a * along * length / 2 + b * across * height / 2 + 60 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    points = tuple((float(x), float(y)) for x, y in corners)
    xs, ys = zip(*points, strict=True)
    line = Finding("name", 0.9, (min(xs), min(ys), max(xs), max(ys)), "any", outline=points)
    mask = region_mask(line, (120, 120))
    assert all(mask[int(y), int(x)] == 255 for x, y in points)
    assert (mask > 0).sum() >= length * height


def test_outside_the_mask_nothing_changes_whatever_the_editor_does():
    photo = rgb("people_astronaut.jpg")
    ((out, mask),) = masked_edit([job(photo, Assignment(face(170, 60, 280, 180), FakeEditor(spills=True)))])
    assert np.array_equal(out[mask == 0], photo[mask == 0])
    assert not np.array_equal(out[mask > 0], photo[mask > 0])


def test_a_job_without_findings_is_left_as_it_is():
    photo = rgb("neg_cat.png")
    ((out, mask),) = masked_edit([job(photo)])
    assert out is photo
    assert not mask.any()


def test_fills_go_first_so_that_inpainting_finds_safe_pixels():
    # Text that touches a face: the pixels that inpainting continues must be the fill's, not the face's.
    image = np.full((80, 120, 3), 200, np.uint8)
    image[20:60, 20:60] = (255, 0, 0)  # the "face"
    line = Finding("name", 0.9, (50, 30, 110, 45), "any", outline=((50, 30), (110, 30), (110, 45), (50, 45)))
    text_editor, fill = InpaintEditor(), FillEditor()
    ((out, _),) = masked_edit(
        [job(image, Assignment(line, text_editor), Assignment(face(20, 20, 60, 60), fill))]
    )
    assert not (out == (255, 0, 0)).all(axis=-1).any()
    assert (out[..., 0].astype(int) - out[..., 1]).max() < 10  # no red anywhere


def test_each_editor_gets_one_batch_over_all_rows():
    calls = []

    class Counting(FakeEditor):
        def edit(self, requests):
            calls.append(len(requests))
            return super().edit(requests)

    editor = Counting()
    photo = rgb("neg_cat.png")
    rows = [
        job(photo, Assignment(face(10, 10, 40, 40), editor), Assignment(face(80, 80, 99, 99), editor))
    ] * 3
    masked_edit(rows)
    assert calls == [3]


def test_a_retry_gets_another_seed_that_depends_on_the_row_alone():
    photo = rgb("neg_cat.png")
    editor = FakeEditor(stochastic=True)
    results = [
        masked_edit([job(photo, Assignment(face(10, 10, 40, 40), editor, retry), seed=7)])[0][0]
        for retry in (0, 1, 0)
    ]
    assert np.array_equal(results[0], results[2])
    assert not np.array_equal(results[0], results[1])
    assert derived_seed(7, 0) == 7
    assert 0 <= derived_seed(2**63 - 1, 3) < 2**63


class Wrong(FakeEditor):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def edit(self, requests):
        out = [r.pixels.copy() for r in requests]
        return {
            "lost": out[:-1],
            "cropped": [o[1:] for o in out],
            "float": [o.astype(np.float32) for o in out],
            "grey": [o[..., 0] for o in out],
            "none": [None for _ in out],
        }[self.how]


@pytest.mark.parametrize("how", ["lost", "cropped", "float", "grey", "none"])
def test_an_editor_that_returns_something_else_is_an_error_of_the_row(how):
    with pytest.raises(StageError, match="edit_failed"):
        masked_edit([job(rgb("neg_cat.png"), Assignment(face(10, 10, 40, 40), Wrong(how)))])
