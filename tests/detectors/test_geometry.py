import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hf_unsafe2safe.detectors.geometry import area, clip, iou, mirror, shift, suppress, turn_back
from hf_unsafe2safe.records import Finding

sides = st.floats(0, 100, allow_nan=False)
boxes = st.tuples(sides, sides, sides, sides).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)
POINTS = ((10.0, 12.0), (20.0, 13.0), (15.0, 18.0), (11.0, 22.0), (19.0, 23.0))


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(a, b):
    assert iou(a, b) == iou(b, a)
    assert 0 <= iou(a, b) <= 1 + 1e-9


@given(boxes)
def test_a_box_overlaps_itself_fully(box):
    assert iou(box, box) == (1.0 if area(box) > 0 else 0.0)


@given(boxes)
def test_clip_stays_inside(box):
    x1, y1, x2, y2 = clip(box, (50, 40))
    assert 0 <= x1 <= x2 <= 50
    assert 0 <= y1 <= y2 <= 40


@given(st.lists(boxes, max_size=12))
def test_suppressed_findings_do_not_overlap(found):
    kept = suppress([Finding("face", 0.5, box, "any") for box in found], overlap=0.3)
    assert all(iou(a.box, b.box) <= 0.3 for i, a in enumerate(kept) for b in kept[:i])


def test_suppress_keeps_the_best():
    weak, strong = Finding("face", 0.4, (0, 0, 10, 10), "a"), Finding("face", 0.9, (1, 1, 10, 10), "b")
    assert suppress([weak, strong], overlap=0.3) == [strong]


@given(st.integers(0, 7), st.integers(5, 40), st.integers(5, 40))
def test_turn_back_undoes_rot90(quarters, width, height):
    # One marked pixel: where rot90 moves it, turn_back brings it home.
    image = np.zeros((height, width))
    image[height // 3, width // 2] = 1
    (y,), (x,) = np.nonzero(np.rot90(image, quarters))
    found = Finding("face", 1, (float(x), float(y), x + 1.0, y + 1.0), "any")
    home = (width // 2, height // 3, width // 2 + 1, height // 3 + 1)
    assert turn_back(found, quarters, (width, height)).box == home


def test_mirror_swaps_eyes_and_corners():
    face = Finding("face", 1, (8, 8, 22, 26), "any", landmarks=POINTS)
    flipped = mirror(face, 100)
    assert flipped.box == (78, 8, 92, 26)
    assert flipped.landmarks[0] == (80.0, 13.0)  # the left eye of the mirror image is the right one
    assert mirror(flipped, 100) == face


def test_shift_moves_box_and_landmarks():
    moved = shift(Finding("face", 1, (8, 8, 22, 26), "any", landmarks=POINTS), 5, -3)
    assert moved.box == (13, 5, 27, 23)
    assert moved.landmarks[2] == (20.0, 15.0)
