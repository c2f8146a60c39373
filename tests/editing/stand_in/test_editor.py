import pickle

import cv2
import numpy as np
import pytest

from hf_unsafe2safe import testing, weights
from hf_unsafe2safe.editing.stand_in.average import FILE, average_face, varied
from hf_unsafe2safe.editing.stand_in.editor import StandInEditor
from hf_unsafe2safe.editing.stand_in.surroundings import continued, grain, skin_below
from hf_unsafe2safe.editing.stand_in.warp import place_map
from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.protocols import Editor
from hf_unsafe2safe.records import EditRequest, PublicCaption


@pytest.mark.parametrize("argument", ["", "text=inpaint", "text=redraw"])
def test_it_keeps_the_protocol_and_pickles(argument):
    editor = StandInEditor(argument)
    testing.check_editor(editor)
    assert isinstance(editor, Editor)
    data = pickle.dumps(editor)
    assert pickle.loads(data).fingerprint() == editor.fingerprint()  # noqa: S301
    assert len(data) < 300


def test_an_option_changes_the_fingerprint():
    assert StandInEditor("text=redraw").fingerprint() != StandInEditor().fingerprint()
    assert StandInEditor("text=inpaint").fingerprint() == StandInEditor().fingerprint()


def test_the_average_is_named_with_its_revision():
    revisions = {model.name: model.revision for model in StandInEditor().models}
    assert weights.DATA_SHA256[FILE].startswith(revisions["average-face"])


@pytest.mark.parametrize(
    ("argument", "error"),
    [("text=blur", ConfigError), ("faces=all", UnknownNameError), ("redraw", ConfigError)],
)
def test_other_options_are_refused(argument, error):
    with pytest.raises(error):
        StandInEditor(argument)


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_average_is_refused(damage, tmp_path, monkeypatch):
    if damage == "changed":
        (tmp_path / FILE).write_bytes((weights.FOLDER / FILE).read_bytes()[:-1] + b"x")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    average_face.cache_clear()
    with pytest.raises(ConfigError, match="Reinstall"):
        average_face()


# Masks at the edges of what can be; no finding says what they cover.
@pytest.mark.parametrize("window", [np.s_[:, :], np.s_[0:1, 0:1], np.s_[:, 0:1], np.s_[0:0, :]])
def test_a_mask_without_findings_is_filled(window):
    image = np.random.default_rng(3).integers(0, 256, (40, 64, 3), np.uint8)
    mask = np.zeros((40, 64), np.uint8)
    mask[window] = 255
    (out,) = StandInEditor("text=redraw").edit([EditRequest(image, mask, PublicCaption("A."), "Edit.", 0)])
    assert mask.any() == (not np.array_equal(out, image))
    assert np.array_equal(out[mask == 0], image[mask == 0])


def test_a_variation_is_small_and_moves_what_it_names():
    shape = average_face().shape
    for seed in range(20):
        gaps = np.linalg.norm(varied(shape, np.random.default_rng(seed)) - shape, axis=1)
        assert 0 < gaps.max() < 0.1 * np.ptp(shape[:, 0])


def test_the_nearest_triangle_is_seen_and_nothing_is_outside():
    square = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], float)
    near, far = (np.c_[square, np.full(4, z)] for z in (1.0, 5.0))
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    for points, shift in ((np.r_[near, far], 0), (np.r_[far, near], 100)):
        place = place_map(triangles, points, np.r_[square, square + 100], (20, 12))
        assert np.allclose(place[4, 6], (6 + shift, 4 + shift))
        assert (place[11, 15] == -1).all()


@pytest.mark.parametrize("scale", [1, 20])  # at its own size, and shrunk to be continued
def test_what_is_masked_is_not_read(scale):
    image = np.random.default_rng(0).integers(90, 110, (40 * scale, 30 * scale, 3), np.uint8)
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[9 * scale : 31 * scale, 7 * scale : 22 * scale] = 255
    other = np.where(mask[..., None] > 0, np.uint8(255), image)
    a, b = (continued(p, mask) for p in (image, other))
    assert np.array_equal(a, b)
    assert np.array_equal(a[mask == 0], image[mask == 0])
    assert 85 < a[mask > 0].min() <= a[mask > 0].max() < 115
    everything = np.full_like(mask, 255)
    assert (continued(image, everything) == 128).all()
    assert grain(image, everything) == 0


def test_grain_is_that_of_the_noise():
    noise = np.random.default_rng(0).normal(128, 6, (200, 200, 1)).repeat(3, axis=2)
    mask = np.zeros((200, 200), np.uint8)
    assert grain(np.clip(noise, 0, 255).astype(np.uint8), mask) == pytest.approx(6, rel=0.35)
    assert grain(np.full((50, 50, 3), 90, np.uint8), mask[:50, :50]) == 0


# What is below a face, and whether it is skin.
@pytest.mark.parametrize(
    ("colour", "is_skin"),
    [
        ((226, 184, 160), True),  # light
        ((96, 62, 48), True),  # dark
        ((30, 60, 160), False),  # a blue shirt
        ((250, 250, 250), False),  # a white one
        ((230, 190, 20), False),  # a yellow curtain
        ((0, 0, 0), False),  # night
    ],
)
def test_skin_is_told_from_clothes(colour, is_skin):
    image = np.full((200, 200, 3), colour, np.uint8)
    mask = np.zeros((200, 200), np.uint8)
    mask[:100] = 255
    found = skin_below(image, mask, (60, 20, 140, 100))
    assert (found is not None) == is_skin
    if found is not None:
        shown = cv2.cvtColor(found[None, None].astype(np.float32), cv2.COLOR_LAB2RGB)[0, 0] * 255
        assert np.allclose(shown, colour, atol=2)
    assert skin_below(image, np.full_like(mask, 255), (60, 20, 140, 100)) is None
