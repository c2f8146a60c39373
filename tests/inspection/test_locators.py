"""Where phrases are meant, and outlines: scripted helpers for behaviour, tiny random models for wiring."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.backends.local.grounding import GroundingLocator
from hf_unsafe2safe.backends.local.segmentation import SamSegmenter, around
from hf_unsafe2safe.errors import ConfigError, StageError
from hf_unsafe2safe.imaging.masks import polygon_mask
from hf_unsafe2safe.inspection.located import Locator, Segmenter
from hf_unsafe2safe.inspection.vlm import VlmInspector
from hf_unsafe2safe.testing import ScriptedChat
from tests.inspection.tiny_locators import tiny_grounding_dino, tiny_owl, tiny_sam
from tests.photos import rgb

IMAGE = np.full((200, 400, 3), 90, np.uint8)
WHOLE = (0, 0, 400, 200)


class Scripted:
    """A locator and a segmenter that know the answers."""

    models = ()

    def __init__(self, places=None, outline=None, score=0.4):
        self.places, self.shape, self.asked, self.score = places or {}, outline, [], score

    def fingerprint(self):
        return "scripted"

    def locate(self, images, phrases):
        self.asked += phrases
        return [[[(box, self.score) for box in self.places.get(p, ())] for p in wanted] for wanted in phrases]

    def outline(self, images, boxes):
        self.asked += boxes
        return [[self.shape for _ in wanted] for wanted in boxes]


def inspected(listed, count=1, **helpers):
    """Return the findings of `count` images for which a model is sure of everything that it lists."""
    found = [{"what": what, "why": "", "kind": kind, "box": box} for kind, what, box in listed]
    chat = ScriptedChat(lambda prompt: json.dumps({"items": found}), lambda prompt: 0.8)
    kinds = {kind for kind, _, _ in listed}
    return [one.findings for one in VlmInspector(chat, **helpers).inspect([IMAGE] * count, kinds)]


def test_the_scripted_one_keeps_the_protocols():
    assert isinstance(Scripted(), Locator)
    assert isinstance(Scripted(), Segmenter)


# The places of a phrase, and what becomes of the item that has none.
@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(10, 20, 30, 40)], [(10, 20, 30, 40)]),  # one
        ([(10, 20, 30, 40), (50, 60, 70, 80)], [(10, 20, 30, 40), (50, 60, 70, 80)]),  # each of them
        ([(-5, 150, 30, 240)], [(0, 150, 30, 200)]),  # clipped
        ([(0, 0, 400, 199), (10, 20, 30, 40)], [WHOLE]),  # one is everything: a speck does not narrow that
        ([], [WHOLE]),  # not found
        ([(0, 0, 400, 200)], [WHOLE]),  # everywhere
        ([(30, 40, 10, 20), (float("nan"), 0, 9, 9)], [WHOLE]),  # nothing that can be used
    ],
)
def test_an_item_without_a_place_is_looked_for(places, expected):
    (found,) = inspected([("symbol", "a red flag", None)], locator=Scripted({"a red flag": places}))
    assert [f.box for f in found] == expected
    assert {(f.kind, f.score, f.item, f.placed) for f in found} == {
        ("symbol", 0.8, "a red flag", expected != [WHOLE])
    }


def test_an_unsure_place_is_none_and_a_scene_is_looked_for_nowhere():
    unsure = Scripted({"a red flag": [(10, 20, 30, 40)]}, score=0.29)
    assert [f.placed for f in inspected([("symbol", "a red flag", None)], locator=unsure)[0]] == [False]
    room = Scripted({"a bedroom": [(10, 20, 30, 40)]})
    assert [f.placed for f in inspected([("place", "a bedroom", None)], locator=room)[0]] == [False]
    assert room.asked == []


def test_only_what_has_no_place_is_looked_for_and_each_phrase_once():
    helper = Scripted({"a flag": [(1, 2, 3, 4)]})
    listed = [
        ("symbol", "a flag", None),
        ("place", "a flag", [0, 0, 1001, 5]),
        ("place", "a clock", [0, 0, 90, 90]),
    ]
    first, second = inspected(listed, count=2, locator=helper)
    assert helper.asked == [["a flag"], ["a flag"]]
    assert [f.item for f in first] == ["a flag", "a flag", "a clock"]
    assert first == second


def test_a_risk_without_words_is_not_looked_for():
    helper = Scripted()
    (found,) = inspected([("symbol", "", None)], locator=helper)
    assert helper.asked == []
    assert [f.placed for f in found] == [False]


def test_outlines_go_to_what_has_a_place_and_is_no_text():
    shape = ((38.0, 19.0), (122.0, 19.0), (122.0, 61.0))  # of the box, grown
    helper = Scripted(outline=shape)
    box = [100, 100, 300, 300]
    (found,) = inspected(
        [("belonging", "a toy", box), ("private_text", "a letter", box), ("place", "", None)], masks=helper
    )
    assert [f.outline for f in found] == [shape, None, None]
    assert len(helper.asked) == 1


# An outline for the box (36, 18) to (124, 62), and whether it is used: with less some of the thing may stay.
@pytest.mark.parametrize(
    ("outline", "used"),
    [
        (((38.0, 19.0), (122.0, 19.0), (80.0, 61.0)), True),  # as large as the box
        (((38.0, 19.0), (122.0, 19.0), (80.0, 58.0)), True),  # 85 % of it
        (((38.0, 19.0), (122.0, 19.0), (80.0, 41.0)), False),  # the upper half: a shirt is not its wearer
        (((200.0, 19.0), (240.0, 19.0), (200.0, 61.0)), False),  # beside it
        (((0.0, 0.0), (400.0, 0.0), (400.0, 200.0)), False),  # everything
    ],
)
def test_an_outline_that_does_not_fill_its_box_is_not_used(outline, used):
    listed = [("belonging", "a toy", [100, 100, 300, 300])]
    (found,) = inspected(listed, masks=Scripted(outline=outline))
    assert [f.outline for f in found] == [outline if used else None]


@pytest.mark.parametrize("helper", ["locator", "masks"])
def test_a_helper_that_loses_something_fails_the_row(helper):
    class Losing(Scripted):
        def locate(self, images, phrases):
            return [[]]

        outline = locate

    listed = [("belonging", "a toy", None if helper == "locator" else [100, 100, 300, 300])]
    with pytest.raises(StageError, match="inspect_failed"):
        inspected(listed, **{helper: Losing()})


@pytest.mark.slow
def test_helpers_are_part_of_models_and_fingerprint():
    plain, other = VlmInspector(ScriptedChat()), VlmInspector(ScriptedChat(), locator=Scripted())
    assert plain.fingerprint() != other.fingerprint()
    inspector = VlmInspector(ScriptedChat(), locator=str(tiny_owl()), masks=str(tiny_sam()))
    assert {"local:owlv2", "local:sam2"} <= {model.name for model in inspector.models}


SIZES = [(90, 140), (40, 64), (300, 20)]  # height, width


def noise(shape):
    return np.random.default_rng(shape[0]).integers(0, 256, (*shape, 3), np.uint8)


@pytest.mark.parametrize("folder", [tiny_grounding_dino, tiny_owl])
def test_a_detector_looks_for_phrases(folder):
    locator = GroundingLocator(str(folder()))
    images = [noise(shape) for shape in SIZES]
    phrases = [["a red flag", "The sign. At the left"], [], [" . ", "x" * 500]]
    found = locator.locate(images, phrases)
    assert [len(one) for one in found] == [2, 0, 2]
    assert found[2][0] == []  # no words are left
    assert found[0][0]
    for (height, width), one in zip(SIZES, found, strict=True):
        for (x1, y1, x2, y2), score in (place for places in one for place in places):
            assert 0 <= x1 < x2 <= width
            assert 0 <= y1 < y2 <= height
            assert 0 <= score <= 1
    alone = [locator.locate([rgb], [wanted])[0] for rgb, wanted in zip(images, phrases, strict=True)]
    assert found == alone
    assert found[0][1:] == locator.locate(images[:1], [phrases[0][1:]])[0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (7, 90), (20, 400)])
def test_strips_are_not_looked_at(shape):
    image, box = noise(shape), (0, 0, shape[1], shape[0])
    assert GroundingLocator(str(tiny_owl())).locate([image], [["a flag"]]) == [[[]]]
    assert SamSegmenter(str(tiny_sam())).outline([image], [[box]]) == [[None]]


def test_a_segmenter_draws_outlines():
    segmenter = SamSegmenter(str(tiny_sam()))
    images = [rgb("people_astronaut.jpg"), noise((64, 40)), noise((9, 9))]
    boxes = [[(100, 100, 300, 400), (0, 0, 512, 512)], [], [(1, 1, 8, 8)]]
    found = segmenter.outline(images, boxes)
    assert [len(one) for one in found] == [2, 0, 1]
    shapes = [shape for one in found for shape in one if shape is not None]
    assert shapes
    assert all(len(shape) >= 3 and np.isfinite(shape).all() for shape in shapes)
    assert found[0][1:] == segmenter.outline(images[:1], [boxes[0][1:]])[0]
    assert found[2:] == segmenter.outline(images[2:], boxes[2:])


@given(st.integers(0, 2**32), st.floats(0.0, 1.0), st.integers(9, 300), st.integers(9, 300))
def test_an_outline_holds_every_cell_in_its_box(seed, share, width, height):
    cells = np.random.default_rng(seed).random((16, 16)) < share
    box = (width / 4, height / 4, width * 0.8, height * 0.7)
    shape = around(cells, box, (width, height))
    if shape is None:
        return
    ys, xs = np.mgrid[:height, :width]  # pixels, and the cells that their middles are in
    inside = cells[((ys + 0.5) * 16 / height).astype(int), ((xs + 0.5) * 16 / width).astype(int)]
    within = (xs + 0.5 > box[0]) & (xs + 0.5 < box[2]) & (ys + 0.5 > box[1]) & (ys + 0.5 < box[3])
    assert (polygon_mask((width, height), shape)[inside & within] == 255).all()


# Cells of 10 x 10 in an image of 100 x 100 with a box of 20 to 80, and whether they make an outline.
@pytest.mark.parametrize(
    ("rows", "columns", "drawn"),
    [
        (slice(0, 0), slice(0, 0), False),  # nothing
        (slice(4, 5), slice(4, 5), True),  # a dot: whether that is enough is seen later
        (slice(0, 2), slice(0, 10), False),  # beside the box
        (slice(2, 4), slice(2, 8), True),  # the upper third
        (slice(2, 8), slice(2, 8), True),  # the box
        (slice(3, 8), slice(2, 7), True),  # most of it
        (slice(0, 10), slice(0, 10), True),  # everything, of which the box is taken
    ],
)
def test_the_outline_of_cells(rows, columns, drawn):
    cells = np.zeros((10, 10), bool)
    cells[rows, columns] = True
    shape = around(cells, (20, 20, 80, 80), (100, 100))
    assert (shape is not None) is drawn
    if shape is not None:
        assert np.min(shape) >= 19
        assert np.max(shape) <= 81


@pytest.mark.parametrize("helper", [GroundingLocator, SamSegmenter])
def test_a_helper_that_is_not_there(helper, tmp_path):
    with pytest.raises(ConfigError, match="safetensors") as error:
        helper(str(tmp_path))
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(("helper", "folder"), [(GroundingLocator, tiny_owl), (SamSegmenter, tiny_sam)])
def test_a_helper_pickles_without_weights(helper, folder):
    made = helper(str(folder()))
    data = pickle.dumps(made)
    assert len(data) < 2_000
    assert pickle.loads(data).fingerprint() == made.fingerprint()  # noqa: S301


def test_nothing_heavy_is_imported_by_making_them():
    code = (
        "import sys; from hf_unsafe2safe.backends.local.grounding import GroundingLocator as G;"
        "from hf_unsafe2safe.backends.local.segmentation import SamSegmenter as S;"
        f"G({str(tiny_owl())!r}); S({str(tiny_sam())!r});"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
