import numpy as np
import pytest

from hf_unsafe2safe import testing
from hf_unsafe2safe.editing.fill import FillEditor
from hf_unsafe2safe.editing.inpaint import InpaintEditor
from hf_unsafe2safe.records import EditRequest, PublicCaption
from tests.photos import rgb

EDITORS = [FillEditor(), InpaintEditor()]


def request(pixels, mask, seed=0):
    return EditRequest(pixels, mask, PublicCaption("A photo."), "Neutralise what is marked.", seed)


def box_mask(shape, window):
    mask = np.zeros(shape[:2], np.uint8)
    mask[window] = 255
    return mask


@pytest.mark.parametrize("editor", EDITORS, ids=lambda e: type(e).__name__)
def test_built_in_editors_conform(editor):
    testing.check_editor(editor)


@pytest.mark.parametrize("editor", EDITORS, ids=lambda e: type(e).__name__)
def test_nothing_inside_the_mask_decides_the_result(editor):
    # Two images that differ only inside the mask must come out the same: no colour leaks from inside.
    photo = rgb("people_astronaut.jpg")
    mask = box_mask(photo.shape, np.s_[60:180, 170:280])
    other = photo.copy()
    other[mask > 0] = np.random.default_rng(0).integers(0, 256, (int((mask > 0).sum()), 3), np.uint8)
    a, b = (editor.edit([request(p, mask)])[0] for p in (photo, other))
    assert np.array_equal(a[mask > 0], b[mask > 0])


@pytest.mark.parametrize("editor", EDITORS, ids=lambda e: type(e).__name__)
# Masks at the edges of what can be: each must be edited without an error.
@pytest.mark.parametrize(
    "window",
    [
        np.s_[:, :],  # the whole image: nothing around it to take a colour from
        np.s_[0:1, 0:1],  # one pixel in a corner
        np.s_[:, 0:1],  # a column at the border
        np.s_[5:30, :],  # a band through the whole width
        np.s_[0:0, :],  # nothing at all
    ],
)
def test_every_mask_can_be_edited(editor, window):
    image = np.random.default_rng(3).integers(0, 256, (40, 64, 3), np.uint8)
    mask = box_mask(image.shape, window)
    (out,) = editor.edit([request(image, mask)])
    assert out.shape == image.shape
    assert mask.any() == (not np.array_equal(out[mask > 0], image[mask > 0]))


def test_fill_takes_the_commonest_colour_around():
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, :40] = (200, 30, 30)
    mask = box_mask(image.shape, np.s_[20:40, 15:30])
    image[mask > 0] = (0, 255, 0)
    (out,) = FillEditor().edit([request(image, mask)])
    assert (out[mask > 0] == (200, 30, 30)).all()


def test_fill_gives_each_region_its_own_colour():
    image = np.zeros((40, 120, 3), np.uint8)
    image[:, 60:] = 250
    mask = box_mask(image.shape, np.s_[10:30, 10:30]) | box_mask(image.shape, np.s_[10:30, 80:100])
    (out,) = FillEditor().edit([request(image, mask)])
    assert (out[20, 20] == 0).all()
    assert (out[20, 90] == 250).all()


def test_inpaint_continues_a_gradient():
    gradient = np.repeat(np.linspace(0, 255, 100).astype(np.uint8)[None, :, None], 60, axis=0).repeat(
        3, axis=2
    )
    mask = box_mask(gradient.shape, np.s_[25:35, 40:60])
    (out,) = InpaintEditor().edit([request(gradient, mask)])
    assert np.abs(out.astype(int) - gradient)[mask > 0].mean() < 12
